import MessageBus
import Trading

/// The commits of one turn: alarms first, because they live in another slot and may come twice
/// but not never, then the steps' changes.
struct Plan {
    let commits: [Commit]
    let postponed: [(Delivery, Span)]
    let mishaps: [Mishap]
    private let committed: [Step]
    private let alarmCommits: Int

    init(
        _ steps: [Step], slot: Slot, owner: Owner, stage: String, now: EventTime, _ reviews: Reviews
    ) {
        var reviews = reviews
        let failures = Failures(slot: slot, stage: stage)
        var mishaps: [Mishap] = []
        var changes: [Change] = []
        var alarms: [Alarm] = []
        var committed: [Step] = []
        var postponed: [(Delivery, Span)] = []
        for step in steps {
            switch step.outcome {
            case .commit(var change, let raised):
                change.acknowledges = step.delivery.map { Acknowledgement($0.stream, $0.id) }
                change.writes += step.delivery.map(failures.forget) ?? []
                changes.append(change)
                alarms += raised
                committed.append(step)
            case .again(let span):
                if let delivery = step.delivery { postponed.append((delivery, span)) }
            case .keep: break
            case .failed(let reason): mishaps.append(Mishap(step: step, reason: reason))
            case .deadLetter(let reason, let raised):
                guard let delivery = step.delivery else {
                    // Something due that cannot be read stays due: only a person can mend it.
                    mishaps.append(Mishap(step: step, reason: reason))
                    alarms += raised
                    continue
                }
                let letter = DeadLetter(delivery, stage: stage, reason: reason, at: now)
                var change = letter.change(slot: slot, review: reviews.change(delivery, reason))
                change.writes += failures.forget(delivery)
                changes.append(change)
                alarms += raised + [letter.alarm]
                committed.append(step)
            }
        }
        self.committed = committed
        self.postponed = postponed
        self.mishaps = mishaps
        let alarmCommit = Commit(alarms: alarms)
        alarmCommits = alarmCommit == nil ? 0 : 1
        commits =
            [alarmCommit].compactMap { $0 }
            + (changes.isEmpty ? [] : [Commit(slot: slot, owner: owner, changes: changes)])
    }

    /// Somebody waits for a verdict: the turn must not wait for input first.
    var isAwaited: Bool { committed.contains { $0.then != nil } }

    /// Each committed step with its verdict.
    func verdicts(_ verdicts: [[CommitVerdict]]) -> [(Step, CommitVerdict)] {
        Array(zip(committed, verdicts.dropFirst(alarmCommits).flatMap { $0 }))
    }
}

extension Commit {
    /// Nil for no alarms.
    init?(alarms: [Alarm]) {
        guard !alarms.isEmpty else { return nil }
        self.init(
            slot: .bus, owner: .anyone,
            changes: alarms.map { Change(writes: [.append(Keys.alarms, $0.fields)]) })
    }
}
