import Testing
import Trading

/// Numbers at the bounds of what is read from text, and one beyond them.
@Suite struct ReadableTests {
    @Test(
        "A price",
        arguments: [
            ("5000000", true), ("5000000.01", false), ("-5000000", true), ("-5000000.01", false),
            ("92233720368547758.07", false),
        ])
    func prices(text: String, readable: Bool) { #expect((Price(text: text) != nil) == readable) }

    @Test(
        "Money",
        arguments: [
            ("100000000000", true), ("100000000000.01", false), ("-100000000000.01", false),
            ("92233720368547758.07", false),
        ])
    func money(text: String, readable: Bool) { #expect((Money(text: text) != nil) == readable) }

    @Test("A percentage", arguments: [("1000", true), ("1000.01", false), ("-1000.01", false)])
    func percent(text: String, readable: Bool) {
        #expect((Percent(text: text) != nil) == readable)
    }

    @Test(
        "A quantity",
        arguments: [
            ("100000000", true), ("100000001", false), ("-100000001", false),
            ("9223372036854775807", false),
        ])
    func quantities(text: String, readable: Bool) {
        #expect((Quantity(text: text) != nil) == readable)
    }

    @Test(
        "A time",
        arguments: [
            ("0", true), ("-1", false), ("253402300799999", true), ("253402300800000", false),
            ("-9223372036854775808", false),
        ])
    func times(text: String, readable: Bool) {
        #expect((EventTime(text: text) != nil) == readable)
    }

    @Test(
        "A whole number",
        arguments: [
            ("1000000000000000", true), ("1000000000000001", false),
            ("-9223372036854775808", false), ("9223372036854775807", false),
        ])
    func wholes(text: String, readable: Bool) { #expect((Int(text: text) != nil) == readable) }

    @Test(
        "An attempt and a slice",
        arguments: [
            ("p-x1-1", true), ("p-x+1-1", false), ("p-x9223372036854775807-1", false),
            ("p-x1-9223372036854775807", false),
        ])
    func orders(text: String, readable: Bool) {
        #expect((CorrelationID(text: text) != nil) == readable)
    }

    @Test func `an entry at a time of no market is malformed`() {
        let mark = MarketEvent.clock(EventTime(milliseconds: 0)).fields
        let late = EventTime(milliseconds: Readable.time.upperBound + 1)
        #expect(throws: FieldError.self) { _ = try MarketEvent(mark, at: late) }
    }
}
