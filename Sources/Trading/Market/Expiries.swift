/// Expiries by the exchanges' rule: NSE on Tuesdays and BSE on Thursdays since 1 September 2025,
/// monthly contracts on the month's last one, a holiday's on the trading day before.
///
/// For choosing and checking only: contracts to trade come from the day's instrument list, which
/// already knows a holiday that was announced yesterday.
extension TradingCalendar {
    /// The first weekly expiry on or after `day`; the month's last week counts, its weekly being
    /// the monthly contract. Nil for an index without weeklies, for days before the rule and for
    /// years that are not held.
    package func weeklyExpiry(of index: IndexName, onOrAfter day: Day) -> Day? {
        guard let index = MarketIndex.named(index), index.hasWeeklies, day >= Self.ruleBegins
        else { return nil }
        let nominal = index.exchange.expiryWeekday.first(onOrAfter: day)
        guard let expiry = tradingDay(onOrBefore: nominal) else { return nil }
        // This week's moved to before `day`; next week's holiday can't reach back a whole week.
        return expiry >= day ? expiry : tradingDay(onOrBefore: nominal + 7)
    }

    /// The first monthly expiry on or after `day`. Nil for an unknown index, for days before the
    /// rule and for years that are not held.
    package func monthlyExpiry(of index: IndexName, onOrAfter day: Day) -> Day? {
        guard let index = MarketIndex.named(index), day >= Self.ruleBegins else { return nil }
        let (year, month, _) = day.civil
        for offset in 0...1 {
            let following = Day(year, month, 1).adding(months: offset + 1)
            let nominal = index.exchange.expiryWeekday.last(before: following)
            guard let expiry = tradingDay(onOrBefore: nominal) else { return nil }
            if expiry >= day { return expiry }
        }
        return nil
    }

    private static let ruleBegins = Day(2025, 9, 1)

    private func tradingDay(onOrBefore day: Day) -> Day? {
        guard session(on: day) != .unknown else { return nil }
        return previousTradingDay(before: day + 1)
    }
}

extension Exchange {
    fileprivate var expiryWeekday: Weekday {
        switch self {
        case .nse: .tuesday
        case .bse: .thursday
        }
    }
}

extension Weekday {
    fileprivate func first(onOrAfter day: Day) -> Day {
        var candidate = day
        while candidate.weekday != self { candidate = candidate + 1 }
        return candidate
    }

    fileprivate func last(before day: Day) -> Day { first(onOrAfter: day + -7) }
}

extension Day {
    /// The first of the month that lies `months` after this day's.
    fileprivate func adding(months: Int) -> Day {
        let (year, month, _) = civil
        let count = year * 12 + month - 1 + months
        return Day(count / 12, count % 12 + 1, 1)
    }
}
