import Testing
import Trading

/// The expected numbers come from a separate computation in Python with floating point, written
/// from the textbook formulas on the same generated bars, and were rounded to whole paise and
/// hundredths. The tolerance of one unit is for that rounding alone: fixed point itself stays
/// within a thousandth of a paisa.
@Suite("Indicators")
struct IndicatorTests {
    @Test func `the generated bars are the ones that were computed with`() {
        let bars = SyntheticBars.make()
        #expect(bars[0].text == "1765770300000 50000.00 50024.62 49991.54 50022.58")
        #expect(bars[59].text == "1765773840000 50064.45 50099.89 50062.51 50099.22")
    }

    /// Bar, line in paise, trend.
    static let supertrend: [(bar: Int, line: Int, trend: Supertrend.Trend)] = [
        (7, 5018868, .bearish), (8, 5018868, .bearish), (9, 5018868, .bearish),
        (10, 5018868, .bearish), (11, 5010099, .bullish), (12, 5011896, .bullish),
        (13, 5011896, .bullish), (14, 5011896, .bullish), (15, 5011896, .bullish),
        (16, 5020363, .bearish), (17, 5019227, .bearish), (18, 5018081, .bearish),
        (19, 5017353, .bearish), (20, 5015394, .bearish), (21, 5012644, .bearish),
        (22, 5009655, .bearish), (23, 5006897, .bearish), (24, 5004759, .bearish),
        (25, 5004759, .bearish), (26, 5004759, .bearish), (27, 5004759, .bearish),
        (28, 5004759, .bearish), (29, 4995740, .bullish), (30, 4996731, .bullish),
        (31, 4998320, .bullish), (32, 5000835, .bullish), (33, 5002154, .bullish),
        (34, 5003956, .bullish), (35, 5004827, .bullish), (36, 5005953, .bullish),
        (37, 5005953, .bullish), (38, 5005953, .bullish), (39, 5005953, .bullish),
        (40, 5005953, .bullish), (41, 5013536, .bearish), (42, 5012179, .bearish),
        (43, 5011161, .bearish), (44, 5008830, .bearish), (45, 5006726, .bearish),
        (46, 5004232, .bearish), (47, 5001894, .bearish), (48, 4999739, .bearish),
        (49, 4999739, .bearish), (50, 4999739, .bearish), (51, 4999739, .bearish),
        (52, 4999739, .bearish), (53, 4999739, .bearish), (54, 4992623, .bullish),
        (55, 4994583, .bullish), (56, 4995365, .bullish), (57, 4995677, .bullish),
        (58, 4997954, .bullish), (59, 4999322, .bullish), (60, 5000459, .bullish),
    ]

    @Test func `supertrend (7, 3.0)`() {
        var indicator = Supertrend()
        let bars = SyntheticBars.make()
        for bar in bars[..<6] { #expect(indicator.add(bar) == nil) }
        var trend: Supertrend.Trend?
        var flips = 0
        for expected in Self.supertrend {
            guard let value = indicator.add(bars[expected.bar - 1]) else {
                Issue.record("no value at bar \(expected.bar)")
                return
            }
            #expect(value.trend == expected.trend, "bar \(expected.bar)")
            #expect(abs(value.line.paise - expected.line) <= 1, "bar \(expected.bar)")
            #expect(value.flipped == (trend != nil && trend != expected.trend))
            flips += value.flipped ? 1 : 0
            trend = expected.trend
        }
        #expect(flips == 5)
    }

    /// Bar, then ADX, +DI and −DI in hundredths of a point.
    static let adx: [(bar: Int, adx: Int, plus: Int, minus: Int)] = [
        (28, 2199, 3542, 3134), (29, 2100, 3523, 2996), (30, 2039, 3608, 2805),
        (31, 2033, 3831, 2584), (32, 2058, 4006, 2462), (33, 2128, 4239, 2262),
        (34, 2223, 4327, 2106), (35, 2311, 4141, 2015), (36, 2417, 4224, 1897),
        (37, 2459, 3914, 2106), (38, 2391, 3500, 2586), (39, 2273, 3277, 2826),
        (40, 2122, 3157, 3055), (41, 1971, 3010, 3006), (42, 1878, 2826, 3234),
        (43, 1829, 2631, 3340), (44, 1891, 2323, 4041), (45, 1995, 2100, 4212),
        (46, 2137, 1925, 4474), (47, 2313, 1757, 4749), (48, 2489, 1672, 4738),
        (49, 2634, 1687, 4461), (50, 2635, 2320, 3994), (51, 2567, 2657, 3731),
        (52, 2464, 2815, 3523), (53, 2343, 2885, 3367), (54, 2222, 3458, 3038),
        (55, 2109, 3342, 2936), (56, 2011, 3285, 2832), (57, 1976, 3485, 2565),
        (58, 1971, 3590, 2445), (59, 1993, 3708, 2329), (60, 2081, 4078, 2092),
    ]

    @Test func `ADX (14)`() {
        var indicator = ADX()
        let bars = SyntheticBars.make()
        for bar in bars[..<27] { #expect(indicator.add(bar) == nil) }
        for expected in Self.adx {
            guard let value = indicator.add(bars[expected.bar - 1]) else {
                Issue.record("no value at bar \(expected.bar)")
                return
            }
            #expect(abs(value.adx.basisPoints - expected.adx) <= 1, "bar \(expected.bar)")
            #expect(abs(value.plus.basisPoints - expected.plus) <= 1, "bar \(expected.bar)")
            #expect(abs(value.minus.basisPoints - expected.minus) <= 1, "bar \(expected.bar)")
        }
    }

    static func flat(_ minute: Int, _ paise: Int, spread: Int = 0) -> Bar {
        Bar(
            start: EventTime(milliseconds: minute * 60_000), open: Price(paise: paise),
            high: Price(paise: paise + spread), low: Price(paise: paise - spread),
            close: Price(paise: paise))
    }

    @Test func `a market that does not move has no direction`() {
        var adx = ADX(period: 2)
        var last: ADX.Value?
        for minute in 0..<10 { last = adx.add(Self.flat(minute, 100_000)) }
        #expect(last == ADX.Value(adx: .zero, plus: .zero, minus: .zero))
    }

    @Test func `a market that only rises has one direction`() {
        var adx = ADX(period: 2)
        var last: ADX.Value?
        for minute in 0..<10 { last = adx.add(Self.flat(minute, 100_000 + minute * 500)) }
        #expect(last == ADX.Value(adx: .percent(100), plus: .percent(100), minus: .zero))
    }

    @Test func `a close on the line does not flip, a close beyond it does`() {
        // A period of one: a range of 200 paise, bands 600 around 100000.
        var indicator = Supertrend(period: 1)
        let first = indicator.add(Self.flat(0, 100_000, spread: 100))
        #expect(first?.trend == .bearish)
        #expect(first?.line == Price(paise: 100_600))
        var onTheLine = indicator
        // Its own bands would be wider: the upper one carries over, and the close is on it.
        let touched = onTheLine.add(Self.flat(1, 100_600, spread: 100))
        #expect(touched?.trend == .bearish)
        #expect(touched?.line == Price(paise: 100_600))
        // Touching it has not broken it: it carries over once more.
        let after = onTheLine.add(Self.flat(2, 100_500, spread: 100))
        #expect(after?.line == Price(paise: 100_600))
        let broken = indicator.add(Self.flat(1, 100_601, spread: 100))
        #expect(broken?.trend == .bullish)
        #expect(broken?.flipped == true)
        // A range of 701 from the last close puts the lower band at 98498; the old one stays.
        #expect(broken?.line == Price(paise: 99_400))
    }
}
