import Trading

extension SettingsKey {
    private static let risk = SettingsSection(
        named: "risk_profiles", \.riskProfiles, sample: RiskProfile())
    private static let session = TimeOfDay(9, 0)...TimeOfDay(16, 0)
    private static let share = Percent(basisPoints: 1)...Percent.percent(100)
    private static let profit = Percent(basisPoints: 1)...Percent.percent(1_000)
    private static let amount = Money.rupees(1)...Money.rupees(1_000_000_000)
    private static let span = Span.seconds(1)...Span.minutes(600)

    static let riskKeys = dayKeys + stopKeys + profitKeys + timeKeys

    private static let dayKeys = [
        risk.key("session_end", \.sessionEnd, session, "Everything is closed at this time"),
        risk.key(
            "expiry_session_end", \.expirySessionEnd, session, "…on the contract's expiry day"),
        risk.key(
            "daily_loss", \.dailyLoss, share,
            "Share of the capital, open positions included"),
    ]

    private static let stopKeys = [
        risk.key("stop_loss", \.stopLoss, share, "Loss at which a position is closed"),
        risk.list(
            "trailing_tiers", \.trailingTiers, count: 0...32,
            "From this profit on, the stop stands this far from the entry price; only ever rises"),
        risk.key(
            "breakeven_at", \.breakevenAt, profit,
            "Once at this profit, the stop is the entry price or more"),
    ]

    private static let profitKeys = [
        risk.key("take_profit", \.takeProfit, profit, "Profit at which a position is closed"),
        risk.key(
            "peak_drawdown", \.peakDrawdown, profit,
            "Points of profit given back since the peak…"),
        risk.key(
            "peak_drawdown_from", \.peakDrawdownFrom, .zero...(.percent(1_000)),
            "…once the peak was at least this"),
        risk.key(
            "profit_floor_from", \.profitFloorFrom, amount,
            "Once the open profit was this much…"),
        risk.key(
            "profit_floor", \.profitFloor, .zero...(.rupees(1_000_000_000)),
            "…it may not fall below this"),
    ]

    private static let timeKeys = [
        risk.key(
            "time_stop_losing", \.timeStopLosing, span, "Longest life of a position at a loss"),
        risk.key(
            "time_stop_winning", \.timeStopWinning, span, "Longest life of a position in profit"),
        risk.key(
            "stale_alarm", \.staleAlarm, span,
            "An open position without a tick this long raises an alarm…"),
        risk.key("stale_exit", \.staleExit, span, "…and this long, is closed"),
    ]
}

extension RiskProfile.Tier: RecordSetting {
    static let fields = [
        SettingShape.Field(
            name: "profit",
            scalar: .init(
                type: .percent, bounds: (Percent.zero...Percent.percent(1_000)).ordinals)),
        SettingShape.Field(
            name: "stop",
            scalar: .init(
                type: .percent, bounds: (Percent.percent(-100)...Percent.percent(1_000)).ordinals)),
    ]

    init?(texts: [String]) {
        guard texts.count == 2, let profit = Percent(setting: texts[0]),
            let stop = Percent(setting: texts[1])
        else { return nil }
        self.init(profit: profit, stop: stop)
    }

    var texts: [String] { [profit.setting, stop.setting] }
}
