import Brokers
import MessageBus
import Support
import Testing
import Trading

@testable import Workers

@Suite("A cancel that has not left")
struct UnsentCancelTests {
    private let bench = Bench()

    @Test(
        "counts for nothing, and the next one is made at once",
        arguments: [
            (nil, "1", true), (.unknown("timeout"), "1", true), (.notSent("no token"), nil, false),
        ] as [(BrokerError?, String?, Bool)])
    func counts(error: BrokerError?, cancels: String?, isCounted: Bool) throws {
        try bench.setUp(at: .at(10, 5), instruments: [])
        let (broker, session) = (LedgerBroker(), bench.bus.session("w"))
        broker.failCancels(error)
        let stage = GatewayStage(
            try Bench.desk(), shard: 0, brokers: ["alpha": broker],
            calls: BrokerCalls(interrupt: session.interrupt), timer: nil, nonces: .random)
        var order = OrderFixtures.exitOrder(.open, of: OrderFixtures.exiting())
        order.account = "alpha"
        order.rev = 1
        let request = OrderRequest(
            order: order.id, account: "alpha", action: .cancel, at: .at(10, 5), trace: order.trace)
        try bench.write(.set(Keys.order(0, order.id), order.fields))
        let worker = GroupWorker(stage, bench.bus)

        try bench.write(.append(Keys.exitOrders(0), request.fields))
        try worker.turns(5)
        #expect(broker.cancels == ["7001"])
        #expect(try bench.pending(Keys.exitOrders(0), StageName.gateway) == 0)
        let stored = try bench.fields(Keys.order(0, order.id))
        #expect(stored["cancels"] == cancels && (stored["cancel_asked_at"] != nil) == isCounted)
        #expect(try bench.fields(Keys.budget(0, "alpha")).isEmpty != isCounted)
        guard case .due(let due) = try bench.answer(.due(Keys.ordersDue(0), limit: 9)) else {
            Issue.record("no due times")
            return
        }
        #expect(due.map(\.at) == [(EventTime.at(10, 5) + .seconds(1)).milliseconds])

        broker.failCancels(nil)
        try bench.write(.append(Keys.exitOrders(0), request.fields))
        try worker.turns(5)
        #expect(broker.cancels.count == (isCounted ? 1 : 2))
    }
}
