import Brokers
import Synchronization
import Trading

/// Reads of accounts' books, one at a time for each account: who wants one while one is under way
/// shares it. Many unknown orders of an account would otherwise ask so often that the broker
/// answers none of them.
final class SharedReads: Sendable {
    typealias Answer = @Sendable (_ book: OrderBook?, _ asked: EventTime) -> Void

    private struct Read {
        /// By the wall's clock.
        var asked: EventTime
        var waiting: [Answer]
    }
    private let reads = Mutex<[AccountID: Read]>([:])

    /// - Parameter answer: called once, with the time at which the book was asked for: before now,
    ///   where a read is shared.
    func book(
        of account: AccountID, _ broker: any Broker, at wall: EventTime, _ answer: @escaping Answer
    ) {
        let isShared = reads.withLock { reads in
            reads[account, default: Read(asked: wall, waiting: [])].waiting.append(answer)
            return reads[account].map { $0.waiting.count > 1 } ?? false
        }
        if isShared { return }
        broker.orders { [self] result in
            guard let read = reads.withLock({ $0.removeValue(forKey: account) }) else { return }
            for answer in read.waiting { answer(try? result.get(), read.asked) }
        }
    }
}
