import Glibc
import Redis
import Support
import Testing

@Suite struct PollingTests {
    @Test(arguments: Wire.allCases)
    func `two blocked reads wake their own connection`(wire: Wire) throws {
        try withRedis(wire.options()) { server in
            let writer = try server.connect()
            let readers = [try server.connect(), try server.connect()]
            for (reader, stream) in zip(readers, ["ticks", "events"]) {
                reader.append(RedisCommand("XREAD", "BLOCK", 0, "STREAMS", stream, "$"))
                try reader.flush()
            }
            #expect(RedisConnection.waitUntilReadable(readers, timeout: 0) == [])
            #expect(try readers[1].tryReceive() == nil)
            try waitUntilBlocked(2, writer)

            let id = try writer.call(RedisCommand("XADD", "events", "*", "a", 1)).asString
            #expect(RedisConnection.waitUntilReadable(readers, timeout: 60_000) == [1])
            #expect(
                try readers[1].tryReceive()
                    == .array([
                        .array([
                            .string("events"),
                            .array([
                                .array([.string(id), .array([.string("a"), .string("1")])])
                            ]),
                        ])
                    ]))
            #expect(try readers[1].tryReceive() == nil)

            try writer.call(RedisCommand("XADD", "ticks", "*", "a", 1))
            #expect(RedisConnection.waitUntilReadable(readers, timeout: 60_000) == [0])
        }
    }

    @Test(arguments: Wire.allCases)
    func `a buffered reply counts, and does not hide another connection`(wire: Wire) throws {
        try withRedis(wire.options()) { server in
            let connections = [try server.connect(), try server.connect()]
            for connection in connections {
                connection.append(RedisCommand("ECHO", "a"))
                connection.append(RedisCommand("ECHO", "b"))
                try connection.flush()
            }
            _ = try connections[0].receive()
            // The two replies may come in two pieces.
            while !connections[0].hasBufferedReply {
                if try connections[0].tryReceive() != nil { return }
            }
            #expect(RedisConnection.waitUntilReadable([connections[1]], timeout: 60_000) == [0])
            #expect(RedisConnection.waitUntilReadable(connections, timeout: 60_000) == [0, 1])
            #expect(try connections[0].tryReceive() == .string("b"))
        }
    }

    @Test(arguments: Wire.allCases)
    func `a lost connection is ready, and says so when read`(wire: Wire) throws {
        try withRedis(wire.options()) { server in
            let connection = try server.connect()
            connection.append(RedisCommand("BLPOP", "list", 0))
            try connection.flush()
            server.kill()
            #expect(RedisConnection.waitUntilReadable([connection], timeout: 60_000) == [0])
            #expect(throws: RedisError.unknownOutcome(.closed)) { try connection.tryReceive() }
            #expect(RedisConnection.waitUntilReadable([connection], timeout: 60_000) == [0])
        }
    }

    @Test(arguments: Wire.allCases)
    func `another descriptor ends the wait`(wire: Wire) throws {
        try withRedis(wire.options()) { server in
            let connection = try server.connect()
            var ends: [Int32] = [-1, -1]
            try #require(pipe(&ends) == 0)
            defer { for end in ends { close(end) } }
            try #require(write(ends[1], "!", 1) == 1)
            let ready = RedisConnection.waitUntilReadable(
                [connection], alsoWake: ends[0], timeout: 60_000)
            #expect(ready == [])
        }
    }

    private func waitUntilBlocked(_ count: Int, _ connection: RedisConnection) throws {
        let expected = "blocked_clients:\(count)"
        for _ in 0..<10_000 {
            let info = try connection.call(RedisCommand("INFO", "clients")).asString
            if info.contains(expected) { return }
        }
        Issue.record("the readers never blocked")
    }
}
