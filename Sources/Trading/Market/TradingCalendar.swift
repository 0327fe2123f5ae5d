/// The hours in which index options trade on one day, in India's wall clock.
package struct MarketSession: Hashable, Sendable {
    package enum Kind: String, FieldValue {
        case normal
        /// A full session on a day that would be closed: the budget on a weekend.
        case special
        /// The hour of Diwali: prices move, but no contract expires on its day.
        case muhurat
    }

    package let day: Day
    package let kind: Kind
    package let opens: TimeOfDay
    package let closes: TimeOfDay

    package init(
        _ day: Day, _ kind: Kind = .normal, from opens: TimeOfDay, to closes: TimeOfDay
    ) {
        self.day = day
        self.kind = kind
        self.opens = opens
        self.closes = closes
    }

    package var opensAt: EventTime { EventTime(day, opens) }
    package var closesAt: EventTime { EventTime(day, closes) }

    /// The opening instant belongs to the session, the closing one no longer.
    package func contains(_ time: EventTime) -> Bool { opensAt <= time && time < closesAt }
}

/// Why no session is held on a day.
package enum Closure: Hashable, Sendable {
    case weekend
    case holiday(String)
    /// A session is planned, but its hours are not known; they are never guessed.
    case notAnnounced(String)
}

/// What the calendar knows of a day.
package enum SessionAnswer: Hashable, Sendable {
    case open(MarketSession)
    case closed(Closure)
    /// The calendar does not hold that year. Entries take it for closed, exits for open.
    case unknown

    /// Whether prices may move at `time`, which is of the day that was asked for.
    package func isOpen(at time: EventTime) -> Bool {
        switch self {
        case .open(let session): session.contains(time)
        case .closed: false
        case .unknown: true
        }
    }
}

/// Sessions and holidays of the derivatives segments of NSE and BSE, which have the same ones.
///
/// Pure data and pure look-ups. A holiday can be announced days before (15 January 2026 was), so
/// ``amended(closed:sessions:)`` takes what the settings add, and expiries of the day's
/// instrument list win over the ones derived here.
package struct TradingCalendar: Hashable, Sendable {
    private var years: Set<Int>
    private var closures: [Day: Closure]
    private var sessions: [Day: MarketSession]

    package init(years: Set<Int>, closed: [Day: Closure], sessions: [MarketSession]) {
        self.years = years
        self.closures = closed
        self.sessions = [:]
        for session in sessions { self.sessions[session.day] = session }
    }

    /// This calendar with late announcements. The newest word on a day wins.
    package func amended(
        closed: [Day: Closure] = [:], sessions added: [MarketSession] = []
    ) -> TradingCalendar {
        var calendar = self
        for (day, reason) in closed {
            calendar.sessions[day] = nil
            calendar.closures[day] = reason
        }
        for session in added {
            calendar.closures[session.day] = nil
            calendar.sessions[session.day] = session
        }
        return calendar
    }

    package func session(on day: Day) -> SessionAnswer {
        if let session = sessions[day] { return .open(session) }
        guard years.contains(day.civil.year) else { return .unknown }
        if let closure = closures[day] { return .closed(closure) }
        switch day.weekday {
        case .saturday, .sunday: return .closed(.weekend)
        case .monday, .tuesday, .wednesday, .thursday, .friday: break
        }
        return .open(MarketSession(day, from: Self.opens, to: Self.closes(on: day)))
    }

    /// Whether a full session is held. The hour of Diwali is none: the NIFTY weekly of Tuesday
    /// 21 October 2025, a Muhurat day, expired on Monday. False for a year that is not held.
    package func isTradingDay(_ day: Day) -> Bool {
        guard case .open(let session) = session(on: day) else { return false }
        return session.kind != .muhurat
    }

    /// The last trading day before `day`; nil when the search leaves the years that are held.
    package func previousTradingDay(before day: Day) -> Day? {
        var candidate = day + -1
        while session(on: candidate) != .unknown {
            if isTradingDay(candidate) { return candidate }
            candidate = candidate + -1
        }
        return nil
    }

    private static let opens = TimeOfDay(9, 15)

    /// Ten minutes longer from 3 August 2026: NSE/FAOP/74467, BSE notices of 12 June and
    /// 1 August 2026.
    private static func closes(on day: Day) -> TimeOfDay {
        day < Day(2026, 8, 3) ? TimeOfDay(15, 30) : TimeOfDay(15, 40)
    }
}
