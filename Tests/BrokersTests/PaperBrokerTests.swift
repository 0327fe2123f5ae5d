import Brokers
import Support
import Testing
import Trading

@Suite struct PaperBrokerTests {
    actor Store: PaperStore {
        private(set) var placed: [PaperOrder] = []
        private(set) var told: [BrokerEvent] = []

        func place(_ order: PaperOrder, telling event: BrokerEvent) throws(BrokerError) {
            placed.append(order)
            told.append(event)
        }

        func cancel(_ number: OrderNumber, of account: AccountID) throws(BrokerError) {
            guard placed.contains(where: { $0.number == number }) else {
                throw .refused("no such order")
            }
        }

        func orders(of account: AccountID) throws(BrokerError) -> [PaperOrder] {
            placed.filter { $0.account == account }
        }
    }

    @Test func `an order is in the book as soon as the call has ended`() async throws {
        let store = Store()
        let broker = PaperBroker(
            account: Fixtures.account, store: store, profile: PaperProfile())
        let order = OrderFixtures.exitOrder(.sending, of: OrderFixtures.exiting())
        let placed = try await broker.place(order, nonce: "n1")
        #expect(placed == Placed(number: "P-n1", status: "TRANSIT"))

        let book = try await broker.orders()
        #expect(book.map(\.correlation) == [order.id])
        #expect(book.map(\.status) == ["TRANSIT"])
        let due = await store.placed.map(\.dueAt)
        #expect(due == [.at(10, 5, ms: 50)])
        let told = await store.told
        #expect(told.map(\.status) == ["TRANSIT"])
    }

    @Test func `a cancel of an order that is not there is refused`() async {
        let broker = PaperBroker(
            account: Fixtures.account, store: Store(), profile: PaperProfile())
        await #expect(throws: BrokerError.refused("no such order")) {
            try await broker.cancel("P-0")
        }
    }
}
