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
        // Before anything is decided: no later step of the batch counts on what is not committed.
        if request.action == .cancel, calls.isBusy(request.order) {
            return delivery.map { Step($0, .again(after: Self.busyPause)) }
        }
        let count = count(of: request.account, load)
        if request.action == .place, request.order.purpose == .entry, let reason = count.flaw {
            return Step(delivery, .failed(reason))
        }
        let nonce = nonces.next()
        var call: (() -> Void)?
        var cancel: Cancel?
        var step = load.step(delivery, guardedBy: guards) { load throws(FieldError) in
            let order = try load.ledger.order(request.order)
            let decided = Gateway.decide(
                request: request, order: order,
                origin: origin(of: request.order, request.account, wall: load.wall),
                held: held(request, now: load.now), freshFor: desk.reconciler.freshFor,
                budget: count.budget, refusal: order.flatMap(gate.refusal), nonce: nonce,
                profile: desk.gateway(of: request.account), now: load.now, wall: load.wall)
            switch decided {
            case .send(let effects):
                if let order { call = placing(order, nonce) }
                return .commit(count.settled(effects, request, at: load.now))
            case .wait(let effects), .refuse(let effects): return .commit(effects)
            case .cancel(let number, let effects):
                guard brokers[request.account] != nil else { return .drop("no broker for it") }
                cancel = order.map { Cancel($0, number, at: load.now) }
                return .commit(count.settled(effects, request, at: load.now))
            case .drop(let reason): return .drop(reason)
            }
        }
        if let call {
            marks.open(nonce, of: request.order)
            step.then = { [marks] (verdict: CommitVerdict) in
                if verdict == .applied { call() } else { marks.close(nonce) }
            }
        }
        return cancel.map { making($0, step) } ?? step
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
}
