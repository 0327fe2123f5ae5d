import MessageBus
import Stages
import Support
import Testing
import Trading
import Workers

/// A key that somebody has overwritten with another type, under the real stages: what needs it
/// waits and is shown to people, everything else goes on.
@Suite struct PoisonedStateTests {
    private let bench = Bench()
    private let bad = Fixtures.position(signal: "supertrend-BANKNIFTY-1765773000001")
    private let good = Fixtures.position(signal: "supertrend-BANKNIFTY-1765773000002")

    init() throws {
        for position in [bad, good] {
            try bench.write(.set(Keys.position(0, position.id), position.fields))
            try bench.write(.addMember(Keys.open(0, "paper-1"), position.id.text))
        }
    }

    private func poison(_ key: Key, in slot: Slot = .shard(0)) throws {
        try bench.write(.delete(key), in: slot)
        try bench.write(.setText(key, "overwritten"), in: slot)
    }

    private func request(_ position: PositionTracker) -> ExitRequest {
        ExitRequest(
            position: position.id, account: position.account, reason: .manual, evidence: "test",
            askedBy: "person:test", at: Bench.morning)
    }

    private func claimed(_ position: PositionTracker) throws -> Bool {
        try bench.fields(Keys.position(0, position.id))["status"] == "exiting"
    }

    @Test func `an exit whose position cannot be loaded holds up no other`() throws {
        let worker = GroupWorker(ExitEngineStage(try Bench.desk(), shard: 0), bench.bus)
        try poison(Keys.position(0, bad.id))
        for position in [bad, good] {
            try bench.write(.append(Keys.exits(0), request(position).fields))
        }
        worker.run(6)
        #expect(try claimed(good))
        for _ in 0..<6 {
            bench.bus.advance(by: .seconds(1))
            worker.run(2)
        }
        let letter = try #require(try bench.entries(Keys.deadLetters(.shard(0))).first)
        #expect(letter["body:position"] == bad.id.text)
        #expect(letter["reason"]?.contains("WRONGTYPE") == true)
    }

    /// A rule asks once: its reason is frozen, and the request was all that was to come of it.
    @Test func `an exit whose request was set aside is due, and goes on once it can be read`()
        throws
    {
        let worker = GroupWorker(ExitEngineStage(try Bench.desk(), shard: 0), bench.bus)
        var asked = bad
        asked.exitOrder = Fixtures.exitOrder()
        try poison(Keys.position(0, bad.id))
        try bench.write(.append(Keys.exits(0), request(bad).fields))
        for _ in 0..<8 {
            worker.run(3)
            bench.bus.advance(by: .seconds(1))
        }
        #expect(try bench.entries(Keys.deadLetters(.shard(0))).count == 1)
        #expect(
            try bench.answer(.score(Keys.exitsDue(0), member: bad.id.text)) != .number(nil))
        try bench.write(.delete(Keys.position(0, bad.id)))
        try bench.write(.set(Keys.position(0, bad.id), asked.fields))
        bench.bus.advance(by: .seconds(11))
        worker.run(4)
        #expect(try claimed(bad))
    }

    @Test func `a due exit whose position cannot be loaded is put off with an alarm`() throws {
        let worker = GroupWorker(ExitEngineStage(try Bench.desk(), shard: 0), bench.bus)
        try poison(Keys.position(0, bad.id))
        var other = good
        other.exitOrder = Fixtures.exitOrder()
        try bench.write(.set(Keys.position(0, good.id), other.fields))
        let due = Bench.morning.milliseconds - 1_000
        for position in [bad, good] {
            try bench.write(.schedule(Keys.exitsDue(0), member: position.id.text, at: due))
        }
        #expect(worker.run(6).count == 1)
        #expect(try claimed(good))
        let next = try bench.answer(.score(Keys.exitsDue(0), member: bad.id.text))
        #expect(next == .number(Bench.morning.milliseconds + 10_000))
        let alarms = try bench.entries(Keys.alarms).map { $0["message"] ?? "" }
        #expect(alarms.count == 1 && alarms.first?.contains(bad.id.text) == true, "\(alarms)")
        // The next time it runs alone from the beginning, and the stage does not stumble.
        bench.bus.advance(by: .seconds(11))
        #expect(worker.run(6).isEmpty)
        #expect(try bench.entries(Keys.alarms).count == 2)
    }

    @Test func `a position that cannot be read is complained of once, the others are watched`()
        throws
    {
        let desk = try Bench.desk(Self.paper)
        let worker = OrderedWorker(
            RiskManagerStage(desk, partition: 0, shard: 0), bench.bus, name: "r")
        try poison(Keys.position(0, bad.id))
        try poison(Keys.halt, in: .bus)
        try bench.setUp(instruments: [])
        #expect(worker.run(3).isEmpty)
        let tick = Fixtures.tick(Fixtures.call, "10.00", at: .at(10, 6))
        for _ in 0..<3 {
            try bench.write(
                .append(Keys.ticks(0), tick.fields, milliseconds: EventTime.at(10, 6).milliseconds),
                .append(
                    Keys.ticks(0), MarketEvent.clock(.at(10, 6)).fields,
                    milliseconds: EventTime.at(10, 6).milliseconds), in: .partition(0))
            #expect(worker.run(3).isEmpty)
        }
        let requests = try bench.entries(Keys.exits(0)).map { try ExitRequest($0) }
        #expect(requests.map(\.position) == [good.id])
        let alarms = try bench.entries(Keys.alarms).compactMap { $0["message"] }
        #expect(alarms.filter { $0.hasPrefix("position is unreadable") }.count == 1, "\(alarms)")
        #expect(alarms.filter { $0.hasPrefix("halts are unreadable") }.count == 1, "\(alarms)")
    }

    @Test func `an account that cannot be read does not enter, the others do`() throws {
        let day = Fixtures.day
        try bench.setUp(instruments: [Fixtures.instrument()])
        try poison(Keys.account(0, "bravo", day))
        let worker = GroupWorker(EntryGuardStage(try Bench.desk()), bench.bus)
        try bench.write(.append(Keys.signals, Fixtures.signal().fields), in: .bus)
        #expect(worker.run(4).isEmpty)
        let verdicts = try ["alpha", "bravo", "charlie"].map {
            try bench.text(Keys.verdict(0, Fixtures.signal().id, AccountID($0))) ?? "none"
        }
        #expect(verdicts[0].hasPrefix("entered") && verdicts[2].hasPrefix("entered"))
        #expect(verdicts[1].hasPrefix("refused halted: stored state:"), "\(verdicts)")
    }

    /// With the account of the fixtures.
    private static let paper = """
        indices: [BANKNIFTY]
        accounts:
          paper-1: { capital: 200000, strategies: [supertrend] }
        strategies:
          supertrend: { indices: [BANKNIFTY] }
        """
}
