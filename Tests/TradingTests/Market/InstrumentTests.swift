import Testing
import Trading

@Suite("Instruments")
struct InstrumentTests {
    static let expiry = Day(2025, 12, 30)

    static func option(
        _ securityID: String, _ strike: Int, _ side: OptionSide, expiry: Day = expiry
    ) -> Instrument {
        Instrument(
            id: InstrumentID(.nseDerivatives, securityID),
            symbol: "BANKNIFTY-Dec2025-\(strike)-\(side.text)", index: "BANKNIFTY",
            kind: .option(
                OptionContract(expiry: expiry, strike: Price(paise: strike * 100), side: side)),
            lot: Quantity(35), tickSize: Price(paise: 5), freezeQuantity: Quantity(600))
    }

    @Test(
        "The text form is exact",
        arguments: [
            "NSE_FNO:51460|BANKNIFTY-Dec2025-59400-CE|BANKNIFTY|OPTION|2025-12-30|59400.00|CE|35|0.05|600",
            "NSE_FNO:51461|BANKNIFTY-Dec2025-59400-PE|BANKNIFTY|OPTION|2025-12-30|59400.00|PE|35|0.05|",
            "IDX_I:25|BANKNIFTY|BANKNIFTY|INDEX||||1|0.05|",
            "NSE_EQ:22377|MAXHEALTH|MAXHEALTH|OTHER||||1|0.00|",
        ]
    )
    func roundTrip(text: String) {
        #expect(Instrument(text: text)?.text == text)
    }

    @Test(
        "Not an instrument",
        arguments: [
            "",
            "NSE_FNO:51460|S|BANKNIFTY|OPTION|2025-12-30|59400.00|CE|35|0.05",  // nine fields
            "NSE_FNO:51460|S|BANKNIFTY|OPTION|2025-12-30|59400.00|CE|35|0.05|600|",  // eleven
            "NSE_FNO:51460|S|BANKNIFTY|OPTION|2025-12-32|59400.00|CE|35|0.05|600",
            "NSE_FNO:51460|S|BANKNIFTY|OPTION|2025-12-30|NaN|CE|35|0.05|600",
            "NSE_FNO:51460|S|BANKNIFTY|OPTION|2025-12-30|59400.00|XX|35|0.05|600",
            "NSE_FNO:51460|S|BANKNIFTY|OPTION|2025-12-30|59400.00|CE||0.05|600",
            "NSE_FNO:51460|S|BANKNIFTY|OPTION|2025-12-30|59400.00|CE|35|0.05|many",
            "NSE_FNO:51460|S|BANKNIFTY|FUTURE||||35|0.05|600",
            "IDX_I:25|BANKNIFTY|BANKNIFTY|INDEX|2025-12-30|||1|0.05|",  // an index that expires
            "IDX_I:25||BANKNIFTY|INDEX||||1|0.05|",
            "25|BANKNIFTY|BANKNIFTY|INDEX||||1|0.05|",
        ]
    )
    func unreadable(text: String) {
        #expect(Instrument(text: text) == nil)
    }

    static let list = InstrumentList([
        option("3", 59_600, .call), option("1", 59_400, .call), option("2", 59_500, .call),
        option("4", 59_400, .put),
        option("5", 59_400, .call, expiry: Day(2026, 1, 27)),
    ])

    @Test(
        "At the money",
        arguments: [
            (5_949_999, .call, "2"),
            (5_945_000, .call, "1"),  // halfway: the lower strike
            (5_945_001, .call, "2"),
            (5_955_000, .call, "2"),
            (1, .call, "1"),
            (9_999_999, .call, "3"),
            (5_960_000, .put, "4"),  // the only put
        ] as [(Int, OptionSide, String)]
    )
    func atTheMoney(spot: Int, side: OptionSide, id: String) {
        let chosen = Self.list.atTheMoney(
            of: "BANKNIFTY", expiry: Self.expiry, side: side, spot: Price(paise: spot))
        #expect(chosen?.id == InstrumentID(.nseDerivatives, id))
    }

    @Test func `look-ups by id, series and expiry`() {
        let list = Self.list
        let calls = list.options(of: "BANKNIFTY", expiry: Self.expiry, side: .call)
        #expect(calls.map(\.id.securityID) == ["1", "2", "3"])
        #expect(list[InstrumentID(.nseDerivatives, "4")]?.option?.side == .put)
        #expect(list[InstrumentID(.bseDerivatives, "4")] == nil)
        #expect(list.expiries(of: "BANKNIFTY") == [Self.expiry, Day(2026, 1, 27)])
        #expect(list.nearestExpiry(of: "BANKNIFTY", onOrAfter: Self.expiry) == Self.expiry)
        #expect(
            list.nearestExpiry(of: "BANKNIFTY", onOrAfter: Self.expiry + 1) == Day(2026, 1, 27))
        #expect(list.nearestExpiry(of: "BANKNIFTY", onOrAfter: Day(2026, 1, 28)) == nil)
        #expect(list.nearestExpiry(of: "NIFTY", onOrAfter: Self.expiry) == nil)
        let spot = Price(paise: 2_600_000)
        #expect(list.atTheMoney(of: "NIFTY", expiry: Self.expiry, side: .put, spot: spot) == nil)
        #expect(list.instruments.map(\.id.securityID) == ["1", "2", "3", "4", "5"])
    }
}
