import Trading

/// Rupees that were earned may not be lost again.
struct ProfitFloor: RiskRule {
    let reason = ExitReason.profitFloor

    func evidence(in view: RiskView) -> String? {
        guard let from = view.profile.profitFloorFrom, let price = view.price,
            let peak = view.watch.peak
        else { return nil }
        let best = view.openProfit(at: peak)
        let profit = view.openProfit(at: price)
        guard best >= from, profit < view.profile.profitFloor else { return nil }
        return "ltp=\(price.text) profit=\(profit.text) peak_profit=\(best.text) "
            + "floor=\(view.profile.profitFloor.text) from=\(from.text)"
    }

    func quiet(in view: RiskView) -> QuietZone {
        guard let from = view.profile.profitFloorFrom else { return .everywhere }
        guard let peak = view.watch.peak else { return .nowhere }
        guard view.openProfit(at: peak) >= from else { return .everywhere }
        return QuietZone(lowest: view.price(openProfit: view.profile.profitFloor))
    }
}
