import Brokers
import MessageBus
import Stages
import Support
import Synchronization
import Testing
import Trading
import Workers

@Suite("Reconciler at work") struct ReconcilerStageTests {
    private let bench = Bench()
    private let account: AccountID = "alpha"

    private func worker(_ broker: some Broker, yaml: String = Bench.plain) throws -> GroupWorker {
        let stage = ReconcilerStage(
            try Bench.desk(yaml), shard: 0, brokers: [account: broker],
            interrupt: bench.bus.session("r").interrupt)
        return GroupWorker(stage, bench.bus, name: "r")
    }

    private func position(_ status: PositionStatus, working: Int) -> PositionTracker {
        var position = status == .exiting ? OrderFixtures.exiting() : OrderFixtures.active()
        position.account = account
        position.exit.working = working
        position.rev = 1
        return position
    }

    private func store(_ position: PositionTracker, _ order: Order? = nil) throws {
        var writes: [Write] = [
            .set(Keys.position(0, position.id), position.fields),
            .addMember(Keys.open(0, account), position.id.text),
        ]
        if var order {
            order.account = account
            order.rev = 1
            writes += [
                .set(Keys.order(0, order.id), order.fields),
                .schedule(
                    Keys.ordersDue(0), member: order.id.text,
                    at: bench.session.wall.milliseconds + 60_000),
            ]
        }
        try bench.commit(Change(writes: writes))
    }

    /// The broker's word of it was dropped on the way. Within five seconds it is known.
    @Test func `a fill that nobody told of is found while the order works`() throws {
        let position = position(.exiting, working: 1)
        let order = OrderFixtures.exitOrder(.open, of: position)
        let broker = BookBroker()
        let reconciler = try worker(broker)
        // Long before, nothing was in flight, and the next look is far away.
        try reconciler.turns(3)
        bench.bus.advance(by: .seconds(10))
        try store(position, order)
        try reconciler.turns(3)
        broker.books.withLock {
            $0.orders = [
                BrokerOrder(
                    number: "7001", correlation: order.id, status: "TRADED",
                    quantity: order.quantity, filled: order.quantity, value: "6790.00", reason: nil)
            ]
        }
        var waited = 0
        while try bench.entries(Keys.brokerEvents(0)).isEmpty, waited < 50 {
            bench.bus.advance(by: .milliseconds(100))
            try reconciler.turns(2)
            waited += 1
        }
        let event = try BrokerEvent(try #require(bench.entries(Keys.brokerEvents(0)).first))
        #expect(event.order == order.id && event.filled == order.quantity)
        try GroupWorker(OrderUpdateHubStage(try Bench.desk(), shard: 0), bench.bus, name: "h")
            .turns(3)
        try GroupWorker(OrderUpdateHandlerStage(try Bench.desk(), shard: 0), bench.bus, name: "u")
            .turns(3)
        #expect(try bench.fields(Keys.position(0, position.id))["status"] == "exited")
        // It is known now, and is not told again.
        bench.bus.advance(by: .seconds(4))
        try reconciler.turns(4)
        #expect(try bench.entries(Keys.brokerEvents(0)).count == 1)
    }

    @Test func `what is gone is left out of the exit once reads have shown it for a minute`()
        throws
    {
        let position = position(.active, working: 0)
        try store(position)
        let broker = BookBroker()
        broker.books.withLock { $0.net = [Fixtures.call: Quantity(35)] }
        let reconciler = try worker(broker)
        try reconciler.turns(4)
        for _ in 0..<14 {
            #expect(try bench.fields(Keys.byHand(0, account)).isEmpty)
            bench.bus.advance(by: .seconds(4))
            try reconciler.turns(4)
        }
        for _ in 0..<3 {
            bench.bus.advance(by: .seconds(4))
            try reconciler.turns(4)
        }
        let trades = try HandTrades(bench.fields(Keys.byHand(0, account)))
        #expect(trades.sold(of: Fixtures.call) == Quantity(35))
        #expect(
            try bench.answer(.score(Keys.exitsDue(0), member: position.id.text)) != .number(nil))
        let severities = try bench.entries(Keys.alarms).map { $0["severity"] }
        #expect(severities == ["critical"])
    }

    @Test func `of two reconcilers one tells it`() throws {
        let position = position(.exiting, working: 1)
        let order = OrderFixtures.exitOrder(.open, of: position)
        try store(position, order)
        let broker = BookBroker()
        broker.books.withLock {
            $0.orders = [
                BrokerOrder(
                    number: "7001", correlation: order.id, status: "TRADED",
                    quantity: order.quantity, filled: order.quantity, value: "6790.00", reason: nil)
            ]
        }
        let (one, two) = (try worker(broker), try worker(broker))
        try one.turn(wait: false)
        try two.turn(wait: false)
        try one.turns(2)
        try two.turns(2)
        #expect(try bench.entries(Keys.brokerEvents(0)).count == 1)
    }

    @Test func `of two reconcilers one says that an account may enter`() throws {
        try bench.write(.schedule(Keys.unreconciled(0), member: "alpha", at: 1))
        let (one, two) = (try worker(BookBroker()), try worker(BookBroker()))
        for _ in 0..<6 {
            try one.turns(1)
            try two.turns(1)
        }
        let notices = try bench.entries(Keys.alarms).filter { $0["severity"] == "notice" }
        #expect(notices.count == 1)
    }

    private static let live = """
        indices: [BANKNIFTY]
        accounts:
          alpha: { capital: 200000, strategies: [], broker: dhan, client_id: 1, live: true }
        """

    @Test(
        "Nobody enters before the first comparison, nor after nobody has compared for long",
        arguments: [true, false])
    func unreconciled(isLive: Bool) throws {
        let broker = BookBroker()
        func waiting() throws -> Bool {
            try bench.answer(.score(Keys.unreconciled(0), member: "alpha")) != .number(nil)
        }
        func start() throws -> GroupWorker {
            let desk = try Bench.desk(Self.live, isLive: isLive)
            let stage = ReconcilerStage(
                desk, shard: 0, brokers: [account: broker],
                interrupt: bench.bus.session("r").interrupt)
            return GroupWorker(stage, bench.bus, name: "r")
        }
        broker.isReadable.withLock { $0 = false }
        let first = try start()
        try first.turns(3)
        #expect(try waiting() == isLive)
        broker.isReadable.withLock { $0 = true }
        bench.bus.advance(by: .seconds(4))
        try first.turns(4)
        #expect(try !waiting())
        // A restart in between changes nothing; a long pause does.
        broker.isReadable.withLock { $0 = false }
        try start().turns(3)
        #expect(try !waiting())
        bench.bus.advance(by: .seconds(120))
        try start().turns(3)
        #expect(try waiting() == isLive)
    }

    @Test func `books that nobody can read are an alarm, and nothing else`() throws {
        try store(position(.active, working: 0))
        let broker = BookBroker()
        broker.isReadable.withLock { $0 = false }
        let reconciler = try worker(broker)
        for _ in 0..<5 {
            try reconciler.turns(3)
            bench.bus.advance(by: .seconds(4))
        }
        #expect(try bench.entries(Keys.alarms).map { $0["severity"] } == ["critical"])
        #expect(try bench.entries(Keys.brokerEvents(0)).isEmpty)
        #expect(try bench.fields(Keys.byHand(0, account)).isEmpty)
    }
}
