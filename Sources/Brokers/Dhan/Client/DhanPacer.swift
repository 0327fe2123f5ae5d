import Synchronization

/// Keeps one account's calls below the broker's limits, orders excepted: their budget is shared
/// by all processes and lives in Redis.
///
/// A call that has to wait gets its time at once, in the order of asking.
final class DhanPacer: Sendable {
    enum Group: Hashable {
        /// Place, modify, cancel: paced by the budget.
        case order
        case nonTrading, data, quote
        /// One for each underlying and expiry.
        case chain(String)

        /// So many calls in so many milliseconds: of what is allowed, a third for books and the
        /// like, which several processes of an account read, four fifths for data, and for quotes
        /// the spacing that was seen not to trip the limit.
        fileprivate var limit: (calls: Int, window: Int)? {
            switch self {
            case .order: nil
            case .nonTrading: (6, 1_000)
            case .data: (4, 1_000)
            case .quote: (1, 1_100)
            case .chain: (1, 3_000)
            }
        }
    }

    /// The times of the last calls of a group, as many as its limit has.
    private let recent = Mutex<[Group: [Int]]>([:])

    /// Longer queues are a mistake of the caller's, who asks faster than the broker allows.
    static let longestDelay = 5_000

    /// - Returns: milliseconds to wait, nil when it would be too long.
    func delay(_ group: Group, at now: Int) -> Int? {
        guard let limit = group.limit else { return 0 }
        return recent.withLock { recent in
            var times = recent[group] ?? []
            let free = times.count < limit.calls ? now : times[0] + limit.window
            let start = max(now, free)
            guard start - now <= Self.longestDelay else { return nil }
            times.append(start)
            recent[group] = times.suffix(limit.calls)
            return start - now
        }
    }
}
