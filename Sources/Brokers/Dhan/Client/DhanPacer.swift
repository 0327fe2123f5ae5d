import Synchronization

/// Keeps one account's calls below the broker's limits, orders excepted: their budget lives in
/// Redis. Of the calls for books each process takes its share, so that no read waits for Redis.
///
/// A call that has to wait gets its time at once, in the order of asking.
final class DhanPacer: Sendable {
    enum Group: Hashable {
        /// Place, modify, cancel: paced by the budget.
        case order
        case nonTrading, data, quote
        /// One for each underlying and expiry.
        case chain(String)

        /// So many calls in so many milliseconds: of what is allowed, nine tenths for books and
        /// the like, shared by those who read them, but for each a whole book, three reads, a
        /// second; four fifths for data, and for quotes the spacing that was seen not to trip the
        /// limit.
        fileprivate func limit(among readers: Int) -> (calls: Int, window: Int)? {
            switch self {
            case .order: nil
            case .nonTrading: (max(3, 18 / max(1, readers)), 1_000)
            case .data: (4, 1_000)
            case .quote: (1, 1_100)
            case .chain: (1, 3_000)
            }
        }
    }

    /// The times of the last calls of a group, as many as its limit has.
    private let recent = Mutex<[Group: [Int]]>([:])
    private let readers = Mutex(usualReaders)

    /// Until it is known how many there are.
    static let usualReaders = 3

    /// Longer queues are a mistake of the caller's, who asks faster than the broker allows.
    static let longestDelay = 5_000

    func share(among readers: Int) { self.readers.withLock { $0 = readers } }

    /// - Returns: milliseconds to wait, nil when it would be too long.
    func delay(_ group: Group, at now: Int) -> Int? {
        guard let limit = group.limit(among: readers.withLock(\.self)) else { return 0 }
        return recent.withLock { recent in
            var times = (recent[group] ?? []).suffix(limit.calls)
            let free = times.count < limit.calls ? now : (times.first ?? now) + limit.window
            let start = max(now, free)
            guard start - now <= Self.longestDelay else { return nil }
            times.append(start)
            recent[group] = Array(times)
            return start - now
        }
    }
}
