import Redis
import Support
import Testing

/// Commands and replies on a real server.
@Suite struct RedisConnectionTests {
    @Test func `connects over TCP and over a unix socket`() throws {
        try withRedis(.init(tcp: true)) { server in
            for endpoint in [server.endpoint, try #require(server.tcpEndpoint)] {
                let connection = try RedisConnection.connect(to: endpoint, name: "worker-1")
                #expect(try connection.call(RedisCommand("PING")) == .status("PONG"))
                let name = try connection.call(RedisCommand("CLIENT", "GETNAME")).asString
                #expect(name == "worker-1")
            }
        }
    }

    @Test func `selects the database, also after a reconnect`() throws {
        try withRedis { server in
            let second = try RedisConnection.connect(
                to: RedisEndpoint(server.endpoint.address, database: 2))
            try second.call(RedisCommand("SET", "key", "two")).expectOK()
            try second.reconnect()
            #expect(try second.call(RedisCommand("GET", "key")).asString == "two")
            #expect(try server.connect().call(RedisCommand("GET", "key")).isNull)
            #expect(throws: RedisError.refused(.generic, message: "ERR DB index is out of range")) {
                _ = try RedisConnection.connect(
                    to: RedisEndpoint(server.endpoint.address, database: 99))
            }
        }
    }

    @Test(arguments: Wire.allCases)
    func `every kind of reply`(wire: Wire) throws {
        try withRedis(wire.options()) { server in
            let connection = try server.connect()
            let replies = try connection.pipeline([
                RedisCommand("SET", "a", "1"),
                RedisCommand("INCR", "a"),
                RedisCommand("GET", "a"),
                RedisCommand("GET", "none"),
                RedisCommand("BLPOP", "none", "0.001"),
                RedisCommand("KEYS", "nothing*"),
                RedisCommand("LPUSH", "a", "x"),
                RedisCommand("EVAL", "return {1,{'a',{false,{'deep',{-7}}}},{}}", 0),
            ])
            #expect(
                replies == [
                    .status("OK"), .integer(2), .string("2"), .null, .null, .array([]),
                    .error(
                        RedisReplyError(
                            "WRONGTYPE Operation against a key holding the wrong kind of value")),
                    .array([
                        .integer(1),
                        .array([
                            .string("a"),
                            .array([.null, .array([.string("deep"), .array([.integer(-7)])])]),
                        ]),
                        .array([]),
                    ]),
                ])
        }
    }

    @Test(arguments: Wire.allCases)
    func `an error reply is thrown by call, and the connection lives on`(wire: Wire) throws {
        try withRedis(wire.options()) { server in
            let connection = try server.connect()
            #expect(throws: RedisError.self) { try connection.call(RedisCommand("NONSENSE")) }
            #expect(connection.isOpen)
            #expect(try connection.call(RedisCommand("PING")) == .status("PONG"))
        }
    }

    @Test(arguments: Wire.allCases)
    func `ten thousand commands in one pipeline keep their order`(wire: Wire) throws {
        try withRedis(wire.options()) { server in
            let connection = try server.connect()
            let values = try connection.pipeline(
                (0..<10_000).map { RedisCommand("ECHO", "value \($0)") })
            #expect(values == (0..<10_000).map { .string("value \($0)") })
            #expect(connection.outstanding == 0)
        }
    }

    // Both sides' socket buffers fill long before the first reply is read. Under TLS the replies are
    // short: a server that cannot write a long one at once may close the connection ("bad length",
    // https://github.com/valkey-io/valkey/issues/1135).
    @Test(arguments: Wire.allCases)
    func `a pipeline larger than every buffer does not stand still`(wire: Wire) throws {
        try withRedis(wire.options()) { server in
            let connection = try server.connect()
            let text = String(repeating: "x", count: 10_000)
            let (command, reply) =
                wire == .tls
                ? (RedisCommand("SET", "key", text), RedisValue.status("OK"))
                : (RedisCommand("ECHO", text), .string(text))
            let values = try connection.pipeline(Array(repeating: command, count: 5_000))
            #expect(values.count == 5_000 && values.allSatisfy { $0 == reply })
        }
    }

    @Test(arguments: Wire.allCases)
    func `all bytes survive, as key and as value`(wire: Wire) throws {
        try withRedis(wire.options()) { server in
            let connection = try server.connect()
            let all = (0...255).map { UInt8($0) }
            var set = RedisCommand("SET")
            set.append(all)
            set.append(Array(all.reversed()))
            try connection.call(set).expectOK()
            var get = RedisCommand("GET")
            get.append(all)
            #expect(try connection.call(get) == .bytes(all.reversed()))
            let text = "a\0b\r\n$5\r\n₹ 524.30"
            #expect(try connection.call(RedisCommand("ECHO", text)) == .string(text))
            #expect(try connection.call(RedisCommand("ECHO", "")) == .string(""))
        }
    }

    @Test(arguments: Wire.allCases)
    func `ten megabytes in one string`(wire: Wire) throws {
        try withRedis(wire.options()) { server in
            let connection = try server.connect()
            let text = String(repeating: "0123456789", count: 1_000_000)
            try connection.call(RedisCommand("SET", "big", text)).expectOK()
            #expect(try connection.call(RedisCommand("GET", "big")).asString == text)
        }
    }

    @Test func `a cluster node enforces slots`() throws {
        try withRedis(.init(cluster: true)) { server in
            let connection = try server.connect()
            let one = RedisCommand("MSET", "{a}1", 1, "{a}2", 2)
            try connection.call(one).expectOK()
            let error = #expect(throws: RedisError.self) {
                try connection.call(RedisCommand("MSET", "a", 1, "b", 2))
            }
            #expect(error?.code == .crossSlot)
        }
    }
}
