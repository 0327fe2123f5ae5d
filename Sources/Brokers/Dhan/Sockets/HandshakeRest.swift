import Synchronization
import Trading

/// How long one client of the broker connects to no socket, once it was asked for fewer
/// connections. The broker counts a client's handshakes, whichever socket they are for: a socket
/// that begins anew, and every other one, waits for the same end. From any thread; all times by
/// the steady clock.
package final class HandshakeRest: Sendable {
    private let course: Mutex<Course>

    /// - Parameter seed: of the chance in each rest's length.
    init(seed: UInt64) { course = Mutex(Course(random: SplitMix64(seed: seed))) }

    /// The end of the last rest; nil before the first.
    var until: EventTime? { course.withLock { $0.until } }

    /// A handshake was refused as one too many, or it was said over a connection.
    func begin(at now: EventTime) { course.withLock { $0.begin(at: now) } }

    /// A handshake has succeeded.
    func opened(at now: EventTime) { course.withLock { $0.opened(at: now) } }
}

private struct Course {
    var random: SplitMix64
    var until: EventTime?
    /// Of the last rest, without chance; nil once a handshake has succeeded since.
    var span: Span?

    /// The broker wants no less.
    static let shortest = Span.seconds(60)
    /// It has been seen to refuse for minutes; beyond that, prices are missed for nothing.
    static let longest = Span.minutes(5)

    init(random: SplitMix64) { self.random = random }

    /// Handshakes that were under way when one was refused are refused with it: they begin the rest
    /// anew, and do not double it.
    mutating func begin(at now: EventTime) {
        let last = span ?? .zero
        let next = isOver(at: now) ? Span(milliseconds: last.milliseconds * 2) : last
        let length = min(max(next, Self.shortest), Self.longest)
        span = length
        let end = now + length + random.jitter(of: length)
        until = max(until ?? end, end)
    }

    /// One that was under way when another was refused says nothing of the next.
    mutating func opened(at now: EventTime) {
        if isOver(at: now) { span = nil }
    }

    private func isOver(at now: EventTime) -> Bool { until.map { $0 <= now } ?? true }
}
