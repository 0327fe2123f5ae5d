import Proxy
import Redis
import Support
import Testing

/// What is known after a connection was lost, and the way back.
@Suite struct RedisLossTests {
    @Test func `nobody listens: ask again`() throws {
        try withRedis(.init(tcp: true)) { server in
            let tcp = try #require(server.tcpEndpoint)
            let connection = try RedisConnection.connect(to: tcp)
            server.kill()
            let refused = RedisError.retry(.unreachable(.notConnected("Connection refused")))
            #expect(throws: refused) { _ = try RedisConnection.connect(to: tcp) }
            #expect(throws: refused) { try connection.reconnect() }
            #expect(throws: refused) { try connection.call(RedisCommand("PING")) }
        }
        #expect(throws: RedisError.retry(.unreachable(.notConnected("No such file or directory"))))
        {
            _ = try RedisConnection.connect(to: RedisEndpoint(.unix(path: "/nowhere.sock")))
        }
    }

    @Test func `a name that nobody knows: ask again`() {
        let error = #expect(throws: RedisError.self) {
            _ = try RedisConnection.connect(to: RedisEndpoint(url: "redis://nowhere.invalid"))
        }
        #expect(error?.disposition == .retry)
    }

    @Test(arguments: Wire.allCases)
    func `a wait ends, closes the connection and leaves the outcome unknown`(wire: Wire) throws {
        try withRedis(wire.options()) { server in
            let connection = try server.connect()
            #expect(throws: RedisError.unknownOutcome(.timeOut(milliseconds: 30))) {
                try connection.call(RedisCommand("BLPOP", "list", 10), within: 30)
            }
            #expect(!connection.isOpen)
            #expect(throws: RedisError.retry(.unreachable(.timeOut(milliseconds: 30)))) {
                try connection.call(RedisCommand("PING"))
            }
            try connection.reconnect()
            #expect(try connection.call(RedisCommand("PING")) == .status("PONG"))
        }
    }

    @Test(arguments: Wire.allCases)
    func `a paused server answers late: unknown, although it then executes`(wire: Wire) throws {
        try withRedis(wire.options()) { server in
            let connection = try server.connect()
            try server.connect().call(RedisCommand("CLIENT", "PAUSE", 3_000)).expectOK()
            #expect(throws: RedisError.unknownOutcome(.timeOut(milliseconds: 30))) {
                try connection.call(RedisCommand("PING"), within: 30)
            }
            #expect(try server.connect().call(RedisCommand("PING")) == .status("PONG"))
        }
    }

    @Test(arguments: Wire.allCases)
    func `a frozen server does not answer the greeting: ask again`(wire: Wire) throws {
        try withRedis(wire.options()) { server in
            server.freeze()
            let loss: ConnectionLoss =
                wire == .tls ? .noHandshake(milliseconds: 30) : .timeOut(milliseconds: 30)
            #expect(throws: RedisError.retry(.unreachable(loss))) {
                _ = try server.connect(timeouts: RedisTimeouts(connect: 30))
            }
            server.thaw()
            _ = try server.connect()
        }
    }

    @Test func `more replies than commands: nobody knows which is whose`() throws {
        try withRedis { server in
            let proxy = try RedisProxy(to: server)
            defer { proxy.stop() }
            let connection = try RedisConnection.connect(to: proxy.endpoint)
            proxy.next(1, .request, containing: "INCR", .answer(":1\r\n:2\r\n"))
            #expect(throws: RedisError.unknownOutcome(.garbled("a reply too many"))) {
                try connection.call(RedisCommand("INCR", "count"))
            }
            #expect(!connection.isOpen)
        }
    }

    // Over TCP, where the kernel still takes bytes for a connection that the peer has closed.
    @Test(arguments: Wire.allCases)
    func `a connection killed while idle: nothing was sent, ask again`(wire: Wire) throws {
        try withRedis(wire.options(.init(tcp: true))) { server in
            let connection = try RedisConnection.connect(
                to: #require(server.tlsEndpoint ?? server.tcpEndpoint))
            let id = try connection.call(RedisCommand("CLIENT", "ID")).asInteger
            let killed = try server.connect().call(RedisCommand("CLIENT", "KILL", "ID", id))
            #expect(killed == .integer(1))
            #expect(RedisConnection.waitUntilReadable([connection], timeout: 60_000) == [0])
            #expect(throws: RedisError.retry(.unreachable(.closed))) {
                try connection.call(RedisCommand("INCR", "count"))
            }
            try connection.reconnect()
            #expect(try connection.call(RedisCommand("INCR", "count")) == .integer(1))
        }
    }

    @Test(arguments: Wire.allCases)
    func `a connection killed while it waits: unknown`(wire: Wire) throws {
        try withRedis(wire.options()) { server in
            let connection = try server.connect()
            let id = try connection.call(RedisCommand("CLIENT", "ID")).asInteger
            connection.append(RedisCommand("BLPOP", "list", 0))
            try connection.flush()
            try server.connect().call(RedisCommand("CLIENT", "KILL", "ID", id))
            #expect(throws: RedisError.unknownOutcome(.closed)) { try connection.receive() }
            #expect(throws: RedisError.unknownOutcome(.closed)) { try connection.tryReceive() }
            try connection.reconnect()
            #expect(connection.outstanding == 0)
        }
    }

    @Test(arguments: Wire.allCases)
    func `the server dies after the command left: unknown`(wire: Wire) throws {
        try withRedis(wire.options()) { server in
            let connection = try server.connect()
            server.freeze()
            connection.append(RedisCommand("INCR", "count"))
            try connection.flush()
            server.kill()
            #expect(throws: RedisError.unknownOutcome(.closed)) { try connection.receive() }
        }
    }

    @Test(arguments: Wire.allCases)
    func `replies that arrived before the loss can still be received`(wire: Wire) throws {
        try withRedis(wire.options()) { server in
            let connection = try server.connect()
            connection.append(RedisCommand("ECHO", "a"))
            connection.append(RedisCommand("ECHO", "b"))
            connection.append(RedisCommand("BLPOP", "list", 0))
            #expect(try connection.receive() == .string("a"))
            server.kill()
            #expect(try connection.receive() == .string("b"))
            #expect(throws: RedisError.unknownOutcome(.closed)) { try connection.receive() }
        }
    }

    @Test(arguments: Wire.allCases)
    func `a frozen server's full buffers end a flush`(wire: Wire) throws {
        try withRedis(wire.options()) { server in
            let connection = try server.connect()
            server.freeze()
            connection.append(RedisCommand("SET", "big", String(repeating: "x", count: 9_000_000)))
            #expect(throws: RedisError.unknownOutcome(.timeOut(milliseconds: 30))) {
                try connection.flush(within: 30)
            }
        }
    }

    @Test(arguments: Wire.allCases)
    func `after a restart the connection comes back to what the server kept`(wire: Wire) throws {
        let options = wire.options(.init(appendOnly: true, extra: ["appendfsync always"]))
        try withRedis(options) { server in
            let connection = try server.connect()
            try connection.call(RedisCommand("SET", "key", "kept")).expectOK()
            try server.restart()
            #expect(throws: RedisError.retry(.unreachable(.closed))) {
                try connection.call(RedisCommand("GET", "key"))
            }
            try connection.reconnect()
            #expect(try connection.call(RedisCommand("GET", "key")).asString == "kept")
        }
    }

    @Test(arguments: Wire.allCases)
    func `a server without a free place: ask again`(wire: Wire) throws {
        try withRedis(wire.options(.init(extra: ["maxclients 1"]))) { server in
            let first = try RedisConnection.connect(to: server.endpoint)
            let error = #expect(throws: RedisError.self) { _ = try server.connect() }
            #expect(error?.disposition == .retry)
            first.close()
        }
    }
}
