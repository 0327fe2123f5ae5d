import Trading

/// The position was held too long; one that wins may be held longer.
///
/// Without a price nobody knows whether it wins, and the longer span holds: the stale feed has a
/// rule of its own.
struct TimeStop: RiskRule {
    let reason = ExitReason.timeStop

    func evidence(in view: RiskView) -> String? {
        let losing = view.profile.timeStopLosing
        let winning = view.profile.timeStopWinning
        guard let price = view.price else {
            guard let losing, let winning else { return nil }
            return evidence(view, ltp: "unknown", limit: max(losing, winning))
        }
        let limit = price > view.entryPrice ? winning : losing
        return limit.flatMap { evidence(view, ltp: price.text, limit: $0) }
    }

    private func evidence(_ view: RiskView, ltp: String, limit: Span) -> String? {
        guard view.heldFor >= limit else { return nil }
        return "ltp=\(ltp) entry=\(view.entryPrice.text) held_ms=\(view.heldFor.milliseconds) "
            + "limit_ms=\(limit.milliseconds)"
    }
}
