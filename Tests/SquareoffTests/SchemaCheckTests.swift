import Redis
import Support
import Testing

@Suite("The check of a real run")
struct SchemaCheckTests {
    private func check(after commands: [RedisCommand] = []) throws -> SchemaCheck {
        try withRedis { server in
            try SampleState.write(to: server)
            let connection = try server.connect()
            for command in commands { try connection.call(command) }
            return try SchemaCheck.run(server.endpoint)
        }
    }

    @Test("the sample is in order") func sample() throws {
        let check = try check()
        #expect(check.problems == [])
        #expect(check.keys > 25)
        #expect(check.entries >= 10)
        #expect(check.unseenFamilies.contains("paper-quotes"))
        #expect(check.unseenFields.contains("order.cancel_asked_at"))
        #expect(!check.unseenFields.contains("order.status"))
    }

    @Test(
        "what no schema knows is found",
        arguments: [
            (RedisCommand("SET", "sq:{0}:surprise", "1"), "sq:{0}:surprise: no family"),
            (
                RedisCommand("HSET", "sq:{0}:position:251215-7k2m9qwzx", "colour", "red"),
                "position: unknown field 'colour'"
            ),
            (
                RedisCommand("HSET", "sq:{0}:position:251215-7k2m9qwzx", "stop", "1.5"),
                "position.stop: '1.5' is not allowed"
            ),
            (
                RedisCommand("HDEL", "sq:{0}:position:251215-7k2m9qwzx", "rev"),
                "position: 'rev' is missing"
            ),
            (
                RedisCommand("XADD", "sq:{0}:exits", "*", "kind", "greeting"),
                "exits: unknown kind 'greeting'"
            ),
            (
                RedisCommand("ZADD", "sq:{0}:exits:due", 5, "somebody"),
                "exits-due: unknown field 'somebody'"
            ),
            (
                RedisCommand("SADD", "sq:{0}:open:alpha", "somebody"),
                "open: 'somebody' is not allowed"
            ),
            (
                RedisCommand("SET", "sq:{0}:exit-lock:251215-06pnnr1g5", "mine"),
                "exit-lock: 'mine' is not allowed"
            ),
            (
                RedisCommand("SADD", "sq:{0}:position:251215-06pnnr1g6", "x"),
                "position: sq:{0}:position:251215-06pnnr1g6 is a set, not a hash"
            ),
        ])
    func found(command: RedisCommand, problem: String) throws {
        #expect(try check(after: [command]).problems == [problem])
    }

    @Test("a wake is known in any stream") func wake() throws {
        let wake = RedisCommand("XADD", "sq:{0}:orders:exit", "*", "kind", "wake", "at", "5")
        #expect(try check(after: [wake]).problems == [])
    }
}
