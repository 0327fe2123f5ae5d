import Brokers
import Synchronization
import Trading

/// Flat, and takes a loss limit or does not.
final class PickyBroker: Broker, LossBackstop, Sendable {
    let takes = Mutex(false)
    let stands = Mutex<Money?>(nil)
    /// How often it was asked to take one.
    let sets = Times()
    let absence = AbsenceRule(reads: 1, span: .zero)

    func place(
        _ order: Order, nonce: Nonce, left: @escaping @Sendable () -> Void,
        _ answer: @escaping Answer<Placed>
    ) { answer(.failure(.refused("no orders here"))) }

    func cancel(_ number: OrderNumber, _ answer: @escaping Answer<Void>) { answer(.success(())) }
    func orders(_ answer: @escaping Answer<OrderBook>) { answer(.success([])) }
    func books(_ answer: @escaping Answer<BrokerBooks>) {
        answer(.success(BrokerBooks(orders: [], net: [:])))
    }

    func lossLimit(_ answer: @escaping @Sendable (Result<Money?, BrokerError>) -> Void) {
        answer(.success(stands.withLock { $0 }))
    }

    func setLossLimit(
        _ loss: Money, _ answer: @escaping @Sendable (Result<Void, BrokerError>) -> Void
    ) {
        sets.add()
        guard takes.withLock({ $0 }) else { return answer(.failure(.refused("one a day"))) }
        stands.withLock { $0 = loss }
        answer(.success(()))
    }
}
