import MessageBus
import Trading

/// What the steps of one turn come to: commits, and what is tried again.
///
/// Alarms go first, because they live in another slot and may come twice but not never; then the
/// steps' changes. A notice tells that something was done, so it waits for the verdict: of two
/// workers that do the same, one has done it.
struct Plan {
    private(set) var commits: [Commit] = []
    private(set) var postponed: [(Delivery, Span)] = []
    private(set) var mishaps: [Mishap] = []

    /// The steps behind the changes, in their order.
    private var committed: [Step] = []
    private var changes: [Change] = []
    private var alarms: [Alarm] = []

    init(
        _ steps: [Step], slot: Slot, owner: Owner, stage: String, now: EventTime, _ reviews: Reviews
    ) {
        var reviews = reviews
        let failures = Failures(slot: slot, stage: stage)
        for step in steps {
            switch step.outcome {
            case .commit(let change, let raised):
                alarms += raised.filter { $0.severity != .notice }
                add(step, change, failures)
            case .again(let span):
                if let delivery = step.delivery { postponed.append((delivery, span)) }
            case .failed(let reason): mishaps.append(Mishap(step: step, reason: reason))
            case .deadLetter(let reason, let raised):
                alarms += raised
                guard let delivery = step.delivery else {
                    // Something due that cannot be read stays due: only a person can mend it.
                    mishaps.append(Mishap(step: step, reason: reason))
                    continue
                }
                let letter = DeadLetter(delivery, stage: stage, reason: reason, at: now)
                alarms.append(letter.alarm)
                add(
                    step, letter.change(slot: slot, review: reviews.change(delivery, reason)),
                    failures)
            }
        }
        commits = Commit.raising(alarms)
        if !changes.isEmpty { commits.append(Commit(slot: slot, owner: owner, changes: changes)) }
    }

    /// A change that is applied settles the step's delivery, and ends the count of its failures.
    private mutating func add(_ step: Step, _ change: Change, _ failures: Failures) {
        var change = change
        change.acknowledges = step.delivery.map { Acknowledgement($0.stream, $0.id) }
        change.writes += step.delivery.map(failures.forgetting) ?? []
        changes.append(change)
        committed.append(step)
    }

    /// Somebody waits for a verdict: the turn must not wait for input first.
    var isAwaited: Bool { committed.contains { $0.then != nil } }

    /// Each committed step with its verdict.
    func verdicts(_ verdicts: [[CommitVerdict]]) -> [(Step, CommitVerdict)] {
        changes.isEmpty ? [] : Array(zip(committed, verdicts.last ?? []))
    }
}

extension Commit {
    /// The commit that sends the alarms; none for none.
    static func raising(_ alarms: [Alarm]) -> [Commit] {
        guard !alarms.isEmpty else { return [] }
        let changes = alarms.map { Change(writes: [.append(Keys.alarms, $0.fields)]) }
        return [Commit(slot: .bus, owner: .anyone, changes: changes)]
    }
}
