import Trading

// Whether anybody may enter now: halts, the server's memory, the signal's age, the calendar, the
// feed.

struct HaltCheck: EntryCheck {
    let reason = Refusal.halted

    func refusal(in view: EntryView) -> String? { view.halts.reason(for: view.account.id) }
}

/// A server that was restarted may have forgotten an entry that was sent.
struct ReconciliationCheck: EntryCheck {
    let reason = Refusal.unreconciled

    func refusal(in view: EntryView) -> String? { view.server.unreconciled }
}

struct SignalAgeCheck: EntryCheck {
    let reason = Refusal.signalExpired

    func refusal(in view: EntryView) -> String? {
        guard view.now > view.signal.expiresAt else { return nil }
        return "now=\(view.now.text) expires_at=\(view.signal.expiresAt.text)"
    }
}

struct CalendarCheck: EntryCheck {
    let reason = Refusal.calendar

    func refusal(in view: EntryView) -> String? {
        guard view.session.openSession(at: view.now) == nil else { return nil }
        return "day=\(view.now.day.text) session=\(view.session.summary)"
    }
}

/// Inside the window, inside the session, and early enough that the risk manager would not close
/// the position at once.
struct EntryWindowCheck: EntryCheck {
    let reason = Refusal.entryWindow

    func refusal(in view: EntryView) -> String? {
        let profile = view.profile
        let now = view.now.timeOfDay.text
        guard let session = view.session.openSession(at: view.now),
            profile.admits(view.now, in: session)
        else { return "now=\(now) window=\(profile.windowStart.text)–\(profile.windowEnd.text)" }
        guard let option = view.instrument?.option else { return nil }
        let end = SessionEnd.end(
            on: view.now.day, expiry: option.expiry,
            profile: view.account.risk(for: view.signal.strategy), session: view.session)
        return view.now < end ? nil : "now=\(now) session_end=\(end.timeOfDay.text)"
    }
}

struct FeedCheck: EntryCheck {
    let reason = Refusal.staleFeed

    func refusal(in view: EntryView) -> String? {
        let age = view.now - view.signal.quote.at
        guard age > view.profile.quoteAge else { return nil }
        return "age_ms=\(age.milliseconds) limit_ms=\(view.profile.quoteAge.milliseconds)"
    }
}

extension SessionAnswer {
    fileprivate var summary: String {
        switch self {
        case .open(let session): "of \(session.day.text)"
        case .closed(.weekend): "weekend"
        case .closed(.holiday(let name)): "holiday: \(name)"
        case .closed(.notAnnounced(let text)): "not announced: \(text)"
        case .unknown: "unknown year"
        }
    }
}
