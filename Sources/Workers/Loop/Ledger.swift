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
    /// How long finished positions, orders and verdicts stay.
    package static let retention = Span.minutes(7 * 24 * 60)
    /// How long an unmatched broker message waits for its order's number.
    package static let parkingTime = Span.minutes(60)

    /// By the wall's clock: when a sender that marks an order now is surely dead.
    package var callersDieAt: EventTime?

    private var hashes: [Key: Fields] = [:]

    package init(shard: Int, worker: String) {
        self.shard = shard
        self.worker = worker
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

    /// One change of the shard with everything that a decision asked for.
    ///
    /// - Parameter extra: guards that the caller adds, such as a due time's.
    package mutating func change(
        _ effects: [Effect], acknowledging entry: Acknowledgement? = nil,
        guardedBy extra: [Guard] = []
    ) -> Change {
        var draft = Draft(guards: extra)
        for effect in effects { write(effect, into: &draft) }
        return Change(acknowledges: entry, guards: draft.guards, writes: draft.writes)
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
        case .saveOrder(let order):
            save(Keys.order(shard, order.id), order.fields, order.rev, &draft)
            if order.status.isFinished { draft.expire(Keys.order(shard, order.id)) }
        case .saveDay(let day, let account, let date):
            let key = Keys.account(shard, account, date)
            save(key, day.fields, day.rev, &draft)
            draft.expire(key)
        case .saveBudget(let budget, let account):
            save(Keys.budget(shard, account), budget.fields, budget.rev, &draft)
        case .sendSignal, .alarm: break  // Of another slot: the workers concerned send them.
        case .sendExit(let exit): draft.send(Keys.exits(shard), exit)
        case .sendOrder(let order):
            draft.send(
                order.order.purpose == .exit || order.action == .cancel
                    ? Keys.exitOrders(shard) : Keys.entryOrders(shard), order)
        case .sendBrokerEvent(let event): draft.send(Keys.brokerEvents(shard), event)
        case .sendUpdate(let update): draft.send(Keys.orderUpdates(shard), update)
        case .sendPosition(let event): draft.send(Keys.positions(shard), event)
        case .lock(let id, let lock): self.lock(id, lock, &draft)
        case .unlock(let id): draft.locks.append(.delete(Keys.exitLock(shard, id)))
        case .scheduleExit(let id, let at): draft.schedule(Keys.exitsDue(shard), id.text, at)
        case .scheduleOrder(let id, let at): draft.schedule(Keys.ordersDue(shard), id.text, at)
        case .calling(let id, let isCalling):
            draft.schedule(Keys.calling(shard), id.text, isCalling ? callersDieAt : nil)
        case .unreconciled(let account, let at):
            draft.schedule(Keys.unreconciled(shard), account.text, at)
        case .addOpen(let account, let id):
            draft.sets.append(.addMember(Keys.open(shard, account), id.text))
        case .removeOpen(let account, let id):
            draft.sets.append(.removeMember(Keys.open(shard, account), id.text))
        case .verdict(let signal, let account, let verdict):
            let key = Keys.verdict(shard, signal, account)
            draft.guards.append(.absent(key))
            draft.sets.append(.setText(key, verdict.text, life: Self.retention))
        case .number(let number, let id):
            draft.hashes.append(.set(Keys.orderNumbers(shard), [number.text: id.text]))
        case .park(let event, let number): park(event, number, &draft)
        case .unpark(let number, let events): unpark(number, events, &draft)
        }
    }
}

extension Ledger {
    private mutating func open(_ position: PositionTracker, _ draft: inout Draft) {
        let key = Keys.position(shard, position.id)
        draft.guards.append(.absent(key))
        draft.hashes.append(.set(key, create(key, position.fields)))
    }

    private mutating func place(_ order: Order, _ draft: inout Draft) {
        let key = Keys.order(shard, order.id)
        draft.guards.append(.absent(key))
        draft.hashes.append(.set(key, create(key, order.fields)))
    }

    private mutating func create(_ key: Key, _ fields: Fields) -> Fields {
        var stored = fields
        stored[Field.rev.rawValue] = "1"
        hashes[key] = stored
        return stored
    }

    private mutating func save(_ position: PositionTracker, _ draft: inout Draft) {
        let key = Keys.position(shard, position.id)
        // The risk manager's marks are no part of what is saved here, so no part of the comparison.
        let marks = PositionTracker.Watch.names
        let marked = recall(key).pairs.filter { marks.contains($0.name) }
        hashes[key]?.pairs.removeAll { marks.contains($0.name) }
        save(key, position.fields, position.rev, &draft)
        hashes[key]?.pairs += marked
        if position.status.isClosed { draft.expire(key) }
    }

    /// Writes what differs from the loaded hash, under its `rev`.
    private mutating func save(_ key: Key, _ fields: Fields, _ rev: Int, _ draft: inout Draft) {
        let loaded = recall(key)
        let revField = Field.rev.rawValue
        draft.guards.append(
            loaded.isEmpty ? .absent(key) : .field(key, revField, is: loaded[revField] ?? ""))
        var next = fields
        next[revField] = String(rev + 1)
        let (set, removed) = next.changes(from: loaded)
        draft.hashes.append(.set(key, set))
        if !removed.isEmpty { draft.hashes.append(.remove(key, fields: removed)) }
        hashes[key] = next
    }

    private func watch(_ id: PositionID, _ watch: PositionTracker.Watch, _ draft: inout Draft) {
        let key = Keys.position(shard, id)
        draft.guards.append(.present(key))
        draft.hashes.append(.set(key, watch.fields))
    }

    private func request(
        _ id: PositionID, _ exit: PositionTracker.ExitOrder, _ status: PositionStatus,
        _ draft: inout Draft
    ) {
        let key = Keys.position(shard, id)
        draft.guards.append(.field(key, Field.status.rawValue, is: status.text))
        draft.guards.append(.fieldAbsent(key, Field.exitRequestedAt.rawValue))
        draft.hashes.append(.set(key, exit.fields))
        draft.hashes.append(.add(key, field: Field.rev.rawValue, by: 1))
    }

    private func lock(_ id: PositionID, _ lock: ExitLock, _ draft: inout Draft) {
        let text =
            "worker=\(worker) attempt=\(lock.attempt) reason=\(lock.reason.text) "
            + "order=\(lock.order) since=\(lock.since.text)"
        let key = Keys.exitLock(shard, id)
        // The first attempt takes it, a later one replaces its value and renews its time. One that
        // stands there already never stops an exit: the position's hash authorises.
        draft.locks.append(
            lock.attempt == 1
                ? .setTextIfAbsent(key, text, life: lock.life)
                : .setText(key, text, life: lock.life))
    }

    private func park(_ event: BrokerEvent, _ number: OrderNumber, _ draft: inout Draft) {
        let key = Keys.unmatched(shard, number)
        // The number may have become known since it was looked for: then it is looked for again.
        draft.guards.append(.fieldAbsent(Keys.orderNumbers(shard), number.text))
        draft.sets.append(.push(key, event.fields.lines))
        draft.sets.append(.expire(key, after: Self.parkingTime))
    }

    private func unpark(
        _ number: OrderNumber, _ events: [BrokerEvent], _ draft: inout Draft
    ) {
        let key = Keys.unmatched(shard, number)
        draft.guards.append(.length(key, is: events.count))
        for event in events { draft.send(Keys.brokerEvents(shard), event) }
        if !events.isEmpty { draft.sets.append(.delete(key)) }
    }
}

/// Writes by kind, in the order in which the commit applies them: a server that is full refuses
/// at the first message, before anything else was written.
private struct Draft {
    var guards: [Guard]
    var messages: [Write] = []
    var hashes: [Write] = []
    var sets: [Write] = []
    var times: [Write] = []
    var locks: [Write] = []
    var expiries: [Write] = []

    init(guards: [Guard]) { self.guards = guards }

    var writes: [Write] { messages + hashes + sets + times + locks + expiries }

    mutating func send(_ stream: Key, _ record: some Record) {
        messages.append(.append(stream, record.fields))
    }

    mutating func schedule(_ key: Key, _ member: String, _ at: EventTime?) {
        times.append(
            at.map { .schedule(key, member: member, at: $0.milliseconds) }
                ?? .unschedule(key, member: member))
    }

    mutating func expire(_ key: Key) { expiries.append(.expire(key, after: Ledger.retention)) }
}
