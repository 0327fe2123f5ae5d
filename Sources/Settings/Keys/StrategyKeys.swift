import Trading

extension SettingsKey {
    private static let strategy = SettingsSection(
        named: "strategies", \.strategies, sample: StrategyProfile(id: "", indices: []))

    static let strategyKeys = [
        strategy.list(
            "indices", \.indices, count: 1...32, isRequired: true, "Indices it gives signals for"),
        strategy.key(
            "risk", \.risk, as: .name,
            "Its positions' risk profile, if not the account's own"),
        strategy.key(
            "supertrend_period", \.supertrendPeriod, 1...200, unit: "bars",
            "Bars of the average true range"),
        strategy.key(
            "supertrend_multiplier", \.multiplier,
            Multiplier(ordinal: 10)...Multiplier(ordinal: 20_00), unit: "average true ranges",
            "Distance of the band from the middle"),
        strategy.key("adx_period", \.adxPeriod, 2...200, unit: "bars", "Bars of the ADX"),
        strategy.key(
            "min_adx", \.minADX, .zero...(.percent(100)), unit: "ADX points",
            "Least ADX on one-minute bars"),
        strategy.key(
            "min_confirming_adx", \.minConfirmingADX, .zero...(.percent(100)), unit: "ADX points",
            "Least ADX on the confirming bars"),
        strategy.key(
            "confirmation_minutes", \.confirmationMinutes, 1...60, unit: "minutes",
            "Length of the confirming bars"),
        strategy.key(
            "only_on_turn", \.onlyOnTurn,
            "Only when the direction turns; else at every bar that agrees"),
        strategy.key(
            "strike_offset", \.strikeOffset, -20...20, unit: "strikes",
            "Strikes out of the money; negative: in the money"),
        strategy.key(
            "signal_validity", \.signalValidity, .milliseconds(100)...(.minutes(10)),
            "How long a signal may be followed"),
    ]
}

extension StrategyProfile {
    fileprivate var multiplier: Multiplier {
        get { Multiplier(ordinal: supertrendMultiplier.basisPoints / 100) }
        set { supertrendMultiplier = Percent(basisPoints: newValue.ordinal * 100) }
    }
}
