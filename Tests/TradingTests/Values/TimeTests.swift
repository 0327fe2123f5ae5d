import Testing
import Trading

@Suite("Days and times in India")
struct TimeTests {
    @Test(
        "Instants and India's wall clock",
        arguments: [
            // UTC milliseconds, day, time of day
            (0, "1970-01-01", "05:30"),
            (-1, "1970-01-01", "05:29:59"),
            (-19_800_000, "1970-01-01", "00:00"),
            (-19_800_001, "1969-12-31", "23:59:59"),
            (1_765_770_300_000, "2025-12-15", "09:15"),
            (1_765_823_399_999, "2025-12-15", "23:59:59"),  // 18:29:59.999 UTC
            (1_765_823_400_000, "2025-12-16", "00:00"),  // 18:30 UTC is midnight in India
            (1_709_145_000_000, "2024-02-29", "00:00"),
        ]
    )
    func wallClock(milliseconds: Int, day: String, time: String) {
        let instant = EventTime(milliseconds: milliseconds)
        #expect(instant.day.text == day)
        #expect(instant.timeOfDay.text == time)
        #expect(EventTime(instant.day, instant.timeOfDay) == instant)
    }

    @Test(
        "Days",
        arguments: [
            ("2025-12-30", true), ("2024-02-29", true), ("2025-02-29", false),
            ("2025-04-31", false), ("2025-13-01", false), ("2025-00-10", false),
            ("2025-1-01", false), ("20251230", false), ("+025-01-01", false),
            ("2025-+1-01", false), ("2025-12-30 ", false), ("0001-01-01x", false), ("", false),
        ]
    )
    func days(text: String, readable: Bool) {
        #expect(Day(text: text)?.text == (readable ? text : nil))
    }

    @Test(
        "Times of day",
        arguments: [
            ("09:15", true), ("15:15:30", true), ("00:00", true), ("23:59:59", true),
            ("24:00", false), ("09:60", false), ("9:15", false), ("+9:15", false),
            ("-0:15", false), ("09:15:60", false), ("09", false), ("09:15:", false),
        ]
    )
    func times(text: String, readable: Bool) {
        #expect(TimeOfDay(text: text)?.text == (readable ? text : nil))
    }

    @Test func `every day of four centuries survives its civil and its text form`() {
        var weekday = Day(1800, 1, 1).weekday
        #expect(weekday == .wednesday)
        for number in Day(1800, 1, 1).number...Day(2200, 1, 1).number {
            let day = Day(number: number)
            let (year, month, date) = day.civil
            guard Day(year, month, date) == day, Day(text: day.text) == day,
                day.weekday == weekday
            else {
                Issue.record("\(day.text)")
                return
            }
            weekday = (day + 1).weekday
        }
    }

    @Test(
        "Weekdays",
        arguments: [
            ("1970-01-01", .thursday), ("2025-12-15", .monday), ("2026-02-01", .sunday),
            ("1969-12-27", .saturday),
        ] as [(String, Weekday)]
    )
    func weekdays(text: String, weekday: Weekday) {
        #expect(Day(text: text)?.weekday == weekday)
    }

    @Test func `spans add to instants`() {
        let open = EventTime(Day(2025, 12, 15), TimeOfDay(9, 15))
        #expect(open + .minutes(375) == EventTime(Day(2025, 12, 15), TimeOfDay(15, 30)))
        #expect(open - .seconds(900) == EventTime(Day(2025, 12, 15), TimeOfDay(9, 0)))
        #expect((open + .milliseconds(7)) - open == .milliseconds(7))
    }
}
