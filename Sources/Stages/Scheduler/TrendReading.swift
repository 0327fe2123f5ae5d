package import Trading

/// Supertrend and ADX of one length of bars.
struct TrendIndicators {
    var supertrend: Supertrend
    var adx: ADX

    init(_ profile: StrategyProfile) {
        supertrend = Supertrend(
            period: profile.supertrendPeriod,
            multiplierHundredths: profile.supertrendMultiplier.basisPoints / 100)
        adx = ADX(period: profile.adxPeriod)
    }

    /// - Parameter end: where the bar ends.
    mutating func add(_ bar: Bar, end: EventTime) -> TrendReading? {
        let trend = supertrend.add(bar)
        let strength = adx.add(bar)
        guard let trend, let strength else { return nil }
        return TrendReading(
            direction: trend.trend == .bullish ? .bullish : .bearish, adx: strength.adx,
            line: trend.line, end: end)
    }

    /// Whether both were made with these parameters; a state of others does not continue them.
    func fits(_ profile: StrategyProfile) -> Bool {
        let fresh = TrendIndicators(profile)
        return supertrend.period == fresh.supertrend.period
            && supertrend.multiplierHundredths == fresh.supertrend.multiplierHundredths
            && adx.period == fresh.adx.period
    }
}

/// What both say of one bar. Text: `bullish 24.31 59410.05 1765770300000`.
package struct TrendReading: Sendable, Hashable {
    package var direction: Direction
    package var adx: Percent
    package var line: Price
    /// Where the bar ended.
    package var end: EventTime
}

extension TrendReading: FieldValue {
    package init?(text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, let direction = Direction(text: parts[0]),
            let adx = Percent(text: parts[1]), let line = Price(text: parts[2]),
            let end = EventTime(text: parts[3])
        else { return nil }
        self.init(direction: direction, adx: adx, line: line, end: end)
    }

    package var text: String {
        [direction.text, adx.text, line.text, end.text].joined(separator: " ")
    }
}
