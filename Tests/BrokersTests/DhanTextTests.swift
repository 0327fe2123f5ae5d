import Support
import Testing
import Trading

@testable import Brokers

@Suite struct DhanTextTests {
    @Test(
        "Numbers, to two decimals",
        arguments: [
            ("0", 0), ("-0", 0), ("115.64", 11_564), ("0.94999695", 95),
            ("25935.099609375", 2_593_510),
            ("1.7375706E9", 173_757_060_000), ("0.005", 1), ("-0.005", -1), ("0.004999", 0),
            ("65.0", 6_500), ("1e-5", 0), ("1e2", 10_000), ("999.995", 100_000), ("0.0e0", 0),
            ("1e", nil), ("", nil), ("-", nil), (".5", nil), ("5.", nil), ("NaN", nil),
            ("1e400", nil),
            ("1e99999999999999999999", nil), ("1e-9223372036854775808", nil), ("0x1", nil),
            ("1 ", nil), ("+1", nil),
            ("92233720368547758.08", nil), ("-3.402823669209385e+38", nil),
        ] as [(String, Int?)])
    func number(text: String, scaled: Int?) {
        #expect(DhanNumber.scaled(text, decimals: 2) == scaled)
    }

    @Test func `a whole number has no fraction`() {
        #expect(DhanNumber.whole("1.7375706E9") == 1_737_570_600)
        #expect(DhanNumber.whole("65.000000") == 65 && DhanNumber.whole("65.5") == nil)
    }

    @Test(
        "JSON, and what it is written as again",
        arguments: [
            (" [1, 2.50 ,-3e-7]\n", "[1,2.50,-3e-7]"),
            (#"{"b":null,"a":[true,false,{}]}"#, #"{"a":[true,false,{}],"b":null}"#),
            (#""\u20b9\ud83d\ude00\n\"""#, "\"₹😀\\u000a\\\"\""),
        ])
    func json(text: String, again: String) throws {
        #expect(try JSON.parse(Array(text.utf8)).text == again)
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "[01]", "[1.]", "[.5]", "[+1]", "[NaN]",
        "[1e]", "nul", "\"", "\"\\x\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "[1] 2",
        "'a'", "{a:1}", "[1 2]", "\"\n\"", "<html>",
    ])
    func `is no JSON:`(text: String) {
        #expect(throws: JSONError.self) { try JSON.parse(Array(text.utf8)) }
    }

    @Test func `a million brackets end no process`() {
        let bytes = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        #expect(throws: JSONError.self) { try JSON.parse(bytes) }
    }

    @Test func `values that stand one after another are read one after another`() throws {
        var reader = JSONReader(Array("{} [1]\n2".utf8))
        #expect(try reader.next() == .object([:]))
        #expect(try reader.next() == .array([.number("1")]))
        #expect(try reader.next() == .number("2"))
        #expect(try reader.next() == nil)
    }

    @Test(
        "India's wall clock, as the broker writes it",
        arguments: [
            ("2025-12-15 10:00:00", EventTime.at(10, 0)),
            ("15/12/2025 10:00", EventTime.at(10, 0)),
            ("15/12/2025 10:00:01", EventTime.at(10, 0, 1)),
            ("2025-12-15T10:00:00.000", EventTime.at(10, 0)),
            ("NA", nil), ("2025-12-15", nil), ("0001-01-01 00:00:00", nil),
            ("31/04/2025 10:00", nil),
        ] as [(String, EventTime?)])
    func clock(text: String, time: EventTime?) {
        #expect(EventTime(indian: text) == time)
    }

    @Test func `a token prints as dots`() {
        let token = DhanToken("eyJhbGciOi")
        var dumped = ""
        dump(token, to: &dumped)
        #expect(!"\(token) \(String(reflecting: token)) \(dumped)".contains("eyJ"))
    }
}
