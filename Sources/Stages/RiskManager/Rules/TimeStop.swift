import Trading

/// The position was held too long; one that wins may be held longer.
///
/// Without a price nobody knows whether it wins, and the longer span holds: the stale feed has a
/// rule of its own.
struct TimeStop: RiskRule {
    let reason = ExitReason.timeStop

    func evidence(in view: RiskView) -> String? {
        guard let limit = limit(view), view.heldFor >= limit else { return nil }
        let ltp = view.price?.text ?? "unknown"
        return "ltp=\(ltp) entry=\(view.entryPrice.text) held_ms=\(view.heldFor.milliseconds) "
            + "limit_ms=\(limit.milliseconds)"
    }

    func quiet(in view: RiskView) -> QuietZone {
        let never = EventTime(milliseconds: .max)
        let losing = view.profile.timeStopLosing.map { view.openedAt + $0 } ?? never
        let winning = view.profile.timeStopWinning.map { view.openedAt + $0 } ?? never
        let first = min(losing, winning)
        if view.now < first { return QuietZone(until: first) }
        return QuietZone(lowest: view.entryPrice + Price(paise: 1), until: winning)
    }

    private func limit(_ view: RiskView) -> Span? {
        let losing = view.profile.timeStopLosing
        let winning = view.profile.timeStopWinning
        if let price = view.price { return price > view.entryPrice ? winning : losing }
        guard let losing, let winning else { return nil }
        return max(losing, winning)
    }
}
