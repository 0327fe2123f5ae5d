/// How strongly a price trends, after Wilder: 0 for no direction at all, 100 for one only.
///
/// Directional movement and true range are smoothed from the second bar on, the directional index
/// from the first one that exists, so that the first value comes with bar 2 × period.
package struct ADX: Hashable, Sendable {
    /// Points from 0 to 100, rounded to hundredths.
    package struct Value: Hashable, Sendable {
        package let adx: Percent
        /// Strength of the upward and of the downward movement, as shares of the true range.
        package let plus: Percent
        package let minus: Percent

        package init(adx: Percent, plus: Percent, minus: Percent) {
            self.adx = adx
            self.plus = plus
            self.minus = minus
        }
    }

    private var range: WilderAverage
    private var up: WilderAverage
    private var down: WilderAverage
    private var index: WilderAverage
    private var previous: Bar?

    package init(period: Int = 14) {
        range = WilderAverage(period: period)
        up = range
        down = range
        index = range
    }

    package var period: Int { range.period }

    /// Takes a closed bar in. Nil until 2 × `period` bars are known.
    package mutating func add(_ bar: Bar) -> Value? {
        defer { previous = bar }
        guard let previous else { return nil }
        let rise = (bar.high - previous.high).paise
        let fall = (previous.low - bar.low).paise
        let range = range.add(bar.trueRange(after: previous.close))
        let up = up.add(rise > max(fall, 0) ? rise * FixedPoint.scale : 0)
        let down = down.add(fall > max(rise, 0) ? fall * FixedPoint.scale : 0)
        guard let range, let up, let down else { return nil }
        guard let adx = index.add(Self.points(abs(up - down), of: up + down)) else { return nil }
        return Value(
            adx: Self.percent(adx), plus: Self.percent(Self.points(up, of: range)),
            minus: Self.percent(Self.points(down, of: range)))
    }

    /// A hundred times the quotient, in the scale of ``FixedPoint``; zero where nothing moved.
    private static func points(_ part: Int, of whole: Int) -> Int {
        whole == 0 ? 0 : FixedPoint.divide(part * 100 * FixedPoint.scale, by: whole)
    }

    private static func percent(_ points: Int) -> Percent {
        Percent(basisPoints: FixedPoint.divide(points * 100, by: FixedPoint.scale))
    }
}

extension ADX: FieldValue {
    private static let keys =
        ["period", "count", "range", "up", "down", "index_count", "index"] + BarState.keys

    package init?(text: String) {
        guard let state = StateText.parse(text, keys: Self.keys), let period = state[0],
            let range = WilderAverage(period: period, count: state[1], total: state[2]),
            let up = WilderAverage(period: period, count: state[1], total: state[3]),
            let down = WilderAverage(period: period, count: state[1], total: state[4]),
            let index = WilderAverage(period: period, count: state[5], total: state[6]),
            let previous = BarState(state[7...])
        else { return nil }
        self.range = range
        self.up = up
        self.down = down
        self.index = index
        self.previous = previous.bar
    }

    package var text: String {
        let averages = [
            period, range.count, range.total, up.total, down.total, index.count, index.total,
        ]
        return StateText.format(averages + BarState(previous).numbers, keys: Self.keys)
    }
}
