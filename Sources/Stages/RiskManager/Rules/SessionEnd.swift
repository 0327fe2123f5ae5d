import Trading

/// The day on which the position was opened is over for it, also for one that was carried
/// overnight: positions are intraday.
struct SessionEnd: RiskRule {
    let reason = ExitReason.sessionEnd

    /// A session that closes early, as at Diwali, ends this long before the exchange does.
    static let beforeClose = Span.minutes(5)

    func evidence(in view: RiskView) -> String? {
        let day = view.openedAt.day
        let expires = day >= view.expiry
        let usual = expires ? view.profile.expirySessionEnd : view.profile.sessionEnd
        var end = EventTime(day, usual)
        if case .open(let session) = view.session, session.day == day {
            end = min(end, session.closesAt - Self.beforeClose)
        }
        guard view.now >= end else { return nil }
        let now = "\(view.now.day.text)T\(view.now.timeOfDay.text)"
        return "now=\(now) end=\(day.text)T\(end.timeOfDay.text) expiry=\(view.expiry.text)"
    }
}
