import MessageBus
import Support
import Testing
import Trading
import Workers

@Suite struct SettlingTests {
    private let bench = Bench()
    private let desk: Desk

    init() throws {
        desk = try Bench.desk()
        try bench.setUp(instruments: [])
    }

    private func look(_ written: [Key: EntryID]? = nil) throws -> Settling.Look {
        var settling = Settling(desk)
        return try settling.look(bench.session, written: written)
    }

    /// All groups as if their workers had started and read everything.
    private func startGroups() throws {
        let groups: [(Key, String)] = [
            (Keys.signals, StageName.entryGuard), (Keys.entryOrders(0), StageName.gateway),
            (Keys.exits(0), StageName.exitEngine), (Keys.exitOrders(0), StageName.gateway),
            (Keys.brokerEvents(0), StageName.hub), (Keys.orderUpdates(0), StageName.handler),
        ]
        for (stream, group) in groups {
            try bench.bus.session(group).join([stream], group: group, consumer: "w")
        }
    }

    private var fences: [Key] {
        [
            SchedulerStage.fence(0).0, RiskManagerStage.fence(desk, 0, 0).0, PaperStage.fence(0).0,
        ]
    }

    /// As if everybody who follows had read this far.
    private func read(_ stream: Key, to id: EntryID, by holders: [Key]) throws {
        for fence in holders {
            try bench.write(.set(fence, [stream.text: id.text]), in: fence.slot)
        }
    }

    private func tick(at time: EventTime) throws -> EntryID {
        let fields = Fixtures.tick(at: time).fields
        try bench.write(
            .append(Keys.ticks(0), fields, milliseconds: time.milliseconds), in: .partition(0))
        return EntryID(time.milliseconds, 0)
    }

    @Test func `a stage that has not started is waited for by its name`() throws {
        let open = try look().open
        #expect(open.contains("entry-guard has not started"))
        #expect(open.contains("gateway has not started"))
        try startGroups()
        #expect(try look().open == [])
    }

    @Test func `an entry is open until it is acknowledged, not only until it is read`() throws {
        try startGroups()
        try bench.write(.append(Keys.exits(0), ["n": "1"]))
        #expect(try look().open == ["exit-engine on sq:{0}:exits"])
        let session = bench.bus.session("exit-engine")
        try session.join([Keys.exits(0)], group: StageName.exitEngine, consumer: "w")
        let delivery = try #require(
            try session.turn(committing: [], count: 10, block: .zero).deliveries.first)
        #expect(try look().open == ["exit-engine on sq:{0}:exits"])
        let acknowledged = Change(
            acknowledges: Acknowledgement(delivery.stream, delivery.id))
        _ = try session.commit([
            Commit(
                slot: .shard(0), owner: .consumer(group: StageName.exitEngine, name: "w"),
                changes: [acknowledged])
        ])
        #expect(try look().open == [])
    }

    @Test func `every holder must have read the ticks`() throws {
        try startGroups()
        let id = try tick(at: .at(10, 0, 1))
        #expect(try look().open.count == 3)
        try read(Keys.ticks(0), to: id, by: Array(fences.dropLast()))
        #expect(try look().open == ["paper 0 on sq:{t0}:ticks"])
        try read(Keys.ticks(0), to: id, by: fences)
        #expect(try look().open == [])
    }

    @Test func `a due time in the past is work, one in the future is the next step`() throws {
        try startGroups()
        let key = Keys.ordersDue(0)
        try bench.write(.schedule(key, member: "o-1", at: EventTime.at(10, 0).milliseconds))
        #expect(try look().open == ["o-1 in sq:{0}:orders:due"])
        try bench.write(.schedule(key, member: "o-1", at: EventTime.at(10, 5).milliseconds))
        try bench.write(
            .schedule(Keys.exitsDue(0), member: "p-1", at: EventTime.at(10, 3).milliseconds))
        let look = try look()
        #expect(look.open == [] && look.nextDue == .at(10, 3))
        #expect(look.now == .at(10, 0))
    }

    @Test func `a call under way is waited for`() throws {
        try startGroups()
        try bench.write(.schedule(Keys.calling(0), member: "o-1", at: 1))
        #expect(try look().open == ["calls in sq:{0}:orders:calling"])
    }

    @Test func `a quiet tick is told by a glance, a grown stream is looked at in full`() throws {
        try startGroups()
        var settling = Settling(desk)
        #expect(try settling.look(bench.session).open == [])
        let id = try tick(at: .at(10, 0, 1))
        let written = [Keys.ticks(0): id]
        #expect(try settling.look(bench.session, written: written).open == ["ticks to be read"])
        try read(Keys.ticks(0), to: id, by: fences)
        #expect(try settling.look(bench.session, written: written).open == [])
        try bench.write(.append(Keys.signals, ["n": "1"]), in: .bus)
        #expect(
            try settling.look(bench.session, written: written).open
                == ["entry-guard on sq:{bus}:signals"])
    }
    @Test func `a stream that was cut while it grew has grown`() throws {
        try bench.write(.append(Keys.signals, ["n": "1"]), in: .bus)
        try startGroups()
        let session = bench.bus.session("entry-guard")
        try session.join([Keys.signals], group: StageName.entryGuard, consumer: "w")
        for delivery in try session.turn(committing: [], count: 9, block: .zero).deliveries {
            let done = Change(acknowledges: Acknowledgement(delivery.stream, delivery.id))
            _ = try session.commit([
                Commit(
                    slot: .bus, owner: .consumer(group: StageName.entryGuard, name: "w"),
                    changes: [done])
            ])
        }
        var settling = Settling(desk)
        #expect(try settling.look(bench.session).open == [])
        bench.bus.advance(by: .seconds(1))
        try bench.write(.append(Keys.signals, ["n": "2"]), in: .bus)
        bench.bus.trim(Keys.signals, below: EntryID(bench.session.wall.milliseconds, 0))
        #expect(try bench.count(Keys.signals) == 1)
        #expect(
            try settling.look(bench.session, written: [:]).open
                == ["entry-guard on sq:{bus}:signals"])
    }
}
