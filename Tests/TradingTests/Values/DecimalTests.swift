import Testing
import Trading

@Suite("Decimal")
struct DecimalTests {
    @Test(
        "Text with two decimals",
        arguments: [
            ("524.3", 52_430),
            ("524.30", 52_430),
            ("524", 52_400),
            ("0.05", 5),
            ("-16.38", -1_638),
            ("-0.01", -1),
            ("0", 0),
            ("-0", 0),
            ("007.5", 750),
            ("23092.190000", 2_309_219),  // trailing zeros change nothing
            ("0.051", nil),  // a third digit would be lost
            ("23092.19921875", nil),
            ("92233720368547758.07", .max),
            ("92233720368547758.08", nil),  // overflow in the last digit
            ("92233720368547759", nil),  // overflow by the scale alone
            ("99999999999999999999", nil),
            ("NaN", nil),
            ("nan", nil),
            ("inf", nil),
            ("1e5", nil),
            ("+1", nil),
            (".5", nil),
            ("5.", nil),
            ("1.2.3", nil),
            ("1,000", nil),
            ("1 ", nil),
            (" 1", nil),
            ("--1", nil),
            ("1-", nil),
            ("-", nil),
            (".", nil),
            ("", nil),
            ("٣", nil),  // a digit, but not an ASCII one
        ] as [(String, Int?)]
    )
    func parse(text: String, value: Int?) {
        #expect(Decimal.parse(text, digits: 2) == value)
    }

    @Test(
        "Text without decimals",
        arguments: [("65", 65), ("65.0", 65), ("65.5", nil), ("65.", nil)] as [(String, Int?)]
    )
    func parseWhole(text: String, value: Int?) {
        #expect(Decimal.parse(text, digits: 0) == value)
    }

    @Test(
        "Format",
        arguments: [
            (52_430, 2, "524.30"), (5, 2, "0.05"), (-5, 2, "-0.05"), (0, 2, "0.00"),
            (-123_456, 4, "-12.3456"), (42, 0, "42"), (.min, 2, "-92233720368547758.08"),
        ] as [(Int, Int, String)]
    )
    func format(value: Int, digits: Int, text: String) {
        #expect(Decimal.format(value, digits: digits) == text)
    }

    @Test("What was written is what is read", arguments: 0..<16 as Range<UInt64>)
    func roundTrip(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for digits in 0...9 {
            let value = Int.random(in: -Int.max...Int.max, using: &random) >> (digits * 3)
            let text = Decimal.format(value, digits: digits)
            #expect(Decimal.parse(text, digits: digits) == value, "\(text), \(digits) digits")
        }
    }
}
