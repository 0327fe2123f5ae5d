import Testing
import Trading

@Suite("Bars")
struct BarTests {
    static let day = Day(2025, 12, 15)

    static func at(_ hour: Int, _ minute: Int, _ second: Int = 0) -> EventTime {
        EventTime(day, TimeOfDay(hour, minute, second))
    }

    static func bar(_ start: EventTime, _ open: Int, _ high: Int, _ low: Int, _ close: Int) -> Bar {
        Bar(
            start: start, open: Price(paise: open), high: Price(paise: high),
            low: Price(paise: low), close: Price(paise: close))
    }

    @Test func `a price of a later minute closes the bar`() {
        var builder = BarBuilder()
        #expect(builder.add(Price(paise: 100), at: Self.at(9, 15, 1)) == nil)
        #expect(builder.add(Price(paise: 130), at: Self.at(9, 15, 20)) == nil)
        #expect(builder.add(Price(paise: 90), at: Self.at(9, 15, 40)) == nil)
        let last = Self.at(9, 16) - .milliseconds(1)
        #expect(builder.add(Price(paise: 110), at: last) == nil)
        let closed = builder.add(Price(paise: 111), at: Self.at(9, 16))
        #expect(closed == Self.bar(Self.at(9, 15), 100, 130, 90, 110))
        // Three minutes without a price make no bars.
        let next = builder.add(Price(paise: 120), at: Self.at(9, 20, 30))
        #expect(next == Self.bar(Self.at(9, 16), 111, 111, 111, 111))
        #expect(builder.current == Self.bar(Self.at(9, 20), 120, 120, 120, 120))
    }

    @Test func `the clock closes a bar too, and only once`() {
        var builder = BarBuilder()
        #expect(builder.close(at: Self.at(9, 15)) == nil)
        _ = builder.add(Price(paise: 100), at: Self.at(9, 15, 1))
        #expect(builder.close(at: Self.at(9, 16) - .milliseconds(1)) == nil)
        #expect(builder.close(at: Self.at(9, 16)) == Self.bar(Self.at(9, 15), 100, 100, 100, 100))
        #expect(builder.close(at: Self.at(9, 17)) == nil)
        // A late price of the closed minute does not open it again.
        #expect(builder.add(Price(paise: 500), at: Self.at(9, 15, 59)) == nil)
        #expect(builder.current == nil)
        #expect(builder.close(at: Self.at(9, 18)) == nil)
        #expect(builder.add(Price(paise: 101), at: Self.at(9, 17, 1)) == nil)
        // Nor does one of a minute that was skipped.
        #expect(builder.add(Price(paise: 500), at: Self.at(9, 16, 30)) == nil)
        #expect(builder.close(at: Self.at(9, 18)) == Self.bar(Self.at(9, 17), 101, 101, 101, 101))
    }

    @Test(
        "Bars begin at whole stretches from the opening",
        arguments: [
            (1, "09:15:59", "09:15"), (5, "09:19:59", "09:15"), (5, "09:20", "09:20"),
            (15, "15:29", "15:15"), (60, "09:20", "09:15"), (60, "10:14", "09:15"),
            (60, "10:15", "10:15"), (7, "09:21", "09:15"), (7, "09:22", "09:22"),
            (5, "09:14", "09:10"),  // before the opening the grid goes on
        ]
    )
    func alignment(minutes: Int, time: String, start: String) throws {
        var builder = BarBuilder(minutes: minutes)
        let time = try #require(TimeOfDay(text: time))
        _ = builder.add(Price(paise: 100), at: EventTime(Self.day, time))
        #expect(builder.current?.start.timeOfDay.text == start)
    }

    @Test("Five-minute bars from minutes are those from prices", arguments: 0..<16 as Range<UInt64>)
    func nested(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var direct = BarBuilder(minutes: 5)
        var minute = BarBuilder()
        var nested = BarBuilder(minutes: 5)
        var expected: [Bar] = []
        var found: [Bar] = []
        func pass(_ bar: Bar?) {
            guard let bar else { return }
            if let late = nested.add(bar) { found.append(late) }
            if let done = nested.close(at: bar.start + .minutes(1)) { found.append(done) }
        }
        var now = Self.at(9, 15)
        while now < Self.at(15, 30) {
            let price = Price(paise: Int.random(in: 1...1_000, using: &random))
            if let bar = direct.add(price, at: now) { expected.append(bar) }
            pass(minute.add(price, at: now))
            // From many prices a minute to gaps of several bars.
            let pause = Int.random(in: 0...9, using: &random) == 0 ? 900_000 : 20_000
            now = now + .milliseconds(Int.random(in: 1...pause, using: &random))
        }
        let end = Self.at(15, 30)
        if let bar = direct.close(at: end) { expected.append(bar) }
        pass(minute.close(at: end))
        if let bar = nested.close(at: end) { found.append(bar) }
        #expect(found == expected)
        #expect(expected.count > 10)
    }

    @Test func `the text form of a bar is exact`() {
        let text = "1765770300000 59410.05 59432.00 59401.10 59420.00"
        #expect(Bar(text: text)?.text == text)
        #expect(Bar(text: text)?.start == Self.at(9, 15))
        #expect(Bar(text: text + " 1.00") == nil)
        #expect(Bar(text: "1765770300000 59410.05 59432.00 59401.10") == nil)
        #expect(Bar(text: "1765770300000 59410.05 NaN 59401.10 59420.00") == nil)
        #expect(Bar(text: "") == nil)
    }
}
