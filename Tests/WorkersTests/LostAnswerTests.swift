import Brokers
import MessageBus
import Support
import Synchronization
import Testing
import Trading

@testable import Workers

/// A gateway that hears no answer of the server to one of its calls.
@Suite struct LostAnswerTests {
    /// Nobody has sent it, and the gateway knows: it needs no look that calls it absent.
    @Test("Whichever answer is lost, the exit is sent once, and at once", arguments: 0..<12)
    func gateway(place: Int) throws {
        let calls = Mutex(0)
        let bus = MemoryBus(wall: Bench.morning) { name in
            guard name == "w" else { return nil }
            let call = calls.withLock { calls in
                calls += 1
                return calls - 1
            }
            return call == place ? .answerLost : nil
        }
        let (bench, broker) = (Bench(bus), LedgerBroker())
        var position = OrderFixtures.exiting()
        position.account = "alpha"
        position.run = "memory-1"
        var order = OrderFixtures.exitOrder(.accepted, of: position)
        order.account = "alpha"
        order.rev = 1
        let request = OrderRequest(
            order: order.id, account: "alpha", action: .place, at: .at(10, 5), trace: order.trace)
        try bench.commit(
            Change(writes: [
                .append(Keys.exitOrders(0), request.fields),
                .set(Keys.position(0, position.id), position.fields),
                .set(Keys.order(0, order.id), order.fields),
            ]))
        let session = bus.session("w")
        let stage = GatewayStage(
            try Bench.desk(), shard: 0, brokers: ["alpha": broker],
            calls: BrokerCalls(interrupt: session.interrupt), timer: nil, nonces: .random)
        let worker = GroupWorker(
            stage, session: session, name: WorkerName(stage: stage.name, given: "w"),
            log: Bench.quiet)
        let began = bus.wall
        for _ in 0..<20 {
            do throws(BusError) {
                try worker.turn(wait: false)
            } catch {
                worker.failed()
            }
            bus.advance(by: .milliseconds(100))
        }
        #expect(broker.sent == [order.id])
        #expect(try bench.fields(Keys.order(0, order.id))["status"] == "sent")
        #expect(calls.withLock { $0 } > place && bus.wall - began < .seconds(3))
    }
}
