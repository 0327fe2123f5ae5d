import Brokers
import MessageBus
import Stages
import Trading

extension GatewayStage {
    /// A request to place or to cancel.
    func step(
        _ delivery: Delivery?, _ request: OrderRequest, _ gate: EntryGate,
        guardedBy guards: [Guard] = [], _ load: inout ShardLoad
    ) -> Step? {
        if let reason = load.unreadable[Keys.budget(shard, request.account)] {
            return Step(delivery, .failed(reason))
        }
        let nonce = nonces.next()
        var call: (() -> Void)?
        var cancel: (OrderNumber, [Effect])?
        var step = load.step(delivery, guardedBy: guards) { load throws(FieldError) in
            let order = try load.ledger.order(request.order)
            let decided = Gateway.decide(
                request: request, order: order,
                origin: origin(of: request.order, request.account, wall: load.wall),
                held: held(request, now: load.now), freshFor: desk.reconciler.freshFor,
                budget: try load.ledger.budget(request.account),
                refusal: order.flatMap(gate.refusal), nonce: nonce,
                profile: desk.gateway(of: request.account), now: load.now, wall: load.wall)
            switch decided {
            case .send(let effects):
                if let order { call = placing(order, nonce) }
                return .commit(effects)
            case .wait(let effects), .refuse(let effects): return .commit(effects)
            case .cancel(let number, let effects):
                cancel = (number, effects)
                return .commit(effects)
            case .drop(let reason): return .drop(reason)
            }
        }
        if let call {
            marks.open(nonce, of: request.order)
            step.then = { [marks] (verdict: CommitVerdict) in
                if verdict == .applied { call() } else { marks.close(nonce) }
            }
        }
        guard let cancel else { return step }
        // A cancel is harmless twice and lost once, so it is made before it is acknowledged.
        return calling(cancel.0, request, step)
    }

    private func placing(_ order: Order, _ nonce: Nonce) -> () -> Void {
        { [calls, brokers, marks] in
            guard let broker = brokers[order.account] else {
                marks.close(nonce)
                calls.answer(
                    .placed(order.id, nonce, .failure(.notSent("no broker for the account"))))
                return
            }
            marks.call(nonce)
            broker.place(order, nonce: nonce, left: { marks.close(nonce) }) { result in
                marks.close(nonce)
                calls.answer(.placed(order.id, nonce, result))
            }
        }
    }

    /// Keeps the delivery, or leaves the due time standing, until the broker has answered.
    func calling(
        _ number: OrderNumber, _ request: OrderRequest, _ step: Step
    ) -> Step? {
        guard let broker = brokers[request.account], calls.begin(request.order) else {
            return step.delivery.map { Step($0, .again(after: Self.busyPause)) }
        }
        cancelSteps[request.order] = step
        // Whatever the broker says, the order's end comes as an update, or it is asked again.
        broker.cancel(number) { [calls] result in
            calls.answer(.cancelled(request.order, result))
        }
        return step.delivery.map { Step($0, .keep) }
    }
}
