import Trading

extension SettingsKey {
    private static let paper = SettingsSection("paper", \.paper)
    private static let share = Percent.zero...Percent.percent(100)

    static let paperKeys = [
        paper.key(
            "latency", \.latency, .zero...(.minutes(1)),
            "From the broker to the exchange, and back"),
        paper.key(
            "slippage_ticks", \.slippageTicks, 0...1_000, unit: "ticks",
            "How much worse than the touch each fill is"),
        paper.key(
            "fill_share", \.fillShare, Percent(basisPoints: 1)...(.percent(100)),
            "Largest share of an order that one event fills"),
        paper.key(
            "respect_depth", \.respectDepth,
            "Fill no more than the quantity that stands at the touch"),
        paper.key("reject_rate", \.rejectRate, share, "Share of orders that the broker rejects"),
        paper.key(
            "assumed_spread", \.assumedSpread, share,
            "Half the spread, where the tick names no bid or ask"),
        paper.list(
            "protections", \.protections, count: 1...32,
            "A market order below this premium becomes a limit this far from the last price"),
    ]
}

extension PaperProfile.Protection: RecordSetting {
    private static let belowScalar = SettingShape.Scalar(
        type: .price, bounds: (Price(paise: 5)...Price(paise: 100_000_00)).ordinals,
        canBeOff: true)

    static let fields = [
        SettingShape.Field(name: "below", scalar: belowScalar),
        SettingShape.Field(
            name: "share",
            scalar: .init(type: .percent, bounds: (Percent.zero...Percent.percent(100)).ordinals)),
    ]

    init?(texts: [String]) {
        guard texts.count == 2, let share = Percent(setting: texts[1]) else { return nil }
        let isLast = Self.belowScalar.isOff(texts[0])
        guard isLast || Price(setting: texts[0]) != nil else { return nil }
        self.init(below: isLast ? nil : Price(setting: texts[0]), share: share)
    }

    var texts: [String] { [below?.setting ?? "off", share.setting] }
}
