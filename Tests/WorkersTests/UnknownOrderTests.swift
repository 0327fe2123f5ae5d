import MessageBus
import Stages
import Support
import Testing
import Trading
import Workers

/// Pains 4, 5, 6: a call whose outcome nobody knows held up everybody, was repeated, or was never
/// resolved.
@Suite struct UnknownOrderTests {
    private let bench = Bench()
    private let broker = LedgerBroker()

    private func claim(_ number: Int) throws -> Order {
        var position = Fixtures.position(
            .exiting, quantity: 70, account: "alpha", signal: SignalID("s-\(number)"))
        position.exitAttempt = 1
        position.exitSlices = 1
        position.exit.working = 1
        position.exitClaimedAt = Bench.morning
        position.run = bench.bus.serverRun
        var order = OrderFixtures.exitOrder(.accepted, of: position)
        order.account = "alpha"
        order.rev = 1
        let request = OrderRequest(
            order: order.id, account: "alpha", action: .place, at: Bench.morning,
            trace: order.trace)
        try bench.write(
            .append(Keys.exitOrders(0), request.fields),
            .set(Keys.position(0, position.id), position.fields),
            .set(Keys.order(0, order.id), order.fields))
        return order
    }

    private func status(_ order: Order) throws -> String? {
        try bench.fields(Keys.order(0, order.id))["status"]
    }

    @Test func `an unknown order holds up nobody else, and is always about to be looked at`() throws
    {
        let session = bench.bus.session("g")
        let stage = GatewayStage(
            try Bench.desk(), shard: 0, brokers: ["alpha": broker],
            calls: BrokerCalls(interrupt: session.interrupt), timer: nil, nonces: .random)
        let gateway = GroupWorker(
            stage, session: session, name: WorkerName(stage: stage.name, given: "g"),
            log: Bench.quiet)
        try gateway.turns(1)
        broker.breakBook(true)
        let lost = try claim(0)
        broker.lose(lost.id)
        var others: [Order] = []
        for second in 1...30 {
            if second % 10 == 1 { others.append(try claim(second)) }
            try gateway.turns(6)
            #expect(try status(lost) == "unknown")
            guard
                case .number(let next?) = try bench.answer(
                    .score(Keys.ordersDue(0), member: lost.id.text))
            else {
                Issue.record("nobody will look at \(lost.id)")
                return
            }
            #expect(EventTime(milliseconds: next) <= session.wall + .seconds(1))
            bench.bus.advance(by: .seconds(1))
        }
        #expect(broker.sent == others.map(\.id))
        #expect(try others.allSatisfy { try status($0) == "sent" })

        // Never sent again, and given up only when the book can be read and does not have it.
        broker.breakBook(false)
        for _ in 0..<20 {
            try gateway.turns(6)
            bench.bus.advance(by: .seconds(1))
        }
        #expect(broker.sent == others.map(\.id))
        let updates = try bench.entries(Keys.orderUpdates(0)).map { try OrderUpdate($0) }
        #expect(updates.contains { $0.order == lost.id && $0.status == .absent })
        #expect(!updates.contains { $0.order != lost.id })
    }
}
