import Synchronization
import Trading

/// The marks of one gateway whose call has not left yet: while there are any, the timer runs to
/// the earliest of their deadlines.
///
/// They are opened by the gateway's loop and closed on whatever thread the broker's client has.
final class SenderMarks: Sendable {
    private struct Mark {
        let order: CorrelationID
        /// By the steady clock; nil until the batch is decided.
        var deadline: EventTime?
        /// The broker was called and has not said yet that the request has left.
        var isCalled = false
    }

    private let marks = Mutex<[Nonce: Mark]>([:])
    private let timer: (any SenderTimer)?

    init(timer: (any SenderTimer)?) { self.timer = timer }

    func open(_ nonce: Nonce, of order: CorrelationID) {
        marks.withLock { $0[nonce] = Mark(order: order) }
    }

    func call(_ nonce: Nonce) { marks.withLock { $0[nonce]?.isCalled = true } }

    /// The request has left, or will never leave: nothing is left for which this process must die.
    ///
    /// The timer is not set later when others stay: the loop does so in its next turn, and until
    /// then it runs to a deadline that is too early.
    func close(_ nonce: Nonce) {
        marks.withLock {
            $0[nonce] = nil
            if $0.isEmpty { timer?.disarm() }
        }
    }

    /// Only now, and with what is left of the deadline: a server that was slow to be read from
    /// kills nobody who has marked nothing yet.
    ///
    /// - Parameters:
    ///   - deadline: of the marks that have none yet.
    ///   - now: by the steady clock.
    /// - Returns: false when a deadline has passed: nothing may be marked then.
    func arm(until deadline: EventTime, now: EventTime) -> Bool {
        marks.withLock { marks in
            for (nonce, mark) in marks where mark.deadline == nil {
                marks[nonce]?.deadline = deadline
            }
            guard let first = marks.values.compactMap(\.deadline).min() else { return true }
            guard first > now else { return false }
            timer?.arm(first - now)
            return true
        }
    }

    /// The batch has failed, or the worker leaves: no mark in hand will be followed by its call.
    /// Calls under way go on.
    ///
    /// - Returns: the orders that nobody will send under these marks.
    @discardableResult func failed() -> [(order: CorrelationID, nonce: Nonce)] {
        marks.withLock { marks in
            let given = marks.filter { !$0.value.isCalled }
            marks = marks.filter(\.value.isCalled)
            if marks.isEmpty { timer?.disarm() }
            return given.map { ($0.value.order, $0.key) }
        }
    }
}
