import Brokers
import Support
import Testing
import Trading

@Suite struct PaperBrokerTests {
    final class Store: PaperStore {
        private(set) var placed: [PaperOrder] = []
        private(set) var told: [BrokerEvent] = []

        func now() -> EventTime { .at(10, 5) }

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

        func net(of account: AccountID) throws(BrokerError) -> [InstrumentID: Quantity] {
            [Fixtures.call: Quantity(35)]
        }
    }

    @Test func `an order is in the book as soon as the call has ended`() async {
        let store = Store()
        let broker = PaperBroker(
            account: Fixtures.account, store: store, profile: PaperProfile())
        let order = OrderFixtures.exitOrder(.sending, of: OrderFixtures.exiting())
        await confirmation { answered in
            broker.place(order, nonce: "n1", left: {}) { result in
                #expect(result == .success(Placed(number: "P-n1", status: "TRANSIT")))
                answered()
            }
        }
        await confirmation { answered in
            broker.orders { result in
                let book = try? result.get().orders
                #expect(book?.map(\.correlation) == [order.id])
                #expect(book?.map(\.status) == ["TRANSIT"])
                answered()
            }
        }
        await confirmation { answered in
            broker.books { result in
                let books = try? result.get()
                #expect(books?.orders.map(\.correlation) == [order.id])
                #expect(books?.net == [Fixtures.call: Quantity(35)])
                answered()
            }
        }
        #expect(store.placed.map(\.dueAt) == [.at(10, 5, ms: 50)])
        #expect(store.told.map(\.status) == ["TRANSIT"])
    }

    @Test func `a cancel of an order that is not there is refused`() async {
        let broker = PaperBroker(
            account: Fixtures.account, store: Store(), profile: PaperProfile())
        await confirmation { answered in
            broker.cancel("P-0") { result in
                #expect(throws: BrokerError.refused("no such order")) { try result.get() }
                answered()
            }
        }
    }
}
