package import MessageBus
package import Stages
package import Trading

/// Turns the effects of decisions into guarded writes.
///
/// It remembers the hashes that a batch has loaded. A saved record is compared with what was
/// loaded: only the fields that differ are written, under the loaded `rev`. The new value then
/// takes the loaded one's place, so that the next decision of the same batch builds on it; if the
/// first is refused at the server, the commit refuses the second too, and both are decided again.
package struct Ledger {
    package let shard: Int
    /// The name that an exit lock shows to people.
    package let worker: String
    /// How long finished positions and orders, verdicts and account days stay.
    package let keep: Span
    /// An order and a loss limit end with the broker's day: what is kept of them outlives it by
    /// `keep` at least.
    static let brokersDay = Span.days(1)
    /// How long an unmatched broker message waits for its order's number.
    package static let parkingTime = Span.minutes(60)

    /// By the wall's clock: when a sender that marks an order now is surely dead.
    package var callersDieAt: EventTime?

    var hashes: [Key: Fields] = [:]

    package init(shard: Int, worker: String, keep: Span) {
        self.shard = shard
        self.worker = worker
        self.keep = keep
    }

    package mutating func remember(_ key: Key, _ fields: Fields) { hashes[key] = fields }
    package func recall(_ key: Key) -> Fields { hashes[key] ?? Fields() }

    package func position(_ id: PositionID) throws(FieldError) -> PositionTracker? {
        let fields = recall(Keys.position(shard, id))
        return fields.isEmpty ? nil : try PositionTracker(fields, id: id)
    }

    package func order(_ id: CorrelationID) throws(FieldError) -> Order? {
        let fields = recall(Keys.order(shard, id))
        return fields.isEmpty ? nil : try Order(fields, id: id)
    }

    package func day(_ account: AccountID, _ day: Day) throws(FieldError) -> AccountDay {
        try AccountDay(recall(Keys.account(shard, account, day)))
    }

    package func budget(_ account: AccountID) throws(FieldError) -> OrderBudget {
        try OrderBudget(recall(Keys.budget(shard, account)))
    }

    /// What was traded by hand on this day.
    package func handTrades(
        _ account: AccountID, on day: Day
    ) throws(FieldError) -> HandTrades {
        let fields = recall(Keys.byHand(shard, account))
        return fields.isEmpty ? HandTrades(on: day) : try HandTrades(fields).on(day)
    }

    /// What the reconciler remembers of this day.
    package func reconciliation(
        _ account: AccountID, on day: Day
    ) throws(FieldError) -> Reconciliation {
        let fields = recall(Keys.reconciled(shard, account))
        return fields.isEmpty ? Reconciliation(on: day) : try Reconciliation(fields).on(day)
    }

    /// What is known of the loss limit at the broker; nil for nothing.
    package func lossLimit(_ account: AccountID) throws(FieldError) -> LossLimit? {
        let fields = recall(Keys.lossLimit(shard, account))
        return fields.isEmpty ? nil : try LossLimit(fields)
    }

    /// One change of the shard with everything that a decision asked for.
    ///
    /// - Parameter extra: guards that the caller adds, such as a due time's.
    package mutating func change(
        _ effects: [Effect], guardedBy extra: [Guard] = []
    ) -> Change {
        var draft = Draft(guards: extra, keep: keep)
        for effect in effects { write(effect, into: &draft) }
        return Change(guards: draft.guards, writes: draft.writes)
    }

    /// The alarms among the effects: they live in another slot, and are sent before the commit.
    package static func alarms(_ effects: [Effect]) -> [Alarm] {
        effects.compactMap { if case .alarm(let alarm) = $0 { alarm } else { nil } }
    }

    private mutating func write(_ effect: Effect, into draft: inout Draft) {
        switch effect {
        case .open(let position): open(position, &draft)
        case .save(let position): save(position, &draft)
        case .watch(let id, let watch): self.watch(id, watch, &draft)
        case .requestExit(let id, let exit, let status): request(id, exit, status, &draft)
        case .place(let order): place(order, &draft)
        case .saveOrder(let order): save(order, &draft)
        case .saveDay(let day, let account, let date):
            keep(Keys.account(shard, account, date), day.fields, day.rev, &draft)
        case .saveBudget(let budget, let account):
            save(Keys.budget(shard, account), budget.fields, budget.rev, &draft)
        case .saveHandTrades(let trades, let account):
            keep(Keys.byHand(shard, account), trades.fields, trades.rev, &draft)
        case .unlessTradedByHand(let account, let rev):
            draft.guards.append(.rev(Keys.byHand(shard, account), is: rev))
        case .sendSignal, .alarm: break  // Of another slot: the workers concerned send them.
        case .sendExit(let exit): draft.send(Keys.exits(shard), exit)
        case .sendOrder(let order): send(order, &draft)
        case .sendBrokerEvent(let event): draft.send(Keys.brokerEvents(shard), event)
        case .sendUpdate(let update): draft.send(Keys.orderUpdates(shard), update)
        case .sendPosition(let event): draft.send(Keys.positions(shard), event)
        case .lock(let id, let lock): self.lock(id, lock, &draft)
        case .renewLock(let id, let lock): renew(id, lock, &draft)
        case .unlock(let id): draft.locks.append(.delete(Keys.exitLock(shard, id)))
        case .scheduleExit(let id, let at): draft.schedule(Keys.exitsDue(shard), id.text, at)
        case .scheduleOrder(let id, let at): draft.schedule(Keys.ordersDue(shard), id.text, at)
        case .calling(let id, let isCalling):
            draft.schedule(Keys.calling(shard), id.text, isCalling ? callersDieAt : nil)
        case .saveReconciliation, .reconcile, .unreconciled, .saveLossLimit:
            reconcile(effect, &draft)
        case .addOpen(let account, let id):
            draft.sets.append(.addMember(Keys.open(shard, account), id.text))
        case .removeOpen(let account, let id):
            draft.sets.append(.removeMember(Keys.open(shard, account), id.text))
        case .verdict(let signal, let account, let verdict):
            once(Keys.verdict(shard, signal, account), verdict.text, &draft)
        case .number(let number, let id):
            let life = keep + Self.brokersDay
            draft.sets.append(.setText(Keys.orderNumber(shard, number), id.text, life: life))
        case .unlessOurs(let number): unlessOurs(number, &draft)
        case .park(let event, let number): park(event, number, &draft)
        case .scheduleForeign(let number, let at):
            draft.schedule(Keys.foreignDue(shard), number.text, at)
        case .discard(let number, let count): discard(number, count, &draft)
        case .unpark(let number, let events): unpark(number, events, &draft)
        }
    }
}
