/// An instant, in milliseconds since the epoch.
package struct EventTime: Hashable, Comparable {
    package var milliseconds: Int

    package init(milliseconds: Int) { self.milliseconds = milliseconds }

    package static func < (left: EventTime, right: EventTime) -> Bool {
        left.milliseconds < right.milliseconds
    }
    package static func + (time: EventTime, span: Span) -> EventTime {
        EventTime(milliseconds: time.milliseconds + span.milliseconds)
    }
    package static func - (time: EventTime, span: Span) -> EventTime {
        EventTime(milliseconds: time.milliseconds - span.milliseconds)
    }
    package static func - (left: EventTime, right: EventTime) -> Span {
        Span(milliseconds: left.milliseconds - right.milliseconds)
    }

    /// India has had one offset and no summer time since 1945.
    private static let indianOffset = 19_800_000
    private static let dayLength = 86_400_000

    /// The calendar day in India.
    package var day: Day {
        Day(number: (milliseconds + Self.indianOffset).flooredDivision(by: Self.dayLength))
    }

    /// The wall clock in India.
    package var timeOfDay: TimeOfDay {
        let local = milliseconds + Self.indianOffset
        let midnight = local.flooredDivision(by: Self.dayLength) * Self.dayLength
        return TimeOfDay(milliseconds: local - midnight)
    }

    /// The start of the minute.
    package var minute: EventTime {
        EventTime(milliseconds: milliseconds.flooredDivision(by: 60_000) * 60_000)
    }

    package init(_ day: Day, _ time: TimeOfDay) {
        milliseconds = day.number * Self.dayLength + time.milliseconds - Self.indianOffset
    }
}

/// A length of time, in milliseconds.
package struct Span: Hashable, Comparable {
    package var milliseconds: Int

    package init(milliseconds: Int) { self.milliseconds = milliseconds }
    package static func milliseconds(_ count: Int) -> Span { Span(milliseconds: count) }
    package static func seconds(_ count: Int) -> Span { Span(milliseconds: count * 1_000) }
    package static func minutes(_ count: Int) -> Span { Span(milliseconds: count * 60_000) }
    package static func days(_ count: Int) -> Span { minutes(count * 24 * 60) }
    package static let zero = Span(milliseconds: 0)

    package static func + (left: Span, right: Span) -> Span {
        Span(milliseconds: left.milliseconds + right.milliseconds)
    }
    package static func < (left: Span, right: Span) -> Bool {
        left.milliseconds < right.milliseconds
    }
}

/// A wall-clock time in India, in milliseconds since midnight. Text: `"15:15"` or `"15:15:30"`.
package struct TimeOfDay: Hashable, Comparable {
    package var milliseconds: Int

    package init(milliseconds: Int) { self.milliseconds = milliseconds }
    package init(_ hour: Int, _ minute: Int, _ second: Int = 0) {
        milliseconds = ((hour * 60 + minute) * 60 + second) * 1_000
    }

    package static func < (left: TimeOfDay, right: TimeOfDay) -> Bool {
        left.milliseconds < right.milliseconds
    }
}

/// A calendar day in India. Text: `"2025-12-30"`.
package struct Day: Hashable, Comparable {
    /// Days since 1 January 1970.
    package var number: Int

    package init(number: Int) { self.number = number }

    /// Days from civil, after Howard Hinnant's "chrono-compatible low-level date algorithms":
    /// years begin in March, so that the leap day is the last of its year.
    package init(_ year: Int, _ month: Int, _ day: Int) {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.flooredDivision(by: 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        number = era * 146_097 + dayOfEra - 719_468
    }

    package var civil: (year: Int, month: Int, day: Int) {
        let shifted = number + 719_468
        let era = shifted.flooredDivision(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    package var weekday: Weekday {
        Weekday.allCases[(number + 4) - (number + 4).flooredDivision(by: 7) * 7]
    }

    package static func < (left: Day, right: Day) -> Bool { left.number < right.number }
    package static func + (day: Day, count: Int) -> Day { Day(number: day.number + count) }
}

package enum Weekday: Sendable, CaseIterable {
    case sunday, monday, tuesday, wednesday, thursday, friday, saturday
}

extension EventTime: FieldValue {
    package init?(text: String) {
        guard let milliseconds = Int(text: text), Readable.time.contains(milliseconds)
        else { return nil }
        self.init(milliseconds: milliseconds)
    }
    package var text: String { String(milliseconds) }
}

extension TimeOfDay: FieldValue {
    package init?(text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { $0.utf8.count == 2 ? plainNumber($0) : nil }
        guard numbers.count == parts.count, (2...3).contains(parts.count),
            (0...23).contains(numbers[0]), numbers.dropFirst().allSatisfy((0...59).contains)
        else { return nil }
        self.init(numbers[0], numbers[1], numbers.count == 3 ? numbers[2] : 0)
    }

    package var text: String {
        let seconds = milliseconds / 1_000
        let clock = [seconds / 3_600, seconds / 60 % 60].map(twoDigits).joined(separator: ":")
        return seconds % 60 == 0 ? clock : clock + ":" + twoDigits(seconds % 60)
    }
}

extension Day: FieldValue {
    package init?(text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2], let year = plainNumber(parts[0]),
            let month = plainNumber(parts[1]), let day = plainNumber(parts[2])
        else { return nil }
        self.init(year, month, day)
        // 31 April would quietly become 1 May.
        guard civil == (year, month, day) else { return nil }
    }

    package var text: String {
        let (year, month, day) = civil
        return "\(year)-\(twoDigits(month))-\(twoDigits(day))"
    }
}

private func twoDigits(_ number: Int) -> String {
    number < 10 ? "0\(number)" : String(number)
}

/// `Int` alone would read `"+9"` and `"-0"` too.
private func plainNumber(_ text: Substring) -> Int? {
    text.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) ? Int(text) : nil
}

extension Int {
    /// Division that rounds down also below zero, as days before 1970 need.
    fileprivate func flooredDivision(by divisor: Int) -> Int {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
