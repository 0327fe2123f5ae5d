import Testing
import Trading

@testable import Settings

@Suite("Texts of values")
struct SettingValueTests {
    @Test(
        "A span",
        arguments: [
            ("50ms", 50), ("0s", 0), ("1500ms", 1_500), ("180s", 180_000), ("60s", 60_000),
            ("10m", 600_000), ("45m", 2_700_000),
        ])
    func span(text: String, milliseconds: Int) {
        #expect(Span(setting: text) == .milliseconds(milliseconds))
        #expect(Span.milliseconds(milliseconds).setting == text)
    }

    @Test(
        "Not a span",
        arguments: [
            "", "5", "m", "-5s", "5 s", "5h", "1.5s", "5S", "٣s",
            "9223372036854775807m",
        ])
    func notASpan(text: String) {
        #expect(Span(setting: text) == nil)
    }

    @Test(
        "The shortest text",
        arguments: [
            (SettingType.percent, 3_000, "30"), (.percent, 250, "2.5"),
            (.percent, -1_638, "-16.38"),
            (.rupees, 10_000_000, "100000"), (.rupees, 250_050, "2500.5"),
            (.multiplier, 300, "3.0"),
            (.multiplier, 125, "1.25"), (.time, 54_900_000, "15:15"), (.boolean, 1, "true"),
            (.price, 5, "0.05"),
        ])
    func shortest(type: SettingType, ordinal: Int, text: String) {
        #expect(type.text(of: ordinal) == text)
        #expect(type.ordinal(of: text) == ordinal)
    }

    @Test("What is written is what is read", arguments: 0..<16 as Range<UInt64>)
    func roundTrip(seed: UInt64) {
        var random = Xorshift(state: seed &* 0x9E37_79B9_7F4A_7C15 | 1)
        for type in SettingType.allCases where type.isOrdered {
            for _ in 0..<200 {
                let day = 0..<86_400
                let ordinal =
                    type == .time
                    ? Int.random(in: day, using: &random) * 1_000
                    : Int.random(in: 0..<10_000_000_000, using: &random)
                #expect(type.ordinal(of: type.text(of: ordinal)) == ordinal)
            }
        }
    }

    @Test(
        "Near names",
        arguments: [
            ("capitol", "capital", 1), ("", "abc", 3), ("abc", "", 3), ("same", "same", 0),
            ("partitons", "partitions", 1), ("kitten", "sitting", 3),
        ])
    func distance(left: String, right: String, expected: Int) {
        #expect(Suggestion.distance(left, right) == expected)
        #expect(Suggestion.distance(right, left) == expected)
    }
}

/// Small and seeded: a failing case is named by its seed.
private struct Xorshift: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
