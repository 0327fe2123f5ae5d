import Trading

/// The day on which the position was opened is over for it, also for one that was carried
/// overnight: positions are intraday.
struct SessionEnd: RiskRule {
    let reason = ExitReason.sessionEnd

    /// A session that closes early, as at Diwali, ends this long before the exchange does.
    static let beforeClose = Span.minutes(5)

    /// When positions of this contract end on `day`.
    static func end(
        on day: Day, expiry: Day, profile: RiskProfile, session: SessionAnswer
    ) -> EventTime {
        let usual = day >= expiry ? profile.expirySessionEnd : profile.sessionEnd
        let end = EventTime(day, usual)
        guard case .open(let session) = session, session.day == day else { return end }
        return min(end, session.closesAt - beforeClose)
    }

    func evidence(in view: RiskView) -> String? {
        guard view.now >= view.sessionEnd else { return nil }
        return "now=\(view.now.wallClock) end=\(view.sessionEnd.wallClock) "
            + "expiry=\(view.expiry.text)"
    }

    func quiet(in view: RiskView) -> QuietZone { QuietZone(until: view.sessionEnd) }
}

extension EventTime {
    fileprivate var wallClock: String { "\(day.text)T\(timeOfDay.text)" }
}
