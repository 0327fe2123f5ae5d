import MessageBus
import Stages
import Support
import Testing
import Trading
import Workers

/// Nobody was here when the broker closed what was open, and an exit is asked for afterwards.
@Suite struct BlindSpellTests {
    private let bench = Bench()
    private let broker = LedgerBroker()
    private static let live = """
        indices: [BANKNIFTY]
        accounts:
          alpha: { capital: 200000, strategies: [], broker: dhan, client_id: 1, live: true }
        """

    /// An exit that was claimed a moment ago, of a position of the day before or of today.
    private func claim(isCarried: Bool) throws -> Order {
        var position = Fixtures.position(
            .exiting, quantity: 70,
            openedAt: Bench.morning - (isCarried ? Span.days(1) : .seconds(1)),
            expiry: Day(2026, 1, 27), account: "alpha")
        position.exitAttempt = 1
        position.exitSlices = 1
        position.exit.working = 1
        position.exitClaimedAt = Bench.morning
        position.run = bench.bus.serverRun
        position.rev = 1
        let from = OrderFixtures.exitOrder(.accepted, of: position)
        var order = Order(
            id: from.id, account: "alpha", instrument: from.instrument, side: .sell, type: .limit,
            price: from.price, quantity: from.quantity, acceptedAt: Bench.morning,
            trace: from.trace)
        order.rev = 1
        var day = AccountDay()
        day.open = 1
        day.rev = 1
        var known = Reconciliation(on: Bench.morning.day)
        known.readAt = Bench.morning - .minutes(11)
        known.rev = 1
        try bench.write(
            .append(
                Keys.exitOrders(0),
                OrderRequest(
                    order: order.id, account: "alpha", action: .place, at: Bench.morning,
                    trace: order.trace
                ).fields),
            .set(Keys.account(0, "alpha", position.createdAt.day), day.fields),
            .set(Keys.reconciled(0, "alpha"), known.fields),
            .set(Keys.position(0, position.id), position.fields),
            .addMember(Keys.open(0, "alpha"), position.id.text),
            .schedule(
                Keys.exitsDue(0), member: position.id.text,
                at: Bench.morning.milliseconds + 60_000),
            .set(Keys.order(0, order.id), order.fields))
        return order
    }

    private func workers() throws -> [GroupWorker] {
        let desk = try Bench.desk(Self.live, isLive: true)
        let session = bench.bus.session("g")
        let gateway = GatewayStage(
            desk, shard: 0, brokers: ["alpha": broker],
            calls: BrokerCalls(interrupt: session.interrupt), timer: nil, nonces: .random)
        let reconciler = ReconcilerStage(
            desk, shard: 0, brokers: ["alpha": broker],
            interrupt: bench.bus.session("r").interrupt)
        return [
            GroupWorker(
                gateway, session: session, name: WorkerName(stage: gateway.name, given: "g"),
                log: Bench.quiet),
            GroupWorker(reconciler, bench.bus, name: "r"),
            GroupWorker(ExitEngineStage(desk, shard: 0), bench.bus, name: "e"),
            GroupWorker(OrderUpdateHubStage(desk, shard: 0), bench.bus, name: "h"),
            GroupWorker(OrderUpdateHandlerStage(desk, shard: 0), bench.bus, name: "u"),
        ]
    }

    private func run(_ seconds: Int, _ workers: [GroupWorker]) throws {
        for _ in 0..<seconds {
            for worker in workers { try worker.turns(4) }
            bench.bus.advance(by: .seconds(1))
        }
    }

    @Test func `what is not held any more is left out, and never sold`() throws {
        let order = try claim(isCarried: true)
        try run(90, workers())
        #expect(broker.sent.isEmpty)
        let position = try bench.fields(Keys.position(0, order.position))
        #expect(position["status"] == "exited" && position["by_hand_quantity"] == "70")
    }

    @Test func `where the books cannot be read, it goes after fifteen seconds`() throws {
        broker.breakBook(true)
        let order = try claim(isCarried: false)
        let workers = try workers()
        try run(15, workers)
        #expect(broker.sent.isEmpty)
        try run(3, workers)
        #expect(broker.sent == [order.id])
    }
}
