import Synchronization
package import Trading

/// Measures, inside one process, how long an exit takes from the tick that caused it to `exited`.
package final class Stopwatch: Sendable {
    private struct State {
        var steps: [EventTime: ContinuousClock.Instant] = [:]
        var exits = Durations()
    }
    private let state = Mutex(State())

    package init() {}

    /// The feed is about to write what happens at this time.
    package func step(_ time: EventTime) {
        let now = ContinuousClock.now
        state.withLock { $0.steps[time] = now }
    }

    /// A handler has committed the end of a position.
    package func exited(_ position: PositionTracker) {
        let now = ContinuousClock.now
        guard let asked = position.exitOrder?.at else { return }
        state.withLock {
            if let began = $0.steps[asked] { $0.exits.add(now - began) }
        }
    }

    package var exits: Durations { state.withLock { $0.exits } }
}
