import Brokers
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
}
