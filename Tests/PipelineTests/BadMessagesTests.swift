import Foundation
import MessageBus
import Redis
import Support
import Testing
import Trading
import Workers

extension PipelineTests {
    @Suite struct `bad messages and settings are said, and the rest goes on` {
        private let folder: Folder
        private let recording: Recording

        init() throws {
            folder = try Folder()
            recording = try .generated(minutes: Reference.minutes, in: folder)
        }

        @Test func `bad signals end as dead letters with alarms, and trading goes on`() throws {
            let fleet = try Fleet(recording, in: folder)
            try fleet.start(name: "all")
            let orphan = Fixtures.signal()
            for fields in [["direction": "sideways"] as Fields, orphan.fields] {
                var command = RedisCommand("XADD", Keys.signals.text, "*")
                for pair in fields.pairs { command.append([pair.name, pair.value]) }
                _ = try fleet.redis(command)
            }
            let letters = Keys.deadLetters(.bus)
            try fleet.wait(for: "dead letters") { try fleet.entries(letters).count == 2 }
            let found = try fleet.entries(letters)
            #expect(found[0]["body:direction"] == "sideways")
            #expect(found[0]["stream"] == Keys.signals.text)
            #expect(found[1]["reason"]?.contains("no account follows strategy") == true)
            #expect(found[1]["body:signal"] == orphan.id.text)
            let alarms = try fleet.entries(Keys.alarms)
            #expect(alarms.count == 2)
            #expect(alarms.allSatisfy { $0["severity"] == "critical" })
            #expect(try fleet.ask("dead-letters").contains("sideways"))
            #expect(try fleet.ask("alarms").contains("dead letter: entry"))

            #expect(difference(try fleet.replay(), from: try Reference.trades()) == [])
            #expect(try fleet.leftovers() == [])
        }

        /// A line of a configuration, and what is said of it.
        @Test(arguments: [
            ("    capitol: 5", "accounts.alpha.capitol", "unknown key"),
            ("    capital: much", "accounts.alpha.capital", ""),
            ("    capital: -5", "accounts.alpha.capital", ""),
        ])
        func `a wrong setting names file, key and line, and nothing starts`(
            line: String, key: String, message: String
        ) throws {
            let text = "indices: [NIFTY]\naccounts:\n  alpha:\n\(line)\n    strategies: []\n"
            let config = try folder.write("wrong.yaml", text)
            let url = "unix:///nowhere/redis.sock"
            let commands = [
                ["config", "--check", config], ["run", "--config", config, "--redis", url],
                [
                    "replay", recording.ticks, "--contracts", recording.contracts, "--config",
                    config, "--redis", url,
                ], ["demo", "--config", config],
            ]
            for arguments in commands {
                let program = try Program(arguments, in: folder.path)
                #expect(try program.end() == 1, "\(arguments)")
                #expect(
                    program.errors.contains("\(config):4: \(key): \(message)"),
                    "\(arguments): \(program.errors)")
            }
        }

        @Test(arguments: [
            ["run"], ["positions"], ["exits"], ["halt", "--reason", "test"],
            ["replay", "ticks.csv", "--feed-only"],
        ])
        func `a URL with a password is refused and not repeated`(command: [String]) throws {
            let files = ["--config", recording.config, "--contracts", recording.contracts]
            let extra =
                command[0] == "replay" ? files : command[0] == "run" ? [files[0], files[1]] : []
            let arguments = command.map { $0 == "ticks.csv" ? recording.ticks : $0 } + extra
            let program = try Program(
                arguments + ["--redis", "redis://me:hushhush@127.0.0.1:1/0"], in: folder.path)
            #expect(try program.end() != 0)
            #expect(program.errors.contains("may not stand in the URL"), "\(program.errors)")
            #expect(!(program.output + program.errors).contains("hushhush"))
        }

        @Test func `a worker that counts partitions otherwise is refused`() throws {
            let fleet = try Fleet(recording, in: folder)
            try fleet.start(name: "first")
            try fleet.wait(for: "the layout") { try !fleet.keys(Keys.layout.text).isEmpty }
            let other = try Folder()
            let differing = try Recording.generated(minutes: 1, partitions: 2, in: other)
            let commands = [
                ["run", "--config", differing.config, "--redis", fleet.url],
                [
                    "replay", differing.ticks, "--contracts", differing.contracts, "--config",
                    differing.config, "--redis", fleet.url,
                ],
            ]
            for arguments in commands {
                let program = try Program(arguments, in: other.path)
                #expect(try program.end() != 0)
                #expect(
                    program.errors.contains("bus.partitions is 2 here and 1 in sq:{bus}:layout"),
                    "\(program.errors)")
            }
        }

        @Test func `a bus that holds another run's ticks is refused`() throws {
            let short = try Recording.generated(minutes: 1, in: folder)
            let fleet = try Fleet(short, in: folder)
            try fleet.start(name: "all")
            #expect(try fleet.replay() == [])
            let second = try fleet.feed()
            #expect(try second.end() != 0)
            #expect(
                second.errors.contains("sq:{t0}:ticks already holds ticks up to"),
                "\(second.errors)")
        }
    }
}
