import Trading

/// The price rose by this share of the entry price.
struct TakeProfit: RiskRule {
    let reason = ExitReason.takeProfit

    func evidence(in view: RiskView) -> String? {
        guard let limit = view.profile.takeProfit, let price = view.price else { return nil }
        let change = view.profit(at: price)
        guard change >= limit else { return nil }
        return "ltp=\(price.text) entry=\(view.entryPrice.text) change=\(change.text) "
            + "limit=\(limit.text)"
    }

    func quiet(in view: RiskView) -> QuietZone {
        view.profile.takeProfit.map { view.pricesBelow($0) } ?? .everywhere
    }
}
