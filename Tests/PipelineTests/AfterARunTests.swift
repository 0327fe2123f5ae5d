import Foundation
import Glibc
import MessageBus
import Redis
import Support
import Testing
import Trading
import Workers

extension PipelineTests {
    @Suite struct `what a run has left can be looked at` {
        private let folder: Folder

        init() throws { folder = try Folder() }

        /// Keys that are there only while something is under way, or after a fault.
        private static let passing: Set<String> = [
            "exit-lock", "exits-due", "failures", "open", "orders-calling", "orders-due",
            "paper-due", "paper-working", "unmatched", "unreconciled",
            // Nobody trades by hand at the paper broker, which keeps no loss limit either.
            "foreign-due", "by-hand", "loss-limit",
            // Nobody listens to its socket or reads its charts either.
            "reconcile-due", "resumed-marks", "bar-histories",
        ]
        /// Fields of a moment, of a fault or of a person's doing.
        private static let rare: Set<String> = [
            "account.^open:[^:]+:(CE|PE)$", "order.cancel_asked_at", "order.cancels", "order.nonce",
            "order.first_look_at", "order.error", "position.detail", "worker.error",
            "order.server_run", "server-run.earlier_runs", "dead-letters.left_out",
            "backlog.above_at", "backlog.paused_at",
            "paper-ledger.^net:(IDX_I|NSE_EQ|NSE_FNO|NSE_CURRENCY|BSE_EQ|BSE_FNO|BSE_CURRENCY|"
                + "MCX_COMM):[^:|]+$",
            "reconciled.^seen:(IDX_I|NSE_EQ|NSE_FNO|NSE_CURRENCY|BSE_EQ|BSE_FNO|BSE_CURRENCY|"
                + "MCX_COMM):[^:|]+$",
            "reconciled.^told:\\S+$", "layout.^venue:.+$",
            "broker-events.segment", "broker-events.security_id", "broker-events.side",
            "position.by_hand_quantity", "position.by_hand_value", "order.held_at",
            "reconciled.missing", "bars.awaits", "bars.resumed_at", "bars.held", "instruments.day",
        ]

        /// Whether the look met heartbeats and leases, which stand for two or three seconds and
        /// are not there where somebody is late.
        private static func isWhole(_ check: SchemaCheck) -> Bool {
            !check.unseenFamilies.contains { ["worker", "lease"].contains($0) }
                && !Set(check.unseenFields).subtracting(rare).contains { $0.hasPrefix("worker.") }
        }

        @Test func `schema and Redis agree both ways, and the commands show what is there`() throws
        {
            let fleet = try Fleet(
                .generated(minutes: Reference.minutes, in: folder), in: folder)
            try fleet.start(name: "all")
            _ = try fleet.ask("halt", "--account", "nobody", "--reason", "test")
            let trades = try fleet.replay()
            let bad = RedisCommand("XADD", Keys.signals.text, "*", "direction", "sideways")
            let id = try fleet.redis(bad).asString
            let letters = Keys.deadLetters(.bus)
            try fleet.wait(for: "a dead letter") { try fleet.entries(letters).count == 1 }
            _ = try fleet.redis(RedisCommand("XDEL", Keys.signals.text, id))
            try schemaAgrees(fleet)
            try commandsShow(trades, fleet)
        }

        private func schemaAgrees(_ fleet: Fleet) throws {
            func look() throws -> SchemaCheck {
                try SchemaCheck.run(fleet.server.endpoint, entriesPerStream: 20_000)
            }
            var check = try look()
            for _ in 1...30 where !Self.isWhole(check) {
                usleep(500_000)
                check = try look()
            }
            #expect(check.problems == [])
            #expect(check.keys > 100 && check.entries > 10_000)
            #expect(Set(check.unseenFamilies).subtracting(Self.passing) == [])
            #expect(Set(check.unseenFields).subtracting(Self.rare) == [])
        }

        private func commandsShow(_ trades: [Trade], _ fleet: Fleet) throws {
            let first = try #require(trades.first)
            let all = try fleet.json("positions", "--all")
            let exited = all.filter { $0["status"] == "exited" }
            #expect(Set(exited.map { $0["position"] }) == Set(trades.map(\.position)))
            #expect(try fleet.ask("positions") == "No open positions.\n")
            #expect(try fleet.ask("positions", "--all").contains(first.position))
            #expect(try fleet.json("positions", "--all", "--account", "alpha").count < all.count)

            #expect(try fleet.ask("orders") == "No working orders.\n")
            #expect(try fleet.json("orders", "--all").count >= 2 * trades.count)
            #expect(try fleet.json("exits") == [])
            let accounts = try fleet.json("accounts")
            #expect(accounts.map { $0["account"] } == ["alpha", "bravo"])
            #expect(accounts.allSatisfy { $0["open"] == "0" })
            // A heartbeat stands for little more than two seconds.
            try fleet.wait(for: "all workers to be alive") {
                let workers = try fleet.json("workers")
                return workers.count == StageName.all.count
                    && workers.allSatisfy { $0["state"] == "alive" }
            }
            #expect(try fleet.ask("dead-letters").contains("sideways"))
            #expect(try fleet.json("alarms", "--all").allSatisfy { $0["message"] != nil })

            let steps = try fleet.json("trace", first.position)
            let streams = Set(steps.compactMap { $0["stream"] })
            for stream in [
                "sq:{bus}:signals", "sq:{0}:orders:entry", "sq:{0}:broker-events",
                "sq:{0}:order-updates", "sq:{0}:positions", "sq:{0}:exits", "sq:{0}:orders:exit",
            ] { #expect(streams.contains(stream), "\(stream)") }
            let text = try fleet.ask("trace", first.position)
            #expect(text.contains("now: exited") && text.contains("verdict: entered"), "\(text)")
        }
    }

    @Suite struct `what a person asks for is done` {
        private let folder: Folder
        private let fleet: Fleet

        init() throws {
            folder = try Folder()
            fleet = try Fleet(.generated(minutes: Reference.minutes, in: folder), in: folder)
            try fleet.start(name: "all")
        }

        private func open() throws -> [[String: String]] {
            try fleet.json("positions").filter { $0["status"] == "active" }
        }

        private func position(_ id: String) throws -> Fields {
            try fleet.hash(Keys.position(0, PositionID(id)).text)
        }

        @Test func `exit, halt, flatten and resume act on running workers`() throws {
            // All that follows happens while it lasts.
            let feed = try fleet.feed(speed: "20")
            defer { feed.kill() }
            var id = ""
            try fleet.wait(for: "an open position") {
                id = try open().first?["position"] ?? ""
                return !id.isEmpty
            }
            let said = try fleet.ask("exit", id, "--reason", "I say so")
            #expect(said.contains("exit of \(id)"))
            try fleet.wait(for: "its end") { try position(id)["status"] == "exited" }
            let exited = try position(id)
            // Unless a rule was quicker.
            if exited["exit_reason"] == "manual" {
                #expect(exited["exit_evidence"]?.contains("I say so") == true, "\(exited)")
            }

            _ = try fleet.ask("halt", "--account", "bravo", "--reason", "enough")
            try fleet.wait(for: "a refusal") { try refused("bravo", "enough") }
            try fleet.wait(for: "open positions") { try !open().isEmpty }

            _ = try fleet.ask("flatten", "--reason", "home")
            try fleet.wait(for: "nothing open") { try fleet.json("positions").isEmpty }
            let reasons = try fleet.json("positions", "--all").map { $0["exit_reason"] }
            #expect(reasons.contains("flatten"))
            let count = reasons.count
            try fleet.wait(for: "a refusal of alpha") { try refused("alpha", "home") }
            #expect(try fleet.json("positions", "--all").count == count)

            #expect(try fleet.ask("resume").contains("resumed: everything"))
            #expect(
                try fleet.ask("resume", "--account", "bravo").contains("resumed: account bravo"))
            #expect(try fleet.hash(Keys.halt.text).isEmpty)
            try fleet.wait(for: "trading again") {
                try fleet.json("positions", "--all").count > count
            }
        }

        private func refused(_ account: String, _ reason: String) throws -> Bool {
            try fleet.keys("sq:{0}:verdict:*:\(account)").contains { key in
                let verdict = try fleet.redis(RedisCommand("GET", key)).asOptionalString ?? ""
                return verdict.contains("halted") && verdict.contains(reason)
            }
        }
    }
}

extension Fleet {
    /// What a command says with `--json`.
    func json(_ arguments: String...) throws -> [[String: String]] {
        let program = try Program(arguments + ["--redis", url, "--json"], in: folder.path)
        let status = try program.end()
        #expect(status == 0, "\(arguments): \(program.errors)")
        let data = Data(program.output.utf8)
        return try JSONDecoder().decode([[String: String]].self, from: data)
    }
}
