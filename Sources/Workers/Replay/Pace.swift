import Glibc
import Trading

/// How fast a replay goes.
package enum Pace: Sendable, Hashable {
    case max
    /// This many seconds of event time in one of the wall's.
    case times(Int)
}

/// Holds a replay back to its pace.
struct Pacer {
    private let pace: Pace
    private let from: EventTime
    private let startedAt = ContinuousClock.now

    init(_ pace: Pace, from: EventTime) {
        self.pace = pace
        self.from = from
    }

    /// Returns when the wall's clock has caught up with this event time.
    func wait(until time: EventTime) {
        guard case .times(let factor) = pace else { return }
        let due = startedAt + .milliseconds((time - from).milliseconds / factor)
        let left = due - ContinuousClock.now
        guard left > .zero else { return }
        let (seconds, attoseconds) = left.components
        Self.sleep(.milliseconds(Int(seconds) * 1_000 + Int(attoseconds / 1_000_000_000_000_000)))
    }

    static func sleep(_ span: Span) {
        usleep(UInt32(clamping: span.milliseconds * 1_000))
    }
}

/// Asks again at once while the answer is near, and ever less often when it is not.
struct Patience {
    private var asked = 0

    /// Long enough to tell a person what is being waited for.
    var isLong: Bool { asked > 200 }

    /// - Parameter isGlance: the last look was a short one. Whole looks are dear, and the server
    ///   that answers them is the one that the stages wait for.
    mutating func pause(afterGlance isGlance: Bool) {
        asked += 1
        if asked > 200 {
            usleep(10_000)
        } else if !isGlance || asked > 20 {
            usleep(isGlance ? 100 : 700)
        }
    }
}
