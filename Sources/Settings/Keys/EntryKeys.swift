import Trading

extension SettingsKey {
    private static let entry = SettingsSection(
        named: "entry_profiles", \.entryProfiles, sample: EntryProfile())
    private static let session = TimeOfDay(9, 0)...TimeOfDay(16, 0)
    private static let share = Percent(basisPoints: 1)...Percent.percent(100)
    private static let amount = Money.rupees(1)...Money.rupees(1_000_000_000)
    private static let premium = Price(paise: 5)...Price(paise: 100_000_00)

    static let entryKeys = whenKeys + limitKeys + contractKeys + sizeKeys

    private static let whenKeys = [
        entry.key("window_start", \.windowStart, session, "Entries from this time on"),
        entry.key("window_end", \.windowEnd, session, "…and before this one"),
        entry.key(
            "quote_age", \.quoteAge, .milliseconds(100)...(.minutes(5)),
            "Oldest quote that an entry may be decided on"),
        entry.key(
            "cooldown", \.cooldown, .zero...(.minutes(600)),
            "How long a contract is left alone after an exit"),
    ]

    private static let limitKeys = [
        entry.key(
            "daily_loss", \.dailyLoss, share,
            "Share of the capital that closed trades may lose"),
        entry.key(
            "profit_lock_from", \.profitLockFrom, amount,
            "Once the day's realised profit was this much…"),
        entry.key(
            "profit_lock_keep", \.profitLockKeep, share,
            "…entries stop when it falls below this share of its peak"),
        entry.key("max_trades", \.maxTrades, 1...100_000, unit: "trades", "Entries in a day"),
        entry.key("max_open", \.maxOpen, 1...1_000, unit: "positions", "Open positions at once"),
        entry.key(
            "max_open_per_index", \.maxOpenPerIndex, 1...1_000, unit: "positions",
            "Open positions at once on one index"),
        entry.key(
            "max_open_per_side", \.maxOpenPerSide, 1...1_000, unit: "positions",
            "Open positions at once on one index and side (call, put)"),
    ]

    private static let contractKeys = [
        entry.key("min_premium", \.minPremium, premium, "Cheapest option that is bought"),
        entry.key("max_premium", \.maxPremium, premium, "Dearest option that is bought"),
        entry.key("max_spread", \.maxSpread, share, "Widest (ask − bid) / bid"),
        entry.key(
            "min_open_interest", \.minOpenInterest, 1...1_000_000_000, unit: "units",
            "Least open interest"),
    ]

    private static let sizeKeys = [
        entry.key(
            "allocation", \.allocation, share, "Share of the capital that one position may cost"),
        entry.key(
            "risk_per_trade", \.riskPerTrade, share,
            "Share of the capital that is lost down to its stop"),
        entry.key("max_lots", \.maxLots, 1...10_000, unit: "lots", "Lots in one position"),
        entry.key(
            "price_protection", \.priceProtection, .zero...(.percent(50)),
            "How far above the ask the entry's limit stands"),
        entry.key(
            "order_validity", \.orderValidity, .milliseconds(100)...(.minutes(60)),
            "How long an entry may rest before it is cancelled"),
    ]
}
