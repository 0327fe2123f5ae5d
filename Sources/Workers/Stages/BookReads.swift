import MessageBus
import Synchronization
import Trading

/// Reads of brokers' books that are under way, and those that wait for the reconciler's loop.
///
/// Answers come from whatever thread the broker's client has.
final class BookReads: Sendable {
    /// What one account's books were asked for, and what came of it.
    struct Read: Sendable {
        var account: AccountID
        /// The due times that stood there when it was asked for, by their sets.
        var due: [Key: DueTime]
        /// By the wall's clock.
        var asked: EventTime
        /// Nil: they could not be read.
        var books: BrokerBooks?
        /// It was compared before, and that was refused.
        var isSecond = false
    }

    private struct State {
        var answers: [Read] = []
        /// Account → when it was asked, by the steady clock.
        var busy: [AccountID: EventTime] = [:]
    }
    private let state = Mutex(State())
    private let interrupt: any BusInterrupt

    /// A broker whose client never answers is asked again.
    private static let longestRead = Span.seconds(60)

    init(interrupt: any BusInterrupt) { self.interrupt = interrupt }

    var hasAnswers: Bool { state.withLock { !$0.answers.isEmpty } }

    /// False while a read of the account is under way.
    func begin(_ account: AccountID, now: EventTime) -> Bool {
        state.withLock { state in
            if let since = state.busy[account], now - since < Self.longestRead { return false }
            state.busy[account] = now
            return true
        }
    }

    func answer(_ read: Read) {
        state.withLock { $0.answers.append(read) }
        interrupt.wake()
    }

    func takeAnswers() -> [Read] {
        state.withLock { state in
            let answers = state.answers
            state.answers = []
            for answer in answers { state.busy[answer.account] = nil }
            return answers
        }
    }
}
