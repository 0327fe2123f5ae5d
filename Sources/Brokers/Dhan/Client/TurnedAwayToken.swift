import Synchronization

/// The token that the broker turned away last. While no other is to be had, one order a second
/// knocks with it for all that wait: it may be good again, and each knock is a call that the
/// broker counts and the account's budget does not.
final class TurnedAwayToken: Sendable {
    private let last = Mutex<(token: DhanToken, until: Int)?>(nil)

    /// Milliseconds.
    static let pause = 1_000

    /// Whether an order may go with it now; whoever may is the one of the next second.
    func mayKnock(_ token: DhanToken, at now: Int) -> Bool {
        last.withLock { last in
            guard let known = last, known.token == token else { return true }
            guard now >= known.until else { return false }
            last = (token, now + Self.pause)
            return true
        }
    }

    func turnedAway(_ token: DhanToken, at now: Int) {
        last.withLock { $0 = (token, now + Self.pause) }
    }

    func wasLetIn(_ token: DhanToken) {
        last.withLock { if $0?.token == token { $0 = nil } }
    }
}
