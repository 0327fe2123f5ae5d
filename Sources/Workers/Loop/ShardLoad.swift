import MessageBus
import Settings
import Stages
import Trading

/// What one batch has loaded of a shard, and how a decision on it becomes a step.
struct ShardLoad {
    private(set) var ledger: Ledger
    private(set) var now = EventTime(milliseconds: 0)
    private(set) var wall = EventTime(milliseconds: 0)
    /// Why what several decisions share could not be read.
    private(set) var unreadable: [Key: String] = [:]
    private let shard: Int

    init(_ desk: Desk, shard: Int, worker: String) {
        self.shard = shard
        ledger = Ledger(shard: shard, worker: worker, keep: desk.retention.records)
    }

    /// One round trip for all of them.
    mutating func load(
        positions: [PositionID] = [], orders: [CorrelationID] = [],
        days: [(AccountID, Day)] = [], budgets: [AccountID] = [],
        _ session: any BusSession
    ) throws(BusError) {
        let keys =
            positions.map { Keys.position(shard, $0) } + orders.map { Keys.order(shard, $0) }
            + days.map { Keys.account(shard, $0, $1) } + budgets.map { Keys.budget(shard, $0) }
        try load(keys, session)
    }

    /// The clock is read also where there is nothing to load.
    ///
    /// - Parameter shared: what several decisions need; one that cannot be read is kept in
    ///   ``unreadable`` and hides no other.
    /// - Returns: the answers to the further queries.
    @discardableResult
    mutating func load(
        _ keys: [Key], tolerating shared: [Key] = [], also queries: [Query] = [],
        _ session: any BusSession
    ) throws(BusError) -> [Result<Answer, Unreadable>] {
        if keys.isEmpty, shared.isEmpty, queries.isEmpty, now.milliseconds > 0 { return [] }
        let all = keys + shared
        let loaded = try session.loadEach(all.map { .hash($0) } + queries)
        now = loaded.now
        wall = loaded.wall
        for (index, (key, answer)) in zip(all, loaded.answers).enumerated() {
            switch answer {
            case .success(.fields(let fields)): ledger.remember(key, fields)
            case .success: break
            case .failure(let error):
                guard index >= keys.count else { throw .refused(error.reason) }
                unreadable[key] = error.reason
            }
        }
        return Array(loaded.answers.dropFirst(all.count))
    }

    mutating func callersDie(at time: EventTime) { ledger.callersDieAt = time }

    /// The step of a message.
    mutating func step(
        _ delivery: Delivery?, then: ((CommitVerdict) -> Void)? = nil,
        guardedBy guards: [Guard] = [], _ decide: (ShardLoad) throws(FieldError) -> Decision
    ) -> Step {
        let decision: Decision
        do throws(FieldError) {
            decision = try decide(self)
        } catch {
            return Step(delivery, .deadLetter("stored state: \(error)"), then: then)
        }
        switch decision {
        case .commit(let effects):
            return Step(
                delivery,
                .commit(
                    ledger.change(effects, guardedBy: guards), alarms: Ledger.alarms(effects)),
                then: then)
        case .drop: return Step(delivery, .commit(Change(guards: guards)), then: then)
        case .retry(let span, _): return Step(delivery, .again(after: span), then: then)
        case .deadLetter(let reason): return Step(delivery, .deadLetter(reason), then: then)
        }
    }

    /// The step of a due time: refused if somebody has moved it since.
    mutating func step(
        _ due: DueTime, in set: Key, _ decide: (ShardLoad) throws(FieldError) -> Decision
    ) -> Step {
        var step = step(nil, guardedBy: [.score(set, member: due.member, is: due.at)], decide)
        step.due = (set, due)
        return step
    }

    /// The step of a due time that can mean nothing.
    func step(removing due: DueTime, from set: Key, of stage: String) -> Step {
        let change = Change(
            guards: [.score(set, member: due.member, is: due.at)],
            writes: [.unschedule(set, member: due.member)])
        let alarms = Ledger.alarms([alarm(removing: due, from: set, of: stage)])
        var step = Step(nil, .commit(change, alarms: alarms))
        step.due = (set, due)
        return step
    }

    /// Only a person puts there what names nothing.
    func alarm(removing due: DueTime, from set: Key, of stage: String) -> Effect {
        let message = "\(due.member) of \(set) names nothing that is known, and was removed"
        return .alarm(Alarm(.critical, stage: stage, message: message, at: now))
    }
}
