import Brokers
import MessageBus
import Stages
import Trading

extension GatewayStage {
    func step(due time: DueTime, _ gate: EntryGate, _ load: inout ShardLoad) -> Step? {
        let set = Keys.ordersDue(shard)
        let guards = [Guard.score(set, member: time.member, is: time.at)]
        guard let id = CorrelationID(text: time.member) else {
            return load.step(removing: time, from: set, of: name)
        }
        guard !calls.isBusy(id) else { return nil }
        var look: AccountID?
        var place: OrderRequest?
        var cancel: Cancel?
        let step = load.step(time, in: set) { load throws(FieldError) in
            guard let order = try load.ledger.order(id) else {
                return .commit([
                    .scheduleOrder(id, at: nil), load.alarm(removing: time, from: set, of: name),
                ])
            }
            let request = OrderRequest(.place, order, at: load.now)
            let count = count(of: order.account, load)
            switch Gateway.due(
                order, origin: origin(of: id, order.account, wall: load.wall),
                budget: count.budget,
                profile: desk.gateway(of: order.account), now: load.now, wall: load.wall)
            {
            case .place:
                place = request
                return .drop("to be placed")
            case .look:
                look = order.account
                return .drop("to be looked up")
            case .cancel(let number, let effects):
                guard brokers[order.account] != nil else {
                    return .commit([.scheduleOrder(id, at: load.now + desk.gateway.retryAfter)])
                }
                cancel = Cancel(order, number, at: load.now)
                return .commit(count.settled(effects, request, at: load.now))
            case .commit(let effects): return .commit(effects)
            }
        }
        if let place {
            var step = self.step(nil, place, gate, guardedBy: guards, &load)
            step?.due = (set, time)
            return step
        }
        if let cancel { return making(cancel, step) }
        if let look {
            self.look(for: time, of: id, account: look, at: load.wall)
            return nil
        }
        return step
    }

    private func look(
        for time: DueTime, of id: CorrelationID, account: AccountID, at wall: EventTime
    ) {
        guard let broker = brokers[account], calls.begin(id) else { return }
        let (rule, run) = (broker.absence, run)
        reads.book(of: account, broker, at: wall) { [calls] book, asked in
            let answer = BrokerCalls.BookAnswer(
                account: account, due: time, book: book, rule: rule, run: run, asked: asked)
            calls.answer(.book(id, answer))
        }
    }

    /// A sender that must be dead by now: its timer has seen to that. No timer watches a cancel,
    /// which is harmless twice: one that nobody here is making is asked for again.
    func step(abandoned time: DueTime, _ load: inout ShardLoad) -> Step? {
        let set = Keys.calling(shard)
        guard let id = CorrelationID(text: time.member) else {
            return load.step(removing: time, from: set, of: name)
        }
        guard !calls.isBusy(id) else { return nil }
        return load.step(time, in: set) { load throws(FieldError) in
            guard let order = try load.ledger.order(id) else {
                return .commit([.calling(id, false)])
            }
            guard order.status == .sending else {
                return .commit(Gateway.cancelAbandoned(order, now: load.now))
            }
            return .commit(
                Gateway.abandoned(
                    order, origin(of: id, order.account, wall: load.wall), profile: desk.gateway,
                    now: load.now))
        }
    }
}
