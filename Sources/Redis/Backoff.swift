/// Delays between attempts: each twice the one before, up to a cap. Without jitter, so that a
/// simulation repeats itself; the few workers of one server need none. Sleeping is the caller's.
package struct Backoff: Hashable, Sendable {
    /// Milliseconds.
    package let first: Int
    /// Milliseconds.
    package let cap: Int
    private var upcoming: Int

    package init(first: Int = 50, cap: Int = 2_000) {
        precondition(first > 0 && cap >= first, "0 < first <= cap")
        self.first = first
        self.cap = cap
        upcoming = first
    }

    /// How many milliseconds to wait before the next attempt.
    package mutating func next() -> Int {
        defer { upcoming = upcoming > cap / 2 ? cap : upcoming * 2 }
        return upcoming
    }

    /// After a success: the next failure starts again at `first`.
    package mutating func reset() { upcoming = first }
}
