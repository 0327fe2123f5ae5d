import Testing
import Trading

@Suite("Expiries")
struct ExpiriesTests {
    let calendar = TradingCalendar.derivatives

    enum Series: Sendable { case weekly, monthly }

    func expiry(_ series: Series, of index: IndexName, onOrAfter day: Day) -> Day? {
        switch series {
        case .weekly: calendar.weeklyExpiry(of: index, onOrAfter: day)
        case .monthly: calendar.monthlyExpiry(of: index, onOrAfter: day)
        }
    }

    @Test(
        "Moved by a holiday",
        arguments: [
            ("2025-10-21", "2025-10-20", "NIFTY", .weekly),  // a Muhurat hour is no trading day
            ("2025-10-02", "2025-10-01", "SENSEX", .weekly),
            ("2025-12-25", "2025-12-24", "SENSEX", .monthly),
            ("2026-01-15", "2026-01-14", "SENSEX", .weekly),
            ("2026-03-03", "2026-03-02", "NIFTY", .weekly),
            ("2026-03-26", "2026-03-25", "SENSEX", .monthly),
            ("2026-03-31", "2026-03-30", "NIFTY", .monthly),
            ("2026-04-14", "2026-04-13", "NIFTY", .weekly),
            ("2026-05-28", "2026-05-27", "SENSEX", .monthly),
            ("2026-10-20", "2026-10-19", "NIFTY", .weekly),
            ("2026-11-10", "2026-11-09", "NIFTY", .weekly),
            ("2026-11-24", "2026-11-23", "NIFTY", .monthly),
            ("2026-11-24", "2026-11-23", "BANKNIFTY", .monthly),
        ] as [(String, String, IndexName, Series)]
    )
    func moved(nominal: String, actual: String, index: IndexName, series: Series) throws {
        let nominal = try #require(Day(text: nominal))
        let actual = try #require(Day(text: actual))
        #expect(expiry(series, of: index, onOrAfter: nominal + -4) == actual)
        #expect(expiry(series, of: index, onOrAfter: actual) == actual)
        // On the nominal day itself that contract is gone.
        #expect(try #require(expiry(series, of: index, onOrAfter: nominal)) > nominal)
        if series == .monthly, MarketIndex.named(index)?.hasWeeklies == true {
            #expect(calendar.weeklyExpiry(of: index, onOrAfter: actual) == actual)
        }
    }

    @Test(
        "By the rule",
        arguments: [
            ("2025-09-01", "NIFTY", .weekly, "2025-09-02"),
            ("2025-09-01", "SENSEX", .weekly, "2025-09-04"),
            ("2025-12-15", "NIFTY", .weekly, "2025-12-16"),
            ("2025-12-15", "BANKNIFTY", .monthly, "2025-12-30"),
            ("2025-12-31", "BANKNIFTY", .monthly, "2026-01-27"),  // into the next year
            ("2026-12-30", "SENSEX", .monthly, "2026-12-31"),
            ("2026-02-23", "NIFTY", .monthly, "2026-02-24"),
            ("2025-12-15", "BANKNIFTY", .weekly, nil),  // no weeklies since November 2024
            ("2025-12-15", "RELIANCE", .monthly, nil),
            ("2025-08-29", "NIFTY", .weekly, nil),  // Thursdays, then
            ("2026-12-30", "NIFTY", .weekly, nil),  // the next one lies in an unknown year
            ("2026-12-30", "NIFTY", .monthly, nil),
        ] as [(String, IndexName, Series, String?)]
    )
    func rule(day: String, index: IndexName, series: Series, expected: String?) throws {
        let day = try #require(Day(text: day))
        #expect(expiry(series, of: index, onOrAfter: day)?.text == expected)
    }

    @Test func `the table of indices is found by name and by id`() {
        for index in MarketIndex.all {
            #expect(MarketIndex.named(index.name) == index)
            #expect(MarketIndex.with(id: index.id) == index)
            #expect(index.id.segment == .index)
        }
        #expect(MarketIndex.named("BANKNIFTY")?.id.text == "IDX_I:25")
        #expect(MarketIndex.named("SENSEX")?.exchange.derivatives == .bseDerivatives)
        #expect(Set(MarketIndex.all.map(\.id)).count == MarketIndex.all.count)
    }
}
