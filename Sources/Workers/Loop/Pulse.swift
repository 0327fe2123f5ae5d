import Synchronization
package import Trading

/// What a worker's loop shows of itself. Another thread writes it to Redis, so that a worker in a
/// long turn is seen to be alive, and one whose loop hangs is seen to hang.
package final class Pulse: Sendable {
    package struct Counts: Sendable {
        package var turns = 0
        package var turnAt: EventTime?
        package var handled = 0
        package var refused = 0
        /// From having a batch to having decided on it, loads included.
        package var durations = Durations()
        /// Standby or holder, for stages that have one holder.
        package var role: String?
        package var lastError: String?
    }

    package let worker: String
    package let stage: String
    private let counts = Mutex(Counts())

    package init(worker: String, stage: String) {
        self.worker = worker
        self.stage = stage
    }

    package var snapshot: Counts { counts.withLock { $0 } }
    package func update(_ body: (inout Counts) -> Void) { counts.withLock { body(&$0) } }

    package func turned(
        at time: EventTime, since started: ContinuousClock.Instant, handled count: Int
    ) {
        let elapsed = ContinuousClock.now - started
        update {
            $0.turns += 1
            $0.turnAt = time
            $0.handled += count
            if count > 0 { $0.durations.add(elapsed) }
        }
    }

    /// How long a heartbeat stands. A dead process is noticed when it has gone; with the time
    /// between two looks, its entries are claimed within three seconds.
    package static let life = Span.milliseconds(2_200)
    package static let period = Span.milliseconds(500)
    /// A loop without a turn this long is as good as dead.
    package static let longestTurn = Span.seconds(10)

    package func fields(process: Int, startedAt: EventTime, now: EventTime) -> Fields {
        let counts = snapshot
        var fields = Fields()
        fields.put(.stage, stage)
        fields.put(.process, process)
        fields.put(.startedAt, startedAt)
        fields.put(.at, now)
        fields.put(.turns, counts.turns)
        fields.put(.turnAt, counts.turnAt)
        fields.put(.handled, counts.handled)
        fields.put(.refused, counts.refused)
        fields.put(.p50, counts.durations.percentile(50))
        fields.put(.p99, counts.durations.percentile(99))
        fields.put(.role, counts.role)
        fields.put(.error, counts.lastError)
        return fields
    }

    /// Whether the loop behind this heartbeat hangs, as far as one look can tell: by the two times
    /// that the worker has told by its own clock.
    package static func hangs(_ fields: Fields) -> Bool {
        let lastTurn = try? fields.find(.turnAt, as: EventTime.self)
        // Before its first turn, a worker counts from its start.
        guard let since = lastTurn ?? (try? fields.find(.startedAt)),
            let at = try? fields.find(.at, as: EventTime.self)
        else { return false }
        return at - since >= longestTurn
    }
}
