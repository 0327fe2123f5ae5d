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
        let day = view.openedAt.day
        let end = Self.end(
            on: day, expiry: view.expiry, profile: view.profile, session: view.session)
        guard view.now >= end else { return nil }
        let now = "\(view.now.day.text)T\(view.now.timeOfDay.text)"
        return "now=\(now) end=\(day.text)T\(end.timeOfDay.text) expiry=\(view.expiry.text)"
    }
}
