import MessageBus
import Support
import Testing
import Trading
import Workers

/// A position whose account is not configured has no limits here: people are told, and once.
@Suite struct RiskManagerAccountsTests {
    private let bench = Bench()
    private let stage: RiskManagerStage

    init() throws { stage = RiskManagerStage(try Bench.desk(), partition: 0, shard: 0) }

    private func store(
        _ account: AccountID, _ status: PositionStatus = .active
    ) throws -> PositionTracker {
        let position = Fixtures.position(status, account: account)
        try bench.write(
            .set(Keys.position(0, position.id), position.fields),
            .addMember(Keys.open(0, account), position.id.text))
        return position
    }

    private func alarms(_ position: PositionTracker, at now: EventTime) throws -> [Alarm] {
        let event = Delivery(
            stream: Keys.positions(0), id: EntryID(now.milliseconds, 0),
            fields: PositionEvent(position, at: now).fields)
        return try stage.decide([event], due: [], bench.session).alarms
    }

    private func expected(_ position: PositionTracker, at now: EventTime) -> Alarm {
        Alarm(
            .critical, stage: StageName.riskManager,
            message: "position \(position.id) of account delta is watched by nobody: "
                + "its account is not configured here",
            account: "delta", position: position.id, trace: position.signal, at: now)
    }

    @Test func `a new one is told of once`() throws {
        try stage.load(bench.session)
        let position = try store("delta")
        let now = Fixtures.openedAt
        #expect(try alarms(position, at: now) == [expected(position, at: now)])
        #expect(try alarms(position, at: now + .seconds(1)) == [])
        // Also after an error.
        try stage.load(bench.session)
        #expect(try alarms(position, at: now + .seconds(2)) == [])
    }

    @Test(
        arguments: [("alpha", .active), ("delta", .exited), ("delta", .cancelled)]
            as [(AccountID, PositionStatus)])
    func `one that is watched, and one that is closed, is not told of:`(
        account: AccountID, status: PositionStatus
    ) throws {
        try stage.load(bench.session)
        let position = try store(account, status)
        #expect(try alarms(position, at: Fixtures.openedAt) == [])
    }

    @Test func `those that are there at the start are told of, as far as their account is kept`()
        throws
    {
        let (position, now) = (try store("delta"), bench.session.wall)
        try bench.write(.set(Keys.layout, ["accounts": "alpha delta"]), in: .bus)
        try stage.load(bench.session)
        #expect(try stage.idle(bench.session).alarms == [expected(position, at: now)])
        try stage.load(bench.session)
        #expect(try stage.idle(bench.session).alarms == [])
    }
}
