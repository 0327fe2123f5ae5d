/// Fixed-point numbers of the indicators: ten-thousandths of the unit (paise, or points).
///
/// A Wilder average rounds by at most half a unit of this scale at each step and forgets an
/// n-th of its error each time, so that it stays within n/2 units of the exact one: for a period
/// of 14 less than a thousandth of a paisa. `Double` would do as well in one run, yet not the
/// same on every machine and not after a trip through text.
enum FixedPoint {
    static let scale = 10_000

    /// To the nearest whole unit, halves away from zero.
    static func rounded(_ value: Int) -> Int { divide(value, by: scale) }

    /// To the nearest, halves away from zero. `divisor` is positive.
    static func divide(_ value: Int, by divisor: Int) -> Int {
        let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
        return 2 * abs(rest) >= divisor ? quotient + value.signum() : quotient
    }
}

/// J. Welles Wilder's smoothing ("New Concepts in Technical Trading Systems", 1978): the plain
/// mean of the first n values, then average + (value − average) / n. Values come in the scale of
/// ``FixedPoint``.
struct WilderAverage: Hashable, Sendable {
    let period: Int
    /// Values taken so far, up to `period`.
    private(set) var count: Int
    /// The sum while values are being collected, the average afterwards.
    private(set) var total: Int

    init(period: Int) {
        precondition(period > 0, "an average needs a period")
        self.period = period
        count = 0
        total = 0
    }

    /// Nil for a state that this type can't have.
    init?(period: Int, count: Int?, total: Int?) {
        guard period > 0, let count, let total, (0...period).contains(count) else { return nil }
        self.period = period
        self.count = count
        self.total = total
    }

    /// The average; nil until `period` values are there.
    var value: Int? { count == period ? total : nil }

    mutating func add(_ value: Int) -> Int? {
        if count == period {
            total = FixedPoint.divide(total * (period - 1) + value, by: period)
            return total
        }
        count += 1
        total += value
        if count < period { return nil }
        total = FixedPoint.divide(total, by: period)
        return total
    }
}

extension Bar {
    /// How far the price has moved in this bar, the gap from the previous close included, in the
    /// scale of ``FixedPoint``.
    func trueRange(after previous: Price?) -> Int {
        let top = max(high, previous ?? high)
        let bottom = min(low, previous ?? low)
        return (top - bottom).paise * FixedPoint.scale
    }
}
