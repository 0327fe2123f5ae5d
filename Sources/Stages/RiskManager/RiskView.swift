package import Trading

/// What a rule sees: one position at one instant.
package struct RiskView: Sendable {
    private let subject: RiskSubject
    package let watch: PositionTracker.Watch
    package let account: AccountRisk
    package let now: EventTime
    /// Whether the occasion is a tick or a mark, and not only a changed position.
    package let isMarketEvent: Bool
    /// How long the position has been without a tick.
    package let age: Span
    /// The last price, unless it is stale or the occasion brings none. A stale price is no price:
    /// neither a profit nor a loss may be read from it.
    package let price: Price?

    init(
        _ subject: RiskSubject, was old: PositionTracker.Watch, watch: PositionTracker.Watch,
        isMarketEvent: Bool, account: AccountRisk, now: EventTime
    ) {
        self.subject = subject
        self.watch = watch
        self.now = now
        self.isMarketEvent = isMarketEvent
        age = now - (watch.tickAt ?? subject.openedAt)
        price = isMarketEvent && age < subject.profile.staleAlarm ? watch.ltp : nil
        // The account's sum holds this position at its stored price; this tick replaces it.
        var account = account
        account.openProfit += subject.change(from: old, to: watch)
        self.account = account
    }

    package var entryPrice: Price { subject.entryPrice }
    package var openedAt: EventTime { subject.openedAt }
    package var expiry: Day { subject.expiry }
    package var profile: RiskProfile { subject.profile }
    package var sessionEnd: EventTime { subject.sessionEnd }
    package var heldFor: Span { now - openedAt }

    /// Profit as a share of the entry price.
    package func profit(at price: Price) -> Percent { price.change(from: entryPrice) }

    /// Profit in rupees, with what the position has realised and paid so far.
    package func openProfit(at price: Price) -> Money {
        subject.base + price * subject.remaining
    }

    /// From this price on, the open profit is at least that.
    func price(openProfit: Money) -> Price {
        Price(paise: (openProfit - subject.base).paise / subject.remaining.units + 1)
    }

    /// Whether this mark is the first that finds the last tick too old. Without knowledge of the
    /// mark before, it is taken to have been one second ago, as the feed writes them.
    func becameStale(since previous: EventTime?) -> Bool {
        let before = (previous ?? now - .seconds(1)) - (watch.tickAt ?? subject.openedAt)
        return before < profile.staleAlarm && profile.staleAlarm <= age
    }
}

/// What the rules know of the position's account.
package struct AccountRisk: Sendable, Hashable {
    package var capital: Money
    /// Net P&L of the positions closed today.
    package var realised: Money
    /// The sum of ``PositionTracker/openProfit`` over the account's open positions, this one
    /// included.
    package var openProfit: Money
    /// Why everything of the account must be closed; nil when it need not.
    package var flattenReason: String?

    package init(
        capital: Money, realised: Money = .zero, openProfit: Money = .zero,
        flattenReason: String? = nil
    ) {
        self.capital = capital
        self.realised = realised
        self.openProfit = openProfit
        self.flattenReason = flattenReason
    }
}

/// The rule that hit, and its inputs and thresholds.
package struct RiskHit: Sendable, Hashable {
    package var reason: ExitReason
    package var evidence: String
}

extension PositionTracker {
    /// What the position would come to if its remaining units were sold at this price, less the
    /// charges paid so far.
    package func openProfit(at price: Price) -> Money {
        gross + price * remaining - charges
    }

    /// The same at the last price seen, however old; at the entry price before the first.
    package var openProfit: Money {
        openProfit(at: watch.ltp ?? entry.averagePrice ?? Price(paise: 0))
    }
}
