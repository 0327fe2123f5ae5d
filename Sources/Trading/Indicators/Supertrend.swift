/// A line that follows the price from below while it rises and from above while it falls.
///
/// Bands lie `multiplier` average true ranges (Wilder) around the bar's middle. A band that was
/// nearer to the price stays, unless the previous close had broken it. A close beyond the line
/// flips the trend; a close on it does not. As on the usual charts the trend begins as bearish,
/// at the bar that completes the first average.
package struct Supertrend: Hashable, Sendable {
    package struct Value: Hashable, Sendable {
        /// To the nearest paisa; decisions inside are made on the finer scale.
        package let line: Price
        package let trend: Trend
        /// Whether this bar turned the trend.
        package let flipped: Bool

        package init(line: Price, trend: Trend, flipped: Bool) {
            self.line = line
            self.trend = trend
            self.flipped = flipped
        }
    }

    package enum Trend: String, FieldValue {
        case bullish, bearish
    }

    /// The multiplier in hundredths: 300 for 3.0.
    package let multiplierHundredths: Int
    private var range: WilderAverage
    private var previousClose: Price?
    private var bands: Bands?

    /// In the scale of ``FixedPoint``.
    private struct Bands: Hashable {
        var upper: Int
        var lower: Int
        var trend: Trend

        var line: Int { trend == .bullish ? lower : upper }
    }

    package init(period: Int = 7, multiplierHundredths: Int = 300) {
        precondition(multiplierHundredths > 0, "bands need a width")
        self.multiplierHundredths = multiplierHundredths
        range = WilderAverage(period: period)
    }

    package var period: Int { range.period }

    /// Takes a closed bar in. Nil until `period` bars are known.
    package mutating func add(_ bar: Bar) -> Value? {
        let average = range.add(bar.trueRange(after: previousClose))
        defer { previousClose = bar.close }
        guard let average else { return nil }
        let next = bands(of: bar, average: average)
        let flipped = bands.map { $0.trend != next.trend } ?? false
        bands = next
        return Value(
            line: Price(paise: FixedPoint.rounded(next.line)), trend: next.trend, flipped: flipped)
    }

    private func bands(of bar: Bar, average: Int) -> Bands {
        let middle = (bar.high + bar.low).paise * FixedPoint.scale / 2
        let width = FixedPoint.divide(average * multiplierHundredths, by: 100)
        var next = Bands(upper: middle + width, lower: middle - width, trend: .bearish)
        let close = bar.close.paise * FixedPoint.scale
        if let bands, let previousClose {
            let previous = previousClose.paise * FixedPoint.scale
            if previous <= bands.upper { next.upper = min(next.upper, bands.upper) }
            if previous >= bands.lower { next.lower = max(next.lower, bands.lower) }
            next.trend = bands.trend
        }
        switch next.trend {
        case .bullish: next.trend = close < next.lower ? .bearish : .bullish
        case .bearish: next.trend = close > next.upper ? .bullish : .bearish
        }
        return next
    }
}

extension Supertrend: FieldValue {
    private static let keys = [
        "period", "multiplier", "count", "total", "close", "upper", "lower", "bullish",
    ]

    package init?(text: String) {
        guard let state = StateText.parse(text, keys: Self.keys), let period = state[0],
            let multiplier = state[1], multiplier > 0,
            let range = WilderAverage(period: period, count: state[2], total: state[3])
        else { return nil }
        multiplierHundredths = multiplier
        self.range = range
        previousClose = state[4].map(Price.init(paise:))
        switch (state[5], state[6], state[7]) {
        case (let upper?, let lower?, 0): bands = Bands(upper: upper, lower: lower, trend: .bearish)
        case (let upper?, let lower?, 1): bands = Bands(upper: upper, lower: lower, trend: .bullish)
        case (nil, nil, nil): bands = nil
        default: return nil
        }
    }

    package var text: String {
        let values = [
            period, multiplierHundredths, range.count, range.total, previousClose?.paise,
            bands?.upper, bands?.lower, bands.map { $0.trend == .bullish ? 1 : 0 },
        ]
        return StateText.format(values, keys: Self.keys)
    }
}
