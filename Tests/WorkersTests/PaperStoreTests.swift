import Brokers
import MessageBus
import Support
import Testing
import Trading

@testable import Workers

@Suite struct PaperStoreTests {
    @Test func `a number that is taken is refused, and the order that has it stays`() async throws {
        let side = try PaperUnderTest(Bench.desk(Bench.plain))
        func place(_ units: Int) async -> Result<Placed, BrokerError> {
            await withCheckedContinuation { continuation in
                let order = side.order(.buy, units, at: "98.00")
                side.broker.place(order, nonce: "n1", left: {}) {
                    continuation.resume(returning: $0)
                }
            }
        }
        #expect(try await place(70).get().number == "P-n1")
        #expect(await place(35) == .failure(.refused("P-n1 is the number of another order")))
        #expect(try await side.listing("P-n1")?.quantity == Quantity(70))
    }

    @Test func `an order meets the day's lot, also where its contract was known before`() throws {
        let (bench, desk) = (Bench(), try Bench.desk())
        let store = BusPaperStore(desk, bench.bus.session("gateway"), shard: 0)
        let exchange = OrderedWorker(PaperStage(desk, shard: 0), bench.bus, name: "paper")
        for (number, day, lot) in [("P-1", Day(2025, 12, 12), 35), ("P-2", Fixtures.day, 30)] {
            let listed = InstrumentBook.writes([Fixtures.instrument(lot: lot)], of: day)
            try bench.commit(Change(writes: listed), in: .bus)
            let time = EventTime.at(10, 0, on: day)
            try bench.write(.setText(Keys.clock, time.text), in: .bus)
            try exchange.turns(2)
            let order = PaperOrder(
                Fixtures.order(quantity: lot), number: OrderNumber(number), at: time,
                latency: .zero)
            try store.place(order, telling: order.event)
            try exchange.turns(4)
            let stored = try bench.fields(Keys.paperOrder(0, order.number))
            #expect(stored["status"] == "PENDING", "\(stored["reason"] ?? "")")
        }
    }
}
