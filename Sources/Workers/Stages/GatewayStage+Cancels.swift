import Brokers
import MessageBus
import Stages
import Trading

extension GatewayStage {
    /// A cancel that is to be made.
    package struct Cancel: Sendable {
        let order: CorrelationID
        let account: AccountID
        let number: OrderNumber
        /// When the one before was asked for.
        let before: EventTime?
        let asked: EventTime

        init(_ order: Order, _ number: OrderNumber, at now: EventTime) {
            self.order = order.id
            account = order.account
            self.number = number
            before = order.cancelAskedAt
            asked = now
        }
    }

    /// Makes the cancel once it is committed. It is counted first, as an order is: while its answer
    /// is awaited, the account's next orders would go over its budget, and an answer that loses
    /// against the order's own end would never be counted. One that is lost before it is made is
    /// asked for again.
    func making(_ cancel: Cancel, _ step: Step) -> Step {
        guard let broker = brokers[cancel.account], calls.begin(cancel.order) else { return step }
        unmade[cancel.order] = cancel
        var step = step
        step.then = { [self, calls] verdict in
            unmade[cancel.order] = nil
            guard verdict == .applied else { return calls.finish(cancel.order) }
            broker.cancel(cancel.number) { result in
                calls.finish(cancel.order)
                calls.answer(.cancelled(cancel, hasLeft: !result.isNotSent))
            }
        }
        return step
    }

    /// Of a batch of which it is not known whether it was committed.
    func giveUpUnmade() {
        for cancel in unmade.values.sorted(by: { $0.order < $1.order }) {
            calls.finish(cancel.order)
            calls.answer(.cancelled(cancel, hasLeft: false))
        }
        unmade = [:]
    }
}

extension Result where Failure == BrokerError {
    fileprivate var isNotSent: Bool {
        if case .failure(.notSent) = self { true } else { false }
    }
}
