import Brokers
import MessageBus
import Support
import Testing
import Trading

@testable import Workers

/// Each cancel is a call that the broker counts.
@Suite("Cancels and the order budget")
struct GatewayCancelTests {
    private let bench: Bench
    private let fuse: Fuse
    private let rival: Rival
    private let broker = LedgerBroker()

    init() {
        let (fuse, rival) = (Fuse("w"), Rival("w"))
        (self.fuse, self.rival) = (fuse, rival)
        bench = Bench(
            MemoryBus(wall: Bench.morning) {
                rival.pass($0)
                return fuse.fault($0)
            })
    }

    private func worker() throws -> GroupWorker {
        try bench.setUp(at: .at(10, 5), instruments: [])
        let session = bench.bus.session("w")
        let stage = GatewayStage(
            try Bench.desk(), shard: 0, brokers: ["alpha": broker],
            calls: BrokerCalls(interrupt: session.interrupt), timer: nil, nonces: .random)
        return GroupWorker(stage, bench.bus)
    }

    /// Exits that work at the broker, as its orders 7001, 7002 and so on.
    private func orders(_ count: Int) throws -> [Order] {
        let position = OrderFixtures.exiting()
        return try (0..<count).map { index in
            var order = OrderFixtures.exitOrder(.open, of: position, slice: index + 1)
            order.account = "alpha"
            order.number = OrderNumber("\(7_001 + index)")
            order.rev = 1
            try bench.write(.set(Keys.order(0, order.id), order.fields))
            return order
        }
    }

    private func ask(_ orders: [Order]) throws {
        for order in orders {
            let request = OrderRequest(.cancel, order, at: .at(10, 5))
            try bench.write(.append(Keys.exitOrders(0), request.fields))
        }
    }

    /// Orders that the account has sent today, as far as they are counted.
    private func counted() throws -> Int {
        let budget = try OrderBudget(try bench.fields(Keys.budget(0, "alpha")))
        return (budget.sent[.day] ?? []).reduce(0) { $0 + $1.count }
    }

    @Test(
        "One that has not left counts for nothing, and the next one is made at once",
        arguments: [
            (nil, "1", true), (.unknown("timeout"), "1", true), (.notSent("no token"), nil, false),
        ] as [(BrokerError?, String?, Bool)])
    func unsent(error: BrokerError?, cancels: String?, isCounted: Bool) throws {
        let (worker, order) = (try worker(), try orders(1)[0])
        broker.failCancels(error)
        try ask([order])
        try worker.turns(5)
        #expect(broker.cancels == ["7001"])
        #expect(try bench.pending(Keys.exitOrders(0), StageName.gateway) == 0)
        let stored = try bench.fields(Keys.order(0, order.id))
        #expect(stored["cancels"] == cancels && (stored["cancel_asked_at"] != nil) == isCounted)
        #expect(try counted() == (isCounted ? 1 : 0))
        guard case .due(let due) = try bench.answer(.due(Keys.ordersDue(0), limit: 9)) else {
            Issue.record("no due times")
            return
        }
        #expect(due.map(\.at) == [(EventTime.at(10, 5) + .seconds(1)).milliseconds])

        broker.failCancels(nil)
        try ask([order])
        try worker.turns(5)
        #expect(broker.cancels.count == (isCounted ? 1 : 2))
    }

    @Test func `one that has not left is taken back where its order still works`() throws {
        let (worker, order) = (try worker(), try orders(1)[0])
        broker.failCancels(.notSent("no token"))
        broker.holdCancels()
        try ask([order])
        try worker.turns(3)
        var ended = try Order(try bench.fields(Keys.order(0, order.id)), id: order.id)
        ended.status = .cancelled
        ended.rev += 1
        try bench.write(.set(Keys.order(0, order.id), ended.fields))
        broker.answerCancels()
        try worker.turns(3)
        #expect(try counted() == 0)
        let stored = try bench.fields(Keys.order(0, order.id))
        #expect(stored["status"] == "cancelled" && stored["rev"] == String(ended.rev), "\(stored)")
    }

    @Test func `those of one batch are each made once and counted, whoever is answered first`()
        throws
    {
        let (worker, orders) = (try worker(), try orders(3))
        broker.holdCancels()
        try ask(orders + orders)
        try worker.turns(3)
        #expect(broker.cancels == ["7001", "7002", "7003"])
        #expect(try counted() == 3)
        // A replay's clock stands still until they are answered.
        #expect(try bench.count(Keys.calling(0)) == 3)
        // The word of its end has come before the answer.
        var ended = try Order(try bench.fields(Keys.order(0, orders[1].id)), id: orders[1].id)
        ended.status = .cancelled
        ended.rev += 1
        try bench.write(.set(Keys.order(0, ended.id), ended.fields))
        broker.answerCancels()
        bench.bus.advance(by: .seconds(1))
        try worker.turns(5)
        #expect(broker.cancels.count == 3)
        #expect(try counted() == 3)
        #expect(try bench.count(Keys.calling(0)) == 0)
        #expect(try bench.pending(Keys.exitOrders(0), StageName.gateway) == 0)
    }

    @Test(
        "One whose commit fails, or nobody knows of, is not made, and the next one is",
        arguments: 0..<4, [MemoryBus.Fault.unreachable, .answerLost])
    func failed(calls: Int, fault: MemoryBus.Fault) throws {
        let (worker, order) = (try worker(), try orders(1)[0])
        try worker.turns(2)
        try ask([order])
        (fuse.end, fuse.left) = (fault, calls)
        #expect(throws: BusError.self) { while !Task.isCancelled { try worker.turns(1) } }
        fuse.left = nil
        for _ in 0..<9 where broker.cancels.isEmpty {
            try ask([order])
            try worker.turns(3)
        }
        #expect(broker.cancels == ["7001"])
        #expect(try counted() == 1)
        #expect(try bench.count(Keys.calling(0)) == 0)
    }

    @Test("One that another gateway has asked for meanwhile is not made", arguments: 0..<4)
    func overtaken(calls: Int) throws {
        let (worker, order) = (try worker(), try orders(1)[0])
        try worker.turns(2)
        var asked = order
        asked.cancelAskedAt = .at(10, 5)
        asked.rev += 1
        let fields = asked.fields
        rival.act(afterCalls: calls) { [bus = bench.bus] in
            do {
                let bench = Bench(bus)
                guard try bench.count(Keys.calling(0)) == 0 else { return }
                try bench.write(.set(Keys.order(0, order.id), fields))
            } catch {
                Issue.record(error)
            }
        }
        try ask([order])
        try worker.turns(5)
        let stored = try bench.fields(Keys.order(0, order.id))
        #expect(broker.cancels == (stored["cancels"] == "1" ? ["7001"] : []))
        #expect(calls > 1 || broker.cancels.isEmpty)
        #expect(try bench.pending(Keys.exitOrders(0), StageName.gateway) == 0)
    }

    @Test(
        "One whose maker has died is made again where its order works",
        arguments: [(.open, true), (.absent, true), (.filled, false)] as [(OrderStatus, Bool)])
    func died(status: OrderStatus, isMade: Bool) throws {
        let worker = try worker()
        var order = try orders(1)[0]
        order.status = status
        order.cancelAskedAt = .at(10, 5)
        order.cancels = 1
        try bench.write(
            .set(Keys.order(0, order.id), order.fields),
            .schedule(
                Keys.calling(0), member: order.id.text,
                at: (Bench.morning + .seconds(3)).milliseconds))
        try worker.turns(3)
        #expect(broker.cancels.isEmpty)
        bench.bus.advance(by: .seconds(3))
        try worker.turns(5)
        #expect(broker.cancels == (isMade ? ["7001"] : []))
        #expect(try bench.count(Keys.calling(0)) == 0)
    }

    private static let unreadables: [Write] = [
        .setText(Keys.budget(0, "alpha"), "x"), .set(Keys.budget(0, "alpha"), ["rev": "many"]),
    ]

    @Test(
        "An exit is sent and cancelled where its account's budget cannot be read; people are told",
        arguments: unreadables)
    func unreadable(write: Write) throws {
        let (worker, order) = (try worker(), try orders(1)[0])
        try bench.write(write)
        var next = OrderFixtures.exitOrder(.accepted, of: OrderFixtures.exiting(attempt: 2))
        next.account = "alpha"
        next.rev = 1
        try bench.write(
            .set(Keys.order(0, next.id), next.fields),
            .schedule(Keys.ordersDue(0), member: next.id.text, at: EventTime.at(10, 5).milliseconds)
        )
        broker.failCancels(.notSent("no token"))
        broker.failPlaces(.notSent("no token"))
        // It may have been sent before: the broker's book is looked at first.
        for second in 1...40 where broker.sent.isEmpty {
            if second == 20 {
                broker.failCancels(nil)
                broker.failPlaces(nil)
            }
            if second < 21 { try ask([order]) }
            try worker.turns(3)
            bench.bus.advance(by: .seconds(1))
            try bench.write(.setText(Keys.clock, (.at(10, 5) + .seconds(second)).text), in: .bus)
        }
        #expect(broker.cancels.count > 10 && broker.sent == [next.id])
        #expect(try bench.pending(Keys.exitOrders(0), StageName.gateway) == 0)
        let alarms = try bench.entries(Keys.alarms).filter {
            $0["severity"] == "critical" && $0["message"]?.contains("goes uncounted") == true
        }
        #expect(alarms.count > 10)
    }

    @Test("An entry is cancelled without a budget, too, and not sent", arguments: unreadables)
    func entry(write: Write) throws {
        let worker = try worker()
        try bench.write(write)
        var order = OrderFixtures.entryOrder(of: OrderFixtures.pending())
        order.account = "alpha"
        order.rev = 1
        try bench.write(.set(Keys.order(0, order.id), order.fields))
        try ask([order])
        try worker.turns(5)
        #expect(broker.cancels == ["7001"])
        #expect(try bench.pending(Keys.exitOrders(0), StageName.gateway) == 0)
    }
}
