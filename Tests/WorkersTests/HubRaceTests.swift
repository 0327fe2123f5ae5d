import MessageBus
import Support
import Testing
import Trading
import Workers

/// A message that bears no name of ours comes before anybody knows whose number it bears, and the
/// hub looks for that in several round trips.
@Suite struct HubRaceTests {
    private let bench: Bench
    private let rival: Rival
    private let position = OrderFixtures.exiting()

    init() throws {
        let rival = Rival("w")
        self.rival = rival
        bench = Bench(
            MemoryBus(wall: Bench.morning) {
                rival.pass($0)
                return nil
            })
        try bench.setUp(at: .at(10, 6), instruments: [])
        let run = bench.session.serverRun?.text ?? ""
        let order = OrderFixtures.exitOrder(.sending, of: position)
        try bench.write(
            .set(Keys.serverRun(0), Fields([.init(name: Field.serverRun.rawValue, value: run)])),
            .set(Keys.position(0, position.id), position.fields.and(rev: 1)),
            .set(Keys.order(0, order.id), order.fields.and(rev: 1)),
            .addMember(Keys.open(0, position.account), position.id.text))
    }

    /// What the broker says of the exit, without its name.
    private func hear() throws {
        let order = OrderFixtures.exitOrder(.open, of: position)
        let event = BrokerEvent(
            account: position.account, source: "socket", number: order.number, order: nil,
            instrument: order.instrument, side: .sell, status: "TRADED", filled: Quantity(70),
            averagePrice: "96.00", at: .at(10, 6))
        try bench.write(.append(Keys.brokerEvents(0), event.fields))
    }

    /// Its number becomes known, and it closes its position.
    private static func close(_ position: PositionTracker, on bus: MemoryBus) throws {
        let order = OrderFixtures.exitOrder(.filled, of: position)
        var closed = position
        closed.status = .exited
        closed.exit.working = 0
        closed.exit.quantity = closed.entry.quantity
        try Bench(bus).write(
            .setText(Keys.orderNumber(0, order.number ?? ""), order.id.text),
            .set(Keys.order(0, order.id), order.fields.and(rev: 2)),
            .set(Keys.position(0, position.id), closed.fields.and(rev: 2)),
            .removeMember(Keys.open(0, position.account), position.id.text))
    }

    private func byHand() throws -> Fields { try bench.fields(Keys.byHand(0, position.account)) }

    private func hub() throws -> GroupWorker {
        GroupWorker(OrderUpdateHubStage(try Bench.desk(), shard: 0), bench.bus)
    }

    @Test func `where nothing of ours can have the number, it was placed by hand, at once`()
        throws
    {
        try bench.write(.removeMember(Keys.open(0, position.account), position.id.text))
        try hear()
        try hub().turns(3)
        #expect(try !byHand().isEmpty)
    }

    /// What our own exit has sold would be left out of another one.
    @Test("One whose number becomes ours meanwhile was not placed by hand", arguments: 0..<12)
    func meanwhile(calls: Int) throws {
        let hub = try hub()
        try hub.turns(1)
        rival.act(afterCalls: calls) { [position, bus = bench.bus] in
            do {
                try Self.close(position, on: bus)
            } catch {
                Issue.record(error)
            }
        }
        try hear()
        try hub.turns(6)
        #expect(try bench.text(Keys.orderNumber(0, "7001")) != nil)
        #expect(try byHand().isEmpty)
        #expect(try bench.count(Keys.foreignDue(0)) <= 1)
    }
}
