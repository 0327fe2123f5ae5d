package import Trading

/// The ticks on which surely no rule hits, so that they are dismissed by a few comparisons.
///
/// It may be smaller than the truth, never larger: rules leave a margin instead of repeating their
/// own rounding. It holds as long as the position's peak and stop and what its account has
/// realised stay as they are; the prices of the account's other positions are part of it.
package struct QuietZone: Sendable, Hashable {
    var lowest = Price(paise: .min)
    var highest = Price(paise: .max)
    /// Exclusive, both.
    var after = EventTime(milliseconds: .min)
    var until = EventTime(milliseconds: .max)
    /// What the account's open positions together must stay above.
    var openProfitAbove = Money(paise: .min)

    static let everywhere = QuietZone()
    static let nowhere = QuietZone(
        highest: Price(paise: .min), until: EventTime(milliseconds: .min))

    func intersection(_ other: QuietZone) -> QuietZone {
        QuietZone(
            lowest: max(lowest, other.lowest), highest: min(highest, other.highest),
            after: max(after, other.after), until: min(until, other.until),
            openProfitAbove: max(openProfitAbove, other.openProfitAbove))
    }

    /// - Parameter openProfit: of the account's positions, this one at the tick's price.
    package func covers(_ quote: Quote, openProfit: Money) -> Bool {
        lowest <= quote.ltp && quote.ltp <= highest && after < quote.at && quote.at < until
            && openProfit > openProfitAbove
    }
}

extension RiskView {
    /// From this price on, the profit is more than `share`, also cut to basis points.
    func pricesAbove(_ share: Percent) -> QuietZone {
        guard entryPrice > Price(paise: 0) else { return .nowhere }
        let next = Percent(basisPoints: share.basisPoints + 1)
        return QuietZone(lowest: entryPrice + next.of(entryPrice) + Price(paise: 1))
    }

    /// Up to this price, the profit is less than `share`, also cut to basis points.
    func pricesBelow(_ share: Percent) -> QuietZone {
        guard entryPrice > Price(paise: 0) else { return .nowhere }
        let next = Percent(basisPoints: share.basisPoints - 1)
        return QuietZone(highest: entryPrice + next.of(entryPrice) - Price(paise: 1))
    }
}
