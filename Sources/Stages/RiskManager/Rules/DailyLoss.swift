import Trading

/// The account has lost what it may lose in a day, open positions included. It moves with the
/// prices of other positions, so a changed position alone does not trigger it.
struct DailyLoss: RiskRule {
    let reason = ExitReason.dailyLoss

    func evidence(in view: RiskView) -> String? {
        guard view.isMarketEvent, let share = view.profile.dailyLoss else { return nil }
        let account = view.account
        let limit = -share.of(account.capital)
        let total = account.realised + account.openProfit
        guard total <= limit else { return nil }
        return "day=\(total.text) realised=\(account.realised.text) "
            + "open=\(account.openProfit.text) limit=\(limit.text)"
    }

    func quiet(in view: RiskView) -> QuietZone {
        guard let share = view.profile.dailyLoss else { return .everywhere }
        return QuietZone(
            openProfitAbove: -share.of(view.account.capital) - view.account.realised)
    }
}
