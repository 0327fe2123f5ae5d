import Testing
import Trading

@Suite("Trading calendar")
struct TradingCalendarTests {
    let calendar = TradingCalendar.derivatives

    @Test(
        "Open days",
        arguments: [
            ("2025-01-01", .normal, "09:15", "15:30"),
            ("2025-02-01", .special, "09:15", "15:30"),  // Saturday, budget
            ("2025-10-21", .muhurat, "13:45", "14:45"),
            ("2025-12-15", .normal, "09:15", "15:30"),
            ("2026-02-01", .special, "09:15", "15:30"),  // Sunday, budget
            ("2026-07-31", .normal, "09:15", "15:30"),
            ("2026-08-03", .normal, "09:15", "15:40"),  // ten minutes longer from here
            ("2026-12-31", .normal, "09:15", "15:40"),
        ] as [(String, MarketSession.Kind, String, String)]
    )
    func open(day: String, kind: MarketSession.Kind, opens: String, closes: String) throws {
        let day = try #require(Day(text: day))
        let session = MarketSession(
            day, kind, from: try #require(TimeOfDay(text: opens)),
            to: try #require(TimeOfDay(text: closes)))
        #expect(calendar.session(on: day) == .open(session))
        #expect(calendar.isTradingDay(day) == (kind != .muhurat))
    }

    @Test(
        "Prices may move in a session, and on a day that is not known",
        arguments: [
            ("2025-12-15", "09:14", false), ("2025-12-15", "09:15", true),
            ("2025-12-15", "15:29", true), ("2025-12-15", "15:30", false),
            ("2025-10-02", "10:00", false), ("2024-12-31", "10:00", true),
        ]
    )
    func isOpen(day: String, time: String, isOpen: Bool) throws {
        let day = try #require(Day(text: day))
        let time = EventTime(day, try #require(TimeOfDay(text: time)))
        #expect(calendar.session(on: day).isOpen(at: time) == isOpen)
    }

    @Test(
        "Closed days",
        arguments: [
            ("2025-01-04", .closed(.weekend)),
            ("2025-10-02", .closed(.holiday("Gandhi Jayanti"))),
            ("2025-10-22", .closed(.holiday("Diwali Balipratipada"))),
            ("2026-01-15", .closed(.holiday("Maharashtra municipal elections"))),
            ("2026-03-21", .closed(.weekend)),  // a holiday on a Saturday
            // A session will be held, but nobody has said when.
            ("2026-11-08", .closed(.notAnnounced("Muhurat, hours to be announced"))),
            ("2024-12-31", .unknown),
            ("2027-01-01", .unknown),
            ("2027-01-02", .unknown),  // not even a weekend is known of an unknown year
        ] as [(String, SessionAnswer)]
    )
    func closed(day: String, answer: SessionAnswer) throws {
        let day = try #require(Day(text: day))
        #expect(calendar.session(on: day) == answer)
        #expect(!calendar.isTradingDay(day))
    }

    @Test("Holidays on weekdays in a year", arguments: [(2025, 13), (2026, 16)])
    func holidays(year: Int, count: Int) {
        let days = (Day(year, 1, 1).number...Day(year, 12, 31).number).map(Day.init(number:))
        let holidays = days.filter {
            if case .closed(.holiday) = calendar.session(on: $0) { return true }
            return false
        }
        #expect(holidays.count == count)
        #expect(holidays.allSatisfy { $0.weekday != .saturday && $0.weekday != .sunday })
    }

    @Test(
        "The trading day before",
        arguments: [
            ("2025-12-16", "2025-12-15"),
            ("2025-12-15", "2025-12-12"),  // over a weekend
            ("2025-12-26", "2025-12-24"),  // over a holiday
            ("2025-02-03", "2025-02-01"),  // the budget's Saturday
            ("2025-10-23", "2025-10-20"),  // over the Muhurat hour and a holiday
            ("2027-01-01", "2026-12-31"),
            ("2027-01-02", nil),  // through days nobody knows
            ("2025-01-01", nil),
        ] as [(String, String?)]
    )
    func previous(day: String, before: String?) throws {
        let day = try #require(Day(text: day))
        #expect(calendar.previousTradingDay(before: day)?.text == before)
    }

    @Test func `a session holds its opening instant and not its closing one`() throws {
        let day = Day(2025, 12, 15)
        guard case .open(let session) = calendar.session(on: day) else {
            Issue.record("closed")
            return
        }
        #expect(session.contains(EventTime(day, TimeOfDay(9, 15))))
        #expect(!session.contains(EventTime(day, TimeOfDay(9, 15)) - .milliseconds(1)))
        #expect(session.contains(EventTime(day, TimeOfDay(15, 30)) - .milliseconds(1)))
        #expect(!session.contains(EventTime(day, TimeOfDay(15, 30))))
        #expect(!session.contains(EventTime(day + 1, TimeOfDay(12, 0))))
    }

    @Test func `a late announcement replaces what was known`() {
        let muhurat = MarketSession(
            Day(2026, 11, 8), .muhurat, from: TimeOfDay(13, 45), to: TimeOfDay(14, 45))
        let election = Day(2026, 9, 3)
        let amended = calendar.amended(
            closed: [election: .holiday("Election")], sessions: [muhurat])
        #expect(amended.session(on: muhurat.day) == .open(muhurat))
        #expect(amended.session(on: election) == .closed(.holiday("Election")))
        #expect(amended.weeklyExpiry(of: "SENSEX", onOrAfter: election + -1) == election + -1)
        #expect(calendar.weeklyExpiry(of: "SENSEX", onOrAfter: election) == election)
        let cancelled = amended.amended(closed: [muhurat.day: .weekend])
        #expect(cancelled.session(on: muhurat.day) == .closed(.weekend))
    }
}
