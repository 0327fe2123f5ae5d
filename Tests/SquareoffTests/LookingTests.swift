import ArgumentParser
import Foundation
import Redis
import Support
import Testing
import Trading

@testable import squareoff

@Suite("Commands that look")
struct LookingTests {
    /// What a command shows of the sample, as rows of column title → cell.
    private func rows<Command: LookingCommand>(
        _ command: Command.Type, _ arguments: [String] = [], on server: RedisServer
    ) throws -> [[String: String]] {
        let command = try Command.parse(arguments + ["--redis", server.endpoint.description])
        let sheet = try command.sheet(command.options.redis.lookout())
        let titles = sheet.columns.map(\.title)
        return sheet.rows.map { row in
            Dictionary(uniqueKeysWithValues: zip(titles, row.cells.map { $0 ?? "-" }))
        }
    }

    @Test("exits: nobody's first, then the overdue one with its reason, orders and lock")
    func exits() throws {
        try withRedis { server in
            try SampleState.write(to: server)
            let rows = try rows(ExitsCommand.self, on: server)
            #expect(
                rows.map { $0["position"] } == [
                    SampleState.forgotten.text, SampleState.asked.text, SampleState.stuck.text,
                ])
            #expect(rows.map { $0["reason"] } == ["time_stop", "take_profit", "stop_loss"])
            #expect(rows.map { $0["next"] } == ["NOT SCHEDULED", "asked, unread", "overdue 0.4 s"])
            #expect(
                rows.map { $0["waits for"] } == ["the next attempt", "the next attempt", "fills"])
            let stuck = try #require(rows.last)
            #expect(stuck["attempt"] == "2")
            #expect(stuck["left"] == "35")
            #expect(stuck["orders"] == "x2-1 open 0/35 at 95.00 (price band)")
            #expect(stuck["lock"]?.hasPrefix("worker=w1:exit-engine-0 attempt=2") == true)
        }
    }

    @Test("exits: a request that a dead worker has taken is shown with the worker")
    func takenRequest() throws {
        try withRedis { server in
            try SampleState.write(to: server)
            let connection = try server.connect()
            try connection.call(
                RedisCommand("ZREM", "sq:{0}:exits:due", SampleState.stuck.text))
            let rows = try rows(ExitsCommand.self, on: server)
            let stuck = rows.first { $0["position"] == SampleState.stuck.text }
            #expect(stuck?["next"]?.hasPrefix("with w1:exit-engine-0 for ") == true)
        }
    }

    @Test(
        "exits: what one waits for",
        arguments: [
            ("unknown", "the broker's book"), ("sending", "the broker's answer"),
            ("accepted", "the gateway"), ("cancelled", "a person: its orders are gone"),
        ])
    func waits(status: String, shown: String) throws {
        try withRedis { server in
            try SampleState.write(to: server)
            try server.connect().call(
                RedisCommand("HSET", "sq:{0}:order:\(SampleState.stuck)-x2-1", "status", status))
            let rows = try rows(ExitsCommand.self, on: server)
            let stuck = rows.first { $0["position"] == SampleState.stuck.text }
            #expect(stuck?["waits for"] == shown)
        }
    }

    @Test("positions: the open ones; with --all the closed one too")
    func positions() throws {
        try withRedis { server in
            try SampleState.write(to: server)
            let open = try rows(PositionsCommand.self, on: server)
            #expect(open.count == 4)
            let asked = open.first { $0["position"] == SampleState.asked.text }
            #expect(asked?["net"] == "-280.00")
            #expect(asked?["opened"] == "10:00:00.000")
            let all = try rows(PositionsCommand.self, ["--all", "--account", "alpha"], on: server)
            #expect(all.count == 3)
            let done = all.first { $0["position"] == SampleState.done.text }
            #expect(done?["net"] == "700.00")
        }
    }

    @Test("positions: a hash that no worker can read is shown as it is")
    func unreadable() throws {
        try withRedis { server in
            try SampleState.write(to: server)
            try server.connect().call(
                RedisCommand("HSET", "sq:{0}:position:251215-000000000", "status", "exiting"))
            let rows = try rows(PositionsCommand.self, on: server)
            let row = rows.first { $0["position"] == "251215-000000000" }
            #expect(row?["why"] == "field 'account' is missing")
        }
    }

    @Test("orders: working ones with their next look; with --all the cancelled one")
    func orders() throws {
        try withRedis { server in
            try SampleState.write(to: server)
            let working = try rows(OrdersCommand.self, on: server)
            #expect(working.map { $0["status"] } == ["sending", "open"])
            #expect(working.last?["next"] == "in 1.2 s")
            #expect(working.last?["filled"] == "0/35")
            #expect(try rows(OrdersCommand.self, ["--all"], on: server).count == 3)
        }
    }

    @Test("accounts: today's; with --all yesterday's; halts by account")
    func accounts() throws {
        try withRedis { server in
            try SampleState.write(to: server)
            let today = try rows(AccountsCommand.self, on: server)
            #expect(today.map { $0["account"] } == ["alpha", "bravo"])
            #expect(today.first?["halt"]?.hasPrefix("unreconciled: book overdue") == true)
            #expect(today.last?["halt"] == "asked by the desk")
            #expect(today.first?["realised"] == "-1250.00")
            #expect(try rows(AccountsCommand.self, ["--all"], on: server).count == 3)
        }
    }

    @Test("workers: alive, hanging, gone") func workers() throws {
        try withRedis { server in
            try SampleState.write(to: server)
            let rows = try rows(WorkersCommand.self, on: server)
            let states = Dictionary(uniqueKeysWithValues: rows.map { ($0["worker"], $0["state"]) })
            #expect(states["w1:gateway-0"] == "alive")
            #expect(states["w1:scheduler-0"] == "DEAD, loop hangs")
            #expect(states["w1:exit-engine-0"] == "DEAD, no heartbeat")
            #expect(rows.first { $0["worker"] == "w1:gateway-0" }?["p50 µs"] != "-")
        }
    }

    @Test("alarms and dead letters") func troubles() throws {
        try withRedis { server in
            try SampleState.write(to: server)
            let alarms = try rows(AlarmsCommand.self, on: server)
            #expect(alarms.map { $0["message"] } == ["attempt 2 to sell 35"])
            #expect(alarms.first?["time"] == "10:29:58.000")
            let letters = try rows(DeadLettersCommand.self, on: server)
            #expect(letters.map { $0["letter"] } == ["0/1765773000020-0"])
            #expect(letters.first?["body"] == "position=\(SampleState.stuck) account=alpha")
        }
    }

    @Test("trace: one position through all streams, in order of time") func trace() throws {
        try withRedis { server in
            try SampleState.write(to: server)
            let rows = try rows(TraceCommand.self, [SampleState.stuck.text], on: server)
            let streams = rows.compactMap { $0["stream"] }
            #expect(
                streams == [
                    "signals", "orders:entry", "positions", "orders:exit", "dead-letters",
                    "broker-events", "order-updates", "alarms", "exits",
                ])
            let times = rows.compactMap { $0["time"] }
            #expect(times == times.sorted())
            #expect(rows.contains { $0["what"]?.contains("number=7002") == true })
            let all = rows.map { ($0["what"] ?? "") + ($0["entry"] ?? "") }.joined()
            #expect(!all.contains(SampleState.asked.text))
        }
    }

    @Test("an empty Redis gets a friendly line, and JSON an empty array")
    func empty() throws {
        try withRedis { server in
            let url = ["--redis", server.endpoint.description]
            let command = try ExitsCommand.parse(url)
            let sheet = try command.sheet(command.options.redis.lookout())
            #expect(sheet.text == "No exit is in flight.")
            #expect(sheet.json == "[]")
        }
    }

    @Test("JSON has every field of the hash, and reads back") func json() throws {
        try withRedis { server in
            try SampleState.write(to: server)
            let url = ["--redis", server.endpoint.description]
            let command = try PositionsCommand.parse(url)
            let json = try command.sheet(command.options.redis.lookout()).json
            let rows = try #require(
                try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: String]])
            let stuck = try #require(rows.first { $0["position"] == SampleState.stuck.text })
            #expect(stuck["exit_evidence"] == "ltp=70.00")
            #expect(stuck["entry_value"] == "7000.00")
        }
    }
}
