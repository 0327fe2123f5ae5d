import Brokers
import Synchronization
import Trading

/// Takes orders, and never shows its book.
final class MuteBroker: Broker, Sendable {
    private let state = Mutex((sent: [CorrelationID](), looks: 0))
    let absence = AbsenceRule(reads: 3, span: .seconds(10))

    var sent: [CorrelationID] { state.withLock { $0.sent } }
    var looks: Int { state.withLock { $0.looks } }

    func place(
        _ order: Order, nonce: Nonce, left: @escaping @Sendable () -> Void,
        _ answer: @escaping Answer<Placed>
    ) {
        state.withLock { $0.sent.append(order.id) }
        answer(.success(Placed(number: "1", status: "TRANSIT")))
    }

    func cancel(_ number: OrderNumber, _ answer: @escaping Answer<Void>) { answer(.success(())) }

    func orders(_ answer: @escaping Answer<OrderBook>) { state.withLock { $0.looks += 1 } }
    func books(_ answer: @escaping Answer<BrokerBooks>) {}
}
