package import Trading

/// What may be called how often: rolling windows, and a count for the day.
package enum RateGroup: String, Sendable, CaseIterable {
    case orders, data, quotes, rest

    /// Calls within each span, and within the day.
    fileprivate var limits: [(span: Span, calls: Int)] {
        switch self {
        case .orders: [(.seconds(1), 10), (.minutes(1), 250), (.minutes(60), 1_000)]
        case .data: [(.seconds(1), 5)]
        // At exactly one second's distance the second call still trips the real limiter.
        case .quotes: [(.milliseconds(1_050), 1)]
        case .rest: [(.seconds(1), 20)]
        }
    }

    fileprivate var daily: Int {
        switch self {
        case .orders: 7_000
        case .data: 100_000
        case .quotes, .rest: .max
        }
    }
}

package struct RateWindows: Sendable {
    private var calls: [RateGroup: [EventTime]] = [:]
    private var counts: [RateGroup: Int] = [:]
    private var day: Day?

    package init() {}

    /// False when the call is one too many; it does not count then.
    package mutating func take(_ group: RateGroup, now: EventTime) -> Bool {
        if day != now.day { (day, counts) = (now.day, [:]) }
        var recent = calls[group, default: []]
        let longest = group.limits.map(\.span).max() ?? .zero
        recent.removeAll { $0 + longest <= now }
        calls[group] = recent
        guard counts[group, default: 0] < group.daily else { return false }
        for limit in group.limits {
            let count = recent.reversed().prefix { $0 + limit.span > now }.count
            guard count < limit.calls else { return false }
        }
        calls[group]?.append(now)
        counts[group, default: 0] += 1
        return true
    }

    package func today(_ group: RateGroup) -> Int { counts[group, default: 0] }
}
