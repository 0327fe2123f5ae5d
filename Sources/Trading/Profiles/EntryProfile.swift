/// Whether an account may enter, and how large. Nil switches a limit off.
package struct EntryProfile: Sendable, Hashable {
    package var windowStart = TimeOfDay(9, 20)
    /// Exclusive.
    package var windowEnd = TimeOfDay(15, 15)
    /// The oldest quote that an entry may be decided on.
    package var quoteAge: Span = .seconds(5)
    /// Share of the account's capital that its closed trades may lose in a day.
    package var dailyLoss: Percent? = .percent(5)
    /// Once the day's realised profit was this much, …
    package var profitLockFrom: Money? = .rupees(20_000)
    /// … entries stop when it falls below this share of its peak.
    package var profitLockKeep: Percent = .percent(60)
    package var maxTrades: Int? = 20
    package var maxOpen: Int? = 3
    package var maxOpenPerIndex: Int? = 2
    package var maxOpenPerSide: Int? = 1
    /// How long a contract is left alone after an exit.
    package var cooldown: Span = .seconds(180)
    package var minPremium: Price? = Price(paise: 20_00)
    package var maxPremium: Price? = Price(paise: 1_000_00)
    /// (ask − bid) / bid.
    package var maxSpread: Percent? = .percent(3)
    package var minOpenInterest: Int? = 50_000
    /// Share of the account's capital that one position may cost.
    package var allocation: Percent = .percent(30)
    /// Share of the account's capital that one position may lose down to its stop.
    package var riskPerTrade: Percent? = .percent(5)
    package var maxLots: Int? = 100
    /// The entry's limit stands this far above the ask.
    package var priceProtection: Percent = .percent(2)
    /// How long an entry order may rest before it is cancelled.
    package var orderValidity: Span = .seconds(10)

    package init() {}
}
