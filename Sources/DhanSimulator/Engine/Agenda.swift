import Trading

/// What is planned, earliest first; of two at one time, the one that was planned first.
struct Agenda<Step: Sendable>: Sendable {
    private var steps: [(at: EventTime, step: Step)] = []

    var isEmpty: Bool { steps.isEmpty }
    var next: EventTime? { steps.first?.at }
    var all: [Step] { steps.map(\.step) }

    mutating func plan(_ step: Step, at time: EventTime) {
        let place = steps.lastIndex { $0.at <= time }.map { $0 + 1 } ?? 0
        steps.insert((time, step), at: place)
    }

    /// The first that is due by now.
    mutating func take(by now: EventTime) -> (at: EventTime, step: Step)? {
        guard let first = steps.first, first.at <= now else { return nil }
        return steps.removeFirst()
    }

    /// What was planned for later is due now, in its order.
    mutating func hasten(to now: EventTime, where isMeant: (Step) -> Bool) {
        let meant = steps.filter { isMeant($0.step) && $0.at > now }
        steps.removeAll { isMeant($0.step) && $0.at > now }
        for (_, step) in meant { plan(step, at: now) }
    }

    /// The clock was set: what was planned keeps its distance.
    mutating func move(by span: Span) {
        steps = steps.map { ($0.at + span, $0.step) }
    }
}
