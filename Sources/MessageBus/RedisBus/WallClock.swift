import Glibc
import Trading

/// This machine's clocks.
enum WallClock {
    static func now() -> EventTime { EventTime(milliseconds: milliseconds(CLOCK_REALTIME)) }

    /// Milliseconds since some fixed moment, for waits.
    static func monotonic() -> Int { milliseconds(CLOCK_MONOTONIC) }

    private static func milliseconds(_ clock: clockid_t) -> Int {
        var time = timespec()
        clock_gettime(clock, &time)
        return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
    }
}
