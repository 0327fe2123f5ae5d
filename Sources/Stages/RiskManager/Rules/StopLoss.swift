import Trading

/// The price fell by this share of the entry price.
struct StopLoss: RiskRule {
    let reason = ExitReason.stopLoss

    func evidence(in view: RiskView) -> String? {
        guard let limit = view.profile.stopLoss, let price = view.price else { return nil }
        let change = view.profit(at: price)
        guard change <= -limit else { return nil }
        return "ltp=\(price.text) entry=\(view.entryPrice.text) change=\(change.text) "
            + "limit=\((-limit).text)"
    }

    func quiet(in view: RiskView) -> QuietZone {
        view.profile.stopLoss.map { view.pricesAbove(-$0) } ?? .everywhere
    }
}
