import MessageBus
import Settings
import Stages
import Trading

/// What one batch has loaded of a shard, and how a decision on it becomes a step.
struct ShardLoad {
    private(set) var ledger: Ledger
    private(set) var now = EventTime(milliseconds: 0)
    private(set) var wall = EventTime(milliseconds: 0)
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
    /// - Returns: the answers to the further queries.
    @discardableResult
    mutating func load(
        _ keys: [Key], also queries: [Query] = [], _ session: any BusSession
    ) throws(BusError) -> [Answer] {
        if keys.isEmpty, queries.isEmpty, now.milliseconds > 0 { return [] }
        let loaded = try session.load(keys.map { .hash($0) } + queries)
        now = loaded.now
        wall = loaded.wall
        for (key, answer) in zip(keys, loaded.answers) {
            if case .fields(let fields) = answer { ledger.remember(key, fields) }
        }
        return Array(loaded.answers.dropFirst(keys.count))
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
}
