import Trading

/// Points of profit were given back since the peak; only above a minimum peak, because without
/// one every position that never rose would be stopped after these few points.
struct PeakDrawdown: RiskRule {
    let reason = ExitReason.peakDrawdown

    func evidence(in view: RiskView) -> String? {
        guard let limit = view.profile.peakDrawdown, let price = view.price,
            let peak = view.watch.peak
        else { return nil }
        let best = view.profit(at: peak)
        guard best >= view.profile.peakDrawdownFrom else { return nil }
        // From the prices: two profits, each cut to basis points, would differ by a point.
        let given = (view.entryPrice + (peak - price)).change(from: view.entryPrice)
        guard given >= limit else { return nil }
        return "ltp=\(price.text) entry=\(view.entryPrice.text) peak=\(peak.text) "
            + "peak_profit=\(best.text) drawdown=\(given.text) limit=\(limit.text) "
            + "from=\(view.profile.peakDrawdownFrom.text)"
    }

    func quiet(in view: RiskView) -> QuietZone {
        guard let limit = view.profile.peakDrawdown else { return .everywhere }
        guard let peak = view.watch.peak else { return .nowhere }
        guard view.profit(at: peak) >= view.profile.peakDrawdownFrom else { return .everywhere }
        // The peak lies as far above this price as the entry price below that one.
        let zone = view.pricesBelow(limit)
        return zone == .nowhere
            ? .nowhere : QuietZone(lowest: peak - (zone.highest - view.entryPrice))
    }
}
