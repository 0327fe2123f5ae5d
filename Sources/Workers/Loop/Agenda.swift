package import MessageBus
import Trading

/// When a worker next looks at the due times of its stage.
///
/// Live, it waits no longer than until the next one. In a replay, event time moves only when the
/// feed moves it, and the feed then wakes the stage by an entry.
struct Agenda {
    /// By the wall's clock; nil in a replay and when nothing is due.
    private(set) var next: EventTime?
    /// More was due than one look takes.
    private(set) var isBehind = false
    private var mustLook = true
    /// By the steady clock.
    private var lookedAt: EventTime?
    private var isWoken = false
    private var hasYielded = false

    private static let limit = 64
    /// Others set due times too, and a worker that always has input never waits for nothing.
    private static let longestUnlooked = Span.milliseconds(200)

    /// The due members of each set, in one round trip; none when it is not yet time to look.
    ///
    /// - Parameter hasWork: there are entries or answers in hand. They are decided on first, since
    ///   looking would cost them a round trip; one turn later, it is the due times' turn.
    mutating func due(
        _ sets: [DueSet], behind hasWork: Bool = false, _ session: any BusSession
    ) throws(BusError) -> [[DueTime]] {
        guard !sets.isEmpty, isTime(session), !yields(to: hasWork) else {
            return sets.map { _ in [] }
        }
        return try look(at: sets, session)
    }

    /// What the turn's wait for input has shown.
    mutating func waited(forNothing: Bool, woken: Bool) {
        if forNothing || woken { mustLook = true }
        isWoken = woken
    }

    /// Somebody has moved a time that was decided on.
    mutating func lookAgain() { mustLook = true }

    private func isTime(_ session: any BusSession) -> Bool {
        mustLook || next.map { $0 <= session.wall } ?? false
            || lookedAt.map { session.steady - $0 >= Self.longestUnlooked } ?? true
    }

    private mutating func yields(to hasWork: Bool) -> Bool {
        hasYielded = hasWork && !isWoken && !hasYielded
        return hasYielded
    }

    private mutating func look(
        at sets: [DueSet], _ session: any BusSession
    ) throws(BusError) -> [[DueTime]] {
        lookedAt = session.steady
        let loaded = try session.load(sets.map { .due($0.key, limit: Self.limit) })
        mustLook = false
        next = nil
        isBehind = false
        var due: [[DueTime]] = []
        for (set, answer) in zip(sets, loaded.answers) {
            guard case .due(let times) = answer else { continue }
            let now = set.clock == .wall ? loaded.wall : loaded.now
            let ready = times.filter { $0.at <= now.milliseconds }
            due.append(ready)
            isBehind = isBehind || ready.count == Self.limit
            // A time by a replay's clock comes when the feed says so, and not by itself.
            if now == loaded.wall, let later = times.first(where: { $0.at > now.milliseconds }) {
                let time = EventTime(milliseconds: later.at)
                next = next.map { min($0, time) } ?? time
            }
        }
        return due
    }
}

/// A sorted set of due times, and the clock that they are told by.
package struct DueSet: Sendable, Hashable {
    package enum Clock: Sendable { case event, wall }

    package var key: Key
    package var clock: Clock

    package init(_ key: Key, by clock: Clock) {
        self.key = key
        self.clock = clock
    }
}
