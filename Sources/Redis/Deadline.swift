import Glibc

/// A point on the monotonic clock: one wait in several steps keeps one end.
struct Deadline {
    let milliseconds: Int
    private let end: Int

    init(in milliseconds: Int) {
        self.milliseconds = milliseconds
        end = Self.now() + milliseconds * 1_000_000
    }

    /// Milliseconds for `poll(2)`, rounded up so that the last one is not spent spinning.
    var remaining: Int32 {
        let left = (end - Self.now() + 999_999) / 1_000_000
        return Int32(clamping: max(0, left))
    }

    /// Nanoseconds since some fixed moment.
    private static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
