import Brokers
import Synchronization
import Trading

/// Answers when the test says so.
final class LateBroker: Broker, Sendable {
    private let waiting = Mutex<[Answer<BrokerBooks>]>([])
    let absence = AbsenceRule(reads: 3, span: .seconds(10))

    var calls: Int { waiting.withLock { $0.count } }

    func answer() {
        for answer in waiting.withLock({ $0 }) {
            answer(.success(BrokerBooks(orders: [], net: [:])))
        }
        waiting.withLock { $0 = [] }
    }

    func place(
        _ order: Order, nonce: Nonce, left: @escaping @Sendable () -> Void,
        _ answer: @escaping Answer<Placed>
    ) {}
    func cancel(_ number: OrderNumber, _ answer: @escaping Answer<Void>) {}
    func orders(_ answer: @escaping Answer<OrderBook>) {}
    func books(_ answer: @escaping Answer<BrokerBooks>) {
        waiting.withLock { $0.append(answer) }
    }
}
