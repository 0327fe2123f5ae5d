import Brokers
import Synchronization
import Trading

/// Shows the books that a test puts there.
final class BookBroker: Broker, Sendable {
    let books = Mutex(BrokerBooks(orders: [], net: [:]))
    let isReadable = Mutex(true)
    let absence = AbsenceRule(reads: 3, span: .seconds(10))

    func place(
        _ order: Order, nonce: Nonce, left: @escaping @Sendable () -> Void,
        _ answer: @escaping Answer<Placed>
    ) { answer(.failure(.refused("a broker to look at"))) }

    func cancel(_ number: OrderNumber, _ answer: @escaping Answer<Void>) { answer(.success(())) }

    func orders(_ answer: @escaping Answer<OrderBook>) {
        books { answer($0.map { OrderBook($0.orders) }) }
    }

    func books(_ answer: @escaping Answer<BrokerBooks>) {
        guard isReadable.withLock({ $0 }) else { return answer(.failure(.unknown("500"))) }
        answer(.success(books.withLock { $0 }))
    }
}
