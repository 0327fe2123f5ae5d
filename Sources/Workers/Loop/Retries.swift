import MessageBus
import Trading

/// Deliveries that are still this worker's and come again later.
struct Retries {
    private var waiting: [(delivery: Delivery, at: EventTime)] = []

    var isEmpty: Bool { waiting.isEmpty }
    var next: EventTime? { waiting.map(\.at).min() }

    mutating func add(_ delivery: Delivery, at time: EventTime) {
        waiting.append((delivery, time))
    }

    /// Those whose time has come, in the order in which they were put off.
    mutating func take(until now: EventTime) -> [Delivery] {
        let ready = waiting.filter { $0.at <= now }
        waiting.removeAll { $0.at <= now }
        return ready.map { delivery, _ in
            var again = delivery
            again.isRedelivered = true
            return again
        }
    }

    /// After a reconnect everything pending is read anew.
    mutating func forget() { waiting = [] }
}
