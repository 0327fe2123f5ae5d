import MessageBus
import Stages
import Trading

/// What one effect comes to.
extension Ledger {
    mutating func open(_ position: PositionTracker, _ draft: inout Draft) {
        let key = Keys.position(shard, position.id)
        draft.guards.append(.absent(key))
        draft.hashes.append(.set(key, create(key, position.fields)))
    }

    mutating func place(_ order: Order, _ draft: inout Draft) {
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

    /// Of a finished order, the number goes when the order goes.
    mutating func save(_ order: Order, _ draft: inout Draft) {
        save(Keys.order(shard, order.id), order.fields, order.rev, &draft)
        guard order.status.isFinished else { return }
        draft.expire(Keys.order(shard, order.id))
        if let number = order.number { draft.expire(Keys.orderNumber(shard, number)) }
    }

    mutating func save(_ position: PositionTracker, _ draft: inout Draft) {
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
    mutating func save(_ key: Key, _ fields: Fields, _ rev: Int, _ draft: inout Draft) {
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

    /// The same for a record that goes some time after its last change.
    mutating func keep(_ key: Key, _ fields: Fields, _ rev: Int, _ draft: inout Draft) {
        save(key, fields, rev, &draft)
        draft.expire(key)
    }

    func once(_ key: Key, _ text: String, _ draft: inout Draft) {
        draft.guards.append(.absent(key))
        draft.sets.append(.setText(key, text, life: keep))
    }

    func watch(_ id: PositionID, _ watch: PositionTracker.Watch, _ draft: inout Draft) {
        let key = Keys.position(shard, id)
        draft.guards.append(.present(key))
        draft.hashes.append(.set(key, watch.fields))
    }

    func request(
        _ id: PositionID, _ exit: PositionTracker.ExitOrder, _ status: PositionStatus,
        _ draft: inout Draft
    ) {
        let key = Keys.position(shard, id)
        draft.guards.append(.field(key, Field.status.rawValue, is: status.text))
        draft.guards.append(.fieldAbsent(key, Field.exitRequestedAt.rawValue))
        draft.hashes.append(.set(key, exit.fields))
        draft.hashes.append(.add(key, field: Field.rev.rawValue, by: 1))
    }

    func lock(_ id: PositionID, _ lock: ExitLock, _ draft: inout Draft) {
        // The first attempt takes it, a later one replaces its value. One that stands there already
        // never stops an exit: the position's hash authorises.
        guard lock.attempt > 1 else { return setIfMissing(id, lock, &draft) }
        draft.locks.append(.setText(Keys.exitLock(shard, id), text(of: lock), life: lock.life))
    }

    func renew(_ id: PositionID, _ lock: ExitLock, _ draft: inout Draft) {
        draft.guards.append(
            .field(
                Keys.position(shard, id), Field.exitAttempt.rawValue, is: lock.attempt.text))
        setIfMissing(id, lock, &draft)
    }

    private func setIfMissing(_ id: PositionID, _ lock: ExitLock, _ draft: inout Draft) {
        let key = Keys.exitLock(shard, id)
        draft.locks += [
            .setTextIfAbsent(key, text(of: lock), life: lock.life), .expire(key, after: lock.life),
        ]
    }

    private func text(of lock: ExitLock) -> String {
        "worker=\(worker) attempt=\(lock.attempt) reason=\(lock.reason.text) "
            + "order=\(lock.order) since=\(lock.since.text)"
    }

    /// What the reconciler asks for.
    mutating func reconcile(_ effect: Effect, _ draft: inout Draft) {
        switch effect {
        case .saveReconciliation(let record, let account):
            keep(Keys.reconciled(shard, account), record.fields, record.rev, &draft)
        case .reconcile(let account, let at):
            draft.schedule(Keys.reconcileDue(shard), account.text, at)
        case .unreconciled(let account, let at):
            draft.schedule(Keys.unreconciled(shard), account.text, at)
        case .saveLossLimit(let limit, let account):
            let key = Keys.lossLimit(shard, account)
            save(key, limit.fields, limit.rev, &draft)
            draft.expiries.append(.expire(key, after: keep + Self.brokersDay))
        default: break
        }
    }

    func send(_ order: OrderRequest, _ draft: inout Draft) {
        let isUrgent = order.order.purpose == .exit || order.action == .cancel
        draft.send(isUrgent ? Keys.exitOrders(shard) : Keys.entryOrders(shard), order)
    }

    func unlessOurs(_ number: OrderNumber, _ draft: inout Draft) {
        draft.guards.append(.absent(Keys.orderNumber(shard, number)))
    }

    func park(_ event: BrokerEvent, _ number: OrderNumber, _ draft: inout Draft) {
        let key = Keys.unmatched(shard, number)
        // The number may have become known since it was looked for: then it is looked for again.
        unlessOurs(number, &draft)
        draft.sets.append(.push(key, event.fields.lines))
        draft.sets.append(.expire(key, after: Self.parkingTime))
    }

    func discard(_ number: OrderNumber, _ count: Int, _ draft: inout Draft) {
        let key = Keys.unmatched(shard, number)
        unlessOurs(number, &draft)
        draft.guards.append(.length(key, is: count))
        draft.sets.append(.delete(key))
        draft.schedule(Keys.foreignDue(shard), number.text, nil)
    }

    func unpark(
        _ number: OrderNumber, _ events: [BrokerEvent], _ draft: inout Draft
    ) {
        let key = Keys.unmatched(shard, number)
        draft.guards.append(.length(key, is: events.count))
        for event in events { draft.send(Keys.brokerEvents(shard), event) }
        if !events.isEmpty { draft.sets.append(.delete(key)) }
    }
}

extension Guard {
    /// Nobody has changed the record since; 0 for one that was not there.
    static func rev(_ key: Key, is rev: Int) -> Guard {
        rev == 0 ? .absent(key) : .field(key, Field.rev.rawValue, is: rev.text)
    }
}

extension Ledger {
    /// Writes by kind, in the order in which the commit applies them: a server that is full refuses
    /// at the first message, before anything else was written.
    struct Draft {
        var guards: [Guard]
        var messages: [Write] = []
        var hashes: [Write] = []
        var sets: [Write] = []
        var times: [Write] = []
        var locks: [Write] = []
        var expiries: [Write] = []
        private let keep: Span

        init(guards: [Guard], keep: Span) {
            self.guards = guards
            self.keep = keep
        }

        var writes: [Write] { messages + hashes + sets + times + locks + expiries }

        mutating func send(_ stream: Key, _ record: some Record) {
            messages.append(.append(stream, record.fields))
        }

        mutating func schedule(_ key: Key, _ member: String, _ at: EventTime?) {
            times.append(
                at.map { .schedule(key, member: member, at: $0.milliseconds) }
                    ?? .unschedule(key, member: member))
        }

        mutating func expire(_ key: Key) { expiries.append(.expire(key, after: keep)) }
    }
}
