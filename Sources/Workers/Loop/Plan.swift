import MessageBus
import Trading

/// The commits of one turn: alarms first, because they live in another slot and may come twice
/// but not never, then the steps' changes.
struct Plan {
    let commits: [Commit]
    let postponed: [(Delivery, Span)]
    private let committed: [Step]
    private let alarmCommits: Int

    init(_ steps: [Step], slot: Slot, owner: Owner, stage: String, now: EventTime) {
        var changes: [Change] = []
        var alarms: [Alarm] = []
        var committed: [Step] = []
        var postponed: [(Delivery, Span)] = []
        for step in steps {
            switch step.outcome {
            case .commit(var change, let raised):
                change.acknowledges = step.delivery.map { Acknowledgement($0.stream, $0.id) }
                changes.append(change)
                alarms += raised
                committed.append(step)
            case .again(let span):
                if let delivery = step.delivery { postponed.append((delivery, span)) }
            case .keep: break
            case .deadLetter(let reason, let raised):
                guard let delivery = step.delivery else {
                    // Something due that cannot be read stays due: only a person can mend it.
                    alarms +=
                        raised + [
                            Alarm(.critical, stage: stage, message: reason, at: now)
                        ]
                    continue
                }
                let letter = DeadLetter(delivery, stage: stage, reason: reason, at: now)
                changes.append(letter.change(slot: slot))
                alarms += raised + [letter.alarm]
                committed.append(step)
            }
        }
        self.committed = committed
        self.postponed = postponed
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
