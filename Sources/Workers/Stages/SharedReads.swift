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
        /// When the read was asked for that it shares; an older one does not answer it.
        var from: EventTime
        var answer: Answer
    }

    private struct Account {
        /// When the reads under way were asked for, by the wall's clock.
        var reads: [EventTime] = []
        var wishes: [Wish] = []
        /// The last read has failed, and is to be repeated.
        var repeats = false
        /// It has been, since the last good one.
        var hasRepeated = false

        /// - Returns: whether another read is to be made now.
        mutating func starts(at wall: EventTime) -> Bool {
            guard let last = reads.last else {
                reads = [wall]
                repeats = false
                return true
            }
            guard wall - last >= SharedReads.patience, reads.count < SharedReads.mostAtOnce
            else { return false }
            reads.append(wall)
            return true
        }

        /// - Returns: those who need wait no longer.
        mutating func ends(_ asked: EventTime, isGood: Bool) -> [Wish] {
            if let index = reads.firstIndex(of: asked) { reads.remove(at: index) }
            if !isGood, reads.isEmpty, !hasRepeated {
                (repeats, hasRepeated) = (true, true)
                return []
            }
            if reads.isEmpty { hasRepeated = false }
            let latest = reads.max()
            func isDone(_ wish: Wish) -> Bool {
                if isGood { return wish.from <= asked }
                return latest.map { $0 < wish.from } ?? true
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
        let starts = accounts.withLock { accounts in
            let starts = accounts[account, default: Account()].starts(at: wall)
            let from = accounts[account]?.reads.last ?? wall
            accounts[account]?.wishes.append(Wish(from: from, answer: answer))
            return starts
        }
        if starts { read(account, broker, asked: wall) }
    }

    /// Makes another read where somebody has waited too long for one, or it has failed.
    func hasten(_ brokers: [AccountID: any Broker], at wall: EventTime) {
        let late = accounts.withLock { accounts in
            accounts.keys.sorted().filter {
                accounts[$0]?.wishes.isEmpty == false && accounts[$0]?.starts(at: wall) == true
            }
        }
        for account in late {
            if let broker = brokers[account] { read(account, broker, asked: wall) }
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

    private func read(_ account: AccountID, _ broker: any Broker, asked: EventTime) {
        broker.orders { [self] result in
            let book = try? result.get()
            let (done, repeats) = accounts.withLock { accounts in
                let done = accounts[account]?.ends(asked, isGood: book != nil) ?? []
                return (done, accounts[account]?.repeats == true)
            }
            for wish in done { wish.answer(book, asked) }
            if repeats { wake() }
        }
    }
}
