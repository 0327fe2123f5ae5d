import Synchronization
package import Trading

/// DhanHQ as a gateway sees it.
package struct DhanBroker: Broker {
    let client: DhanClient

    package init(client: DhanClient) { self.client = client }

    /// Assumption: an order that was accepted is in a book within ten seconds.
    package var absence: AbsenceRule { AbsenceRule(reads: 3, span: .seconds(10)) }

    package func place(
        _ order: Order, nonce: Nonce, left: @escaping @Sendable () -> Void,
        _ answer: @escaping Answer<Placed>
    ) {
        client.place(DhanOrderRequest(order), left: left) { answer($0.mapError(\.broker)) }
    }

    package func cancel(_ number: OrderNumber, _ answer: @escaping Answer<Void>) {
        client.cancel(number) { answer($0.mapError(\.broker)) }
    }

    package func orders(_ answer: @escaping Answer<OrderBook>) { read { answer($0.book) } }

    package func books(_ answer: @escaping Answer<BrokerBooks>) { read { answer($0.joined) } }

    /// Order book, trade book and positions, asked for side by side so that they are of one moment
    /// as far as can be.
    private func read(_ done: @escaping @Sendable (DhanReads) -> Void) {
        let gathering = DhanGathering(done)
        client.orders { result in gathering.take { $0.orders = result } }
        client.trades { result in gathering.take { $0.trades = result } }
        client.positions { result in gathering.take { $0.positions = result } }
    }
}

/// Gathers the three reads.
private final class DhanGathering: Sendable {
    private let reads = Mutex(DhanReads())
    private let done: @Sendable (DhanReads) -> Void

    init(_ done: @escaping @Sendable (DhanReads) -> Void) { self.done = done }

    func take(_ store: @Sendable (inout DhanReads) -> Void) {
        let all = reads.withLock { reads in
            store(&reads)
            return reads
        }
        if all.isComplete { done(all) }
    }
}

/// What each of the three reads has brought.
struct DhanReads: Sendable {
    var orders: Result<[DhanOrder], DhanError>?
    var trades: Result<[DhanTrade], DhanError>?
    var positions: Result<[DhanPosition], DhanError>?

    var isComplete: Bool { orders != nil && trades != nil && positions != nil }

    /// One good read of all, or none.
    var joined: Result<BrokerBooks, BrokerError> {
        do {
            let books = DhanBooks(
                orders: try orders?.get() ?? [], trades: try trades?.get() ?? [],
                positions: try positions?.get() ?? [])
            return .success(try books.joined())
        } catch let error as DhanError {
            return .failure(error.broker)
        } catch {
            return .failure(.unknown("the books disagree: \(error)"))
        }
    }

    /// An order that the order book shows is there, whatever the rest of the read came to.
    var book: Result<OrderBook, BrokerError> {
        switch (joined, orders) {
        case (.success(let books), _):
            return .success(
                OrderBook(books.orders, isWhole: books.unsettled.isEmpty, net: books.net))
        case (.failure, .success(let orders)?):
            let trades = (try? trades?.get()) ?? []
            let books = DhanBooks(orders: orders, trades: trades, positions: [])
            return .success(OrderBook(books.listed, isWhole: false))
        case (.failure(let error), _): return .failure(error)
        }
    }
}
