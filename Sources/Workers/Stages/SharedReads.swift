import Brokers
import Synchronization
import Trading

/// Reads of accounts' books, for all who want one at the same time: many unknown orders of an
/// account would otherwise ask so often that the broker answers none of them.
///
/// A read that takes long is not waited for alone. Another is made beside it, and the first good
/// answer counts; one that fails is repeated once: exits wait for it.
final class SharedReads: Sendable {
    /// Nil: none of the reads was good.
    typealias Answer = @Sendable (_ book: OrderBook?, _ asked: EventTime) -> Void

    private struct Wish {
        /// The read that it shares; an older one does not answer it. By numbers and not by times:
        /// clocks are set.
        var from: Int
        var answer: Answer
    }

    private struct Read {
        var number: Int
        /// By the wall's clock.
        var asked: EventTime
    }

    private struct Account {
        /// Those under way.
        var reads: [Read] = []
        var count = 0
        var wishes: [Wish] = []
        /// The last read has failed, and is to be repeated.
        var repeats = false
        /// It has been, since the last good one.
        var hasRepeated = false

        /// - Returns: another read, if one is to be made now.
        mutating func start(at wall: EventTime) -> Read? {
            if let last = reads.last {
                guard wall - last.asked >= SharedReads.patience,
                    reads.count < SharedReads.mostAtOnce
                else { return nil }
            }
            repeats = false
            count += 1
            let read = Read(number: count, asked: wall)
            reads.append(read)
            return read
        }

        /// - Returns: those who need wait no longer.
        mutating func end(_ read: Read, isGood: Bool) -> [Wish] {
            reads.removeAll { $0.number == read.number }
            if !isGood, reads.isEmpty, !wishes.isEmpty, !hasRepeated {
                (repeats, hasRepeated) = (true, true)
                return []
            }
            if reads.isEmpty { hasRepeated = false }
            let latest = reads.last?.number ?? 0
            func isDone(_ wish: Wish) -> Bool {
                isGood ? wish.from <= read.number : wish.from > latest
            }
            let done = wishes.filter(isDone)
            wishes.removeAll(where: isDone)
            return done
        }
    }

    static let patience = Span.seconds(1)
    static let mostAtOnce = 2

    private let accounts = Mutex<[AccountID: Account]>([:])
    /// Brings the gateway's loop, which alone calls brokers, to ``hasten(_:at:)``.
    private let wake: @Sendable () -> Void

    init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    /// - Parameter answer: called once, with the time at which the book was asked for: before now,
    ///   where a read is shared.
    func book(
        of account: AccountID, _ broker: any Broker, at wall: EventTime, _ answer: @escaping Answer
    ) {
        let started = accounts.withLock { accounts in
            var own = accounts[account] ?? Account()
            defer { accounts[account] = own }
            let started = own.start(at: wall)
            own.wishes.append(Wish(from: own.count, answer: answer))
            return started
        }
        if let started { make(started, of: account, broker) }
    }

    /// Makes another read where somebody has waited too long for one, or it has failed.
    func hasten(_ brokers: [AccountID: any Broker], at wall: EventTime) {
        for account in accounts.withLock({ $0.keys.sorted() }) {
            guard let broker = brokers[account] else { continue }
            let started = accounts.withLock { accounts in
                accounts[account]?.wishes.isEmpty == false
                    ? accounts[account]?.start(at: wall) : nil
            }
            if let started { make(started, of: account, broker) }
        }
    }

    /// Nobody waits any more, whatever the reads under way bring.
    func abandon() {
        let wishes = accounts.withLock { accounts in
            defer { accounts = [:] }
            return accounts.keys.sorted().flatMap { accounts[$0]?.wishes ?? [] }
        }
        let none = EventTime(milliseconds: 0)
        for wish in wishes { wish.answer(nil, none) }
    }

    private func make(_ read: Read, of account: AccountID, _ broker: any Broker) {
        broker.orders { [self] result in
            let book = try? result.get()
            let (done, repeats) = accounts.withLock { accounts in
                let done = accounts[account]?.end(read, isGood: book != nil) ?? []
                return (done, accounts[account]?.repeats == true)
            }
            for wish in done { wish.answer(book, read.asked) }
            if repeats { wake() }
        }
    }
}
