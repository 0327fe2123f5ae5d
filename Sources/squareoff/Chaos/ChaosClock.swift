import Glibc
import Trading
import Workers

/// Event time runs beside the wall's clock, in the morning of a day on which the exchange is open.
struct ChaosClock {
    let shift: Span
    let begin: EventTime

    init() {
        begin = EventTime(GeneratedSession.day, TimeOfDay(9, 30))
        shift = begin - EventTime(milliseconds: Self.wall())
    }

    var now: EventTime { EventTime(milliseconds: Self.wall()) + shift }

    /// Milliseconds.
    static func wall() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
    }
}
