import MessageBus
import Support
import Testing
import Trading

@testable import Workers

/// P7: who trades with money enters only while somebody compares its books with the broker's.
@Suite struct LastComparisonTests {
    private static let live = """
        indices: [BANKNIFTY]
        accounts:
          alpha:
            { capital: 200000, strategies: [supertrend], broker: dhan, client_id: 1, live: true }
        strategies:
          supertrend: { indices: [BANKNIFTY] }
        """
    private let bench = Bench()

    /// How old the last comparison is, in seconds; nil for none.
    private func compared(before age: Int?) throws {
        guard let age else { return }
        let at = bench.session.wall - .seconds(age)
        try bench.write(.set(Keys.reconciled(0, "alpha"), ["read_at": at.text]))
    }

    private static let cases: [(age: Int?, isLive: Bool, enters: Bool)] = [
        (nil, true, false), (91, true, false), (-91, true, false), (89, true, true),
        (nil, false, true),
    ]

    @Test("The gateway sends an entry only after a comparison, and every exit", arguments: cases)
    func gateway(age: Int?, isLive: Bool, enters: Bool) throws {
        try bench.setUp(at: .at(10, 5), instruments: [])
        try compared(before: age)
        let (broker, session) = (LedgerBroker(), bench.bus.session("w"))
        let stage = GatewayStage(
            try Bench.desk(Self.live, isLive: isLive), shard: 0, brokers: ["alpha": broker],
            calls: BrokerCalls(interrupt: session.interrupt), timer: nil, nonces: .random)
        let orders = [
            OrderFixtures.entryOrder(.accepted, of: OrderFixtures.pending()),
            OrderFixtures.exitOrder(.accepted, of: OrderFixtures.exiting()),
        ]
        for var order in orders {
            order.account = "alpha"
            order.rev = 1
            let request = OrderRequest(
                order: order.id, account: "alpha", action: .place, at: .at(10, 5),
                trace: order.trace)
            let stream = order.purpose == .exit ? Keys.exitOrders(0) : Keys.entryOrders(0)
            try bench.write(
                .set(
                    Keys.position(0, order.position),
                    ["server_run": session.serverRun?.text ?? ""]),
                .append(stream, request.fields), .set(Keys.order(0, order.id), order.fields))
        }
        let worker = GroupWorker(stage, bench.bus)
        try worker.turns(5)
        #expect(broker.sent.contains(orders[0].id) == enters)
        let stored = try bench.fields(Keys.order(0, orders[0].id))
        #expect(stored["error"] == (enters ? nil : "not sent: unreconciled"))
        // An exit waits a little for the next one, where there was one, and then goes all the same.
        #expect(broker.sent.contains(orders[1].id) == (age ?? 0 < 45))
        bench.bus.advance(by: .seconds(15))
        try bench.write(.setText(Keys.clock, EventTime.at(10, 5, 15).text), in: .bus)
        try worker.turns(5)
        #expect(broker.sent.contains(orders[1].id))
    }

    @Test("The entry guard says why", arguments: cases)
    func entryGuard(age: Int?, isLive: Bool, enters: Bool) throws {
        try bench.setUp(instruments: [Fixtures.instrument()])
        let signal = Fixtures.signal(
            quote: Fixtures.quote("100.00", ask: "100.50", openInterest: 500_000))
        try bench.write(.append(Keys.signals, signal.fields), in: .bus)
        try compared(before: age)
        let desk = try Bench.desk(Self.live, isLive: isLive)
        try GroupWorker(EntryGuardStage(desk), bench.bus).turns(3)
        let verdict = try #require(try bench.text(Keys.verdict(0, signal.id, "alpha")))
        guard !enters else { return #expect(verdict.hasPrefix("entered ")) }
        #expect(verdict.hasPrefix("refused unreconciled: "))
        #expect(verdict.hasSuffix("is a reconciler running?"))
    }
}
