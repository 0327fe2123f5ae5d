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

    package func orders(_ answer: @escaping Answer<[BrokerOrder]>) {
        books { answer($0.map(\.orders)) }
    }

    /// One good read of order book, trade book and positions, asked for side by side so that they
    /// are of one moment as far as can be.
    package func books(_ answer: @escaping Answer<BrokerBooks>) {
        let reads = DhanReads(answer)
        client.orders { reads.take($0) { $0.orders = $1 } }
        client.trades { reads.take($0) { $0.trades = $1 } }
        client.positions { reads.take($0) { $0.positions = $1 } }
    }
}

/// Gathers the three reads. The first that fails is the answer; what comes after it is late.
private final class DhanReads: Sendable {
    struct Parts {
        var orders: [DhanOrder]?
        var trades: [DhanTrade]?
        var positions: [DhanPosition]?
        var isAnswered = false
    }
    private let parts = Mutex(Parts())
    private let answer: DhanBroker.Answer<BrokerBooks>

    init(_ answer: @escaping DhanBroker.Answer<BrokerBooks>) { self.answer = answer }

    func take<Value: Sendable>(
        _ result: Result<Value, DhanError>, _ store: @Sendable (inout Parts, Value) -> Void
    ) {
        let outcome: Result<BrokerBooks, BrokerError>? = parts.withLock { parts in
            guard !parts.isAnswered else { return nil }
            switch result {
            case .failure(let error):
                parts.isAnswered = true
                return .failure(error.broker)
            case .success(let value):
                store(&parts, value)
                guard let orders = parts.orders, let trades = parts.trades,
                    let positions = parts.positions
                else { return nil }
                parts.isAnswered = true
                return Self.join(
                    DhanBooks(orders: orders, trades: trades, positions: positions))
            }
        }
        if let outcome { answer(outcome) }
    }

    private static func join(_ books: DhanBooks) -> Result<BrokerBooks, BrokerError> {
        do throws(DhanUnreadable) {
            return .success(try books.joined())
        } catch {
            return .failure(.unknown("the books disagree: \(error)"))
        }
    }
}
