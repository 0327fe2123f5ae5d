import MessageBus
import Stages
import Trading

extension GatewayStage {
    /// What is known of an account's orders of late. An exit goes also where that cannot be read:
    /// it is not counted then, and people are told.
    struct Count {
        let budget: OrderBudget
        /// Why it could not be read.
        let flaw: String?

        /// Nil where it could not be read: nothing is written over it.
        var known: OrderBudget? { flaw == nil ? budget : nil }

        /// What is committed of a decision that counts an order.
        func settled(
            _ effects: [Effect], _ request: OrderRequest, at now: EventTime
        ) -> [Effect] {
            guard let flaw else { return effects }
            let message =
                "\(request.order) goes uncounted: the order budget of \(request.account) "
                + "cannot be read: \(flaw)"
            let alarm = Alarm(
                .critical, stage: Gateway.name, message: message, account: request.account,
                position: request.order.position, trace: request.trace, at: now)
            return effects.filter { !$0.isBudget } + [.alarm(alarm)]
        }
    }

    func count(of account: AccountID, _ load: ShardLoad) -> Count {
        if let reason = load.unreadable[Keys.budget(shard, account)] {
            return Count(budget: OrderBudget(), flaw: reason)
        }
        do throws(FieldError) {
            return Count(budget: try load.ledger.budget(account), flaw: nil)
        } catch {
            return Count(budget: OrderBudget(), flaw: "\(error)")
        }
    }
}

extension Effect {
    fileprivate var isBudget: Bool {
        if case .saveBudget = self { true } else { false }
    }
}
