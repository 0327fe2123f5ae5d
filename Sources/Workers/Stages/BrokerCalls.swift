package import MessageBus
import Synchronization
package import Trading

/// The calls to brokers that are under way, and the answers that wait for the gateway's loop.
///
/// Answers come from whatever thread the broker's client has; the loop takes them in its next
/// turn, so that one thread alone commits.
package final class BrokerCalls: Sendable {
    package enum Answer: Sendable {
        case placed(CorrelationID, Nonce, Result<Placed, BrokerError>)
        /// Whether it has left the machine: its answer says nothing that is believed.
        case cancelled(GatewayStage.Cancel, hasLeft: Bool)
        case book(CorrelationID, BookAnswer)

        var order: CorrelationID {
            switch self {
            case .placed(let id, _, _), .book(let id, _): id
            case .cancelled(let cancel, _): cancel.order
            }
        }
    }

    package struct BookAnswer: Sendable {
        var account: AccountID
        /// Of the order for which the book was read.
        var due: DueTime
        /// Nil: it could not be read, and nothing may be concluded.
        var book: OrderBook?
        var rule: AbsenceRule
        /// The server's run in which it was asked for.
        var run: RunID
        /// By the wall's clock: it says how things stood then, however long its answer has waited.
        var asked: EventTime
    }

    private struct State {
        var answers: [Answer] = []
        var busy: Set<CorrelationID> = []
    }
    private let state = Mutex(State())
    private let interrupt: any BusInterrupt

    package init(interrupt: any BusInterrupt) { self.interrupt = interrupt }

    package var hasAnswers: Bool { state.withLock { !$0.answers.isEmpty } }

    func answer(_ answer: Answer) {
        state.withLock { $0.answers.append(answer) }
        wake()
    }

    /// Ends the loop's wait for input.
    @Sendable func wake() { interrupt.wake() }

    /// In front of those that have come since.
    func putBack(_ answers: [Answer]) {
        state.withLock { $0.answers = answers + $0.answers }
    }

    func takeAnswers() -> [Answer] {
        state.withLock {
            let answers = $0.answers
            $0.answers = []
            return answers
        }
    }

    /// Claims the order for a cancel or a look; false while one is under way.
    func begin(_ order: CorrelationID) -> Bool {
        state.withLock { $0.busy.insert(order).inserted }
    }
    func finish(_ order: CorrelationID) { state.withLock { _ = $0.busy.remove(order) } }
    func isBusy(_ order: CorrelationID) -> Bool { state.withLock { $0.busy.contains(order) } }
}

/// Where nonces come from: random on a real machine, counted in a simulation.
package struct NonceSource: Sendable {
    private let make: @Sendable () -> UInt64

    package init(_ make: @escaping @Sendable () -> UInt64) { self.make = make }

    package static let random = NonceSource { .random(in: 0...UInt64.max) }

    func next() -> Nonce { Nonce(String(make(), radix: 36)) }
}
