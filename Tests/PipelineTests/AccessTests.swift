import Foundation
import MessageBus
import Redis
import Support
import Testing
import Trading
import Workers

extension PipelineTests {
    @Suite struct `each stage has a Redis user of its own` {
        private let folder: Folder

        init() throws { folder = try Folder() }

        private func fleet(_ settings: [String: String] = [:]) throws -> Fleet {
            try Fleet(
                .generated(minutes: Reference.minutes, in: folder), in: folder,
                users: RedisUsers(in: folder), settings: settings)
        }

        @Test func `as one process per stage, each its own user, nobody is denied`() throws {
            let fleet = try fleet([
                "SQUAREOFF_RETENTION_SWEEP_EVERY": "100ms", "SQUAREOFF_RETENTION_STREAMS": "1s",
            ])
            #expect(try fleet.ask("functions", as: "operator").contains(RedisBus.functions))
            for stage in StageName.all {
                try fleet.start(stage, name: "\(stage)-1")
                try fleet.start(stage, name: "\(stage)-2")
            }
            try fleet.wait(for: "all workers") {
                try fleet.keys("sq:{bus}:worker:*").count == 2 * StageName.all.count
            }
            #expect(try fleet.users().isSuperset(of: StageName.all))
            #expect(difference(try fleet.replay(), from: try Reference.trades()) == [])
            #expect(try fleet.leftovers() == [])
            // A dead worker's entries are claimed, and its lease is taken over.
            for index in fleet.workers.indices where index.isMultiple(of: 2) {
                fleet.workers[index].program.kill()
            }
            try fleet.wait(for: "the standbys") {
                try fleet.keys("sq:{bus}:worker:*").count == StageName.all.count
                    && fleet.leases().allSatisfy { $0.contains("-2:") }
            }
            #expect(try fleet.denied() == [], "\(fleet.words)")
            for worker in fleet.workers where worker.name.hasSuffix("-2") {
                worker.program.signal(SIGTERM)
                #expect(try worker.program.end(within: 60) == 0)
                #expect(!worker.program.errors.contains("NOPERM"), "\(worker.program.errors)")
            }
            #expect(try fleet.denied() == [])
        }

        @Test func `people look and act as users of their own`() throws {
            let fleet = try fleet()
            try fleet.ask("functions", as: "operator")
            try fleet.start(name: "all")
            #expect(difference(try fleet.replay(), from: try Reference.trades()) == [])
            let position = try #require(try fleet.keys("sq:{0}:position:*").first)
            let id = try #require(position.split(separator: ":").last).description
            for command in [
                "exits", "positions", "orders", "accounts", "workers", "alarms", "dead-letters",
            ] {
                try fleet.ask(command)
            }
            try fleet.ask("trace", id)

            try fleet.ask("halt", "--reason", "a test", as: "act")
            try fleet.ask("flatten", "--reason", "a test", as: "act")
            try fleet.ask("resume", as: "act")
            let letters = Keys.deadLetters(.shard(0))
            for number in 1...2 {
                _ = try fleet.redis(
                    RedisCommand("XADD", Keys.exits(0).text, "*", "number", number))
                try fleet.wait(for: "a letter") { try fleet.entries(letters).count == number }
            }
            let rows = try fleet.redis(RedisCommand("XRANGE", letters.text, "-", "+")).asArray
            let ids = try rows.map { "0/\(try $0.asArray[0].asString)" }
            try fleet.ask("dead-letters", "--drop", ids[0], as: "act")
            #expect(
                try fleet.ask("dead-letters", "--replay", ids[1], as: "act")
                    .contains("sent again: \(Keys.exits(0))"))
            #expect(try fleet.denied() == [], "\(fleet.words)")
        }

        @Test func `an exit is asked for by a person who acts, and refused to one who looks`()
            throws
        {
            let fleet = try fleet()
            try fleet.ask("functions", as: "operator")
            _ = try fleet.redis(
                RedisCommand(
                    "HSET", "sq:{0}:position:P1", ["account", "alpha", "status", "active"]))
            #expect(
                try fleet.ask("exit", "P1", "--reason", "a test", as: "act").contains("asked at"))
            #expect(try fleet.entries(Keys.exits(0)).map { $0["position"] } == ["P1"])
            #expect(try fleet.denied() == [])
            let looker = try fleet.program(["exit", "P1", "--reason", "a test"], as: "look")
            #expect(try looker.end() != 0)
            #expect(looker.errors.contains("Redis refused"), "\(looker.errors)")
            #expect(try fleet.entries(Keys.exits(0)).count == 1)
        }
    }
}

extension Fleet {
    /// Who has connections.
    fileprivate func users() throws -> Set<String> {
        let list = try redis(RedisCommand("CLIENT", "LIST")).asString
        let names = list.split(separator: " ").filter { $0.hasPrefix("user=") }
        return Set(names.map { String($0.dropFirst("user=".count)) })
    }

    fileprivate func leases() throws -> [String] {
        try keys("sq:{bus}:lease:*").compactMap { key in
            try redis(RedisCommand("GET", key)).asOptionalString
        }
    }

    /// What somebody was denied: user, command or key.
    fileprivate func denied() throws -> [String] {
        try redis(RedisCommand("ACL", "LOG")).asArray.map { row in
            let facts = try row.asArray
            var told: [String: String] = [:]
            for index in stride(from: 0, to: facts.count - 1, by: 2) {
                told[try facts[index].asString] = try? facts[index + 1].asString
            }
            return "\(told["username"] ?? "?"): \(told["reason"] ?? "?") \(told["object"] ?? "?")"
        }
    }
}
