import Brokers
import Synchronization
import Trading

/// DhanHQ's client, and how often its loss limit was looked at and set.
final class WatchedBroker: Broker, LossBackstop {
    /// Looks that have been answered.
    let looks = Times()
    let sets = Times()
    private let broker: DhanBroker

    init(_ broker: DhanBroker) { self.broker = broker }

    var absence: AbsenceRule { broker.absence }

    func place(
        _ order: Order, nonce: Nonce, left: @escaping @Sendable () -> Void,
        _ answer: @escaping Answer<Placed>
    ) { broker.place(order, nonce: nonce, left: left, answer) }

    func cancel(_ number: OrderNumber, _ answer: @escaping Answer<Void>) {
        broker.cancel(number, answer)
    }
    func orders(_ answer: @escaping Answer<OrderBook>) { broker.orders(answer) }
    func books(_ answer: @escaping Answer<BrokerBooks>) { broker.books(answer) }

    func lossLimit(_ answer: @escaping Answer<Money?>) {
        broker.lossLimit { [looks] result in
            answer(result)
            looks.add()
        }
    }

    func setLossLimit(_ loss: Money, _ answer: @escaping Answer<Void>) {
        sets.add()
        broker.setLossLimit(loss, answer)
    }
}

/// How often something has happened.
final class Times: Sendable {
    private let number = Mutex(0)

    var count: Int { number.withLock { $0 } }

    func add() { number.withLock { $0 += 1 } }
}
