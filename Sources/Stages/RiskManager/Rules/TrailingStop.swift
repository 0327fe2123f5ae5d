import Trading

/// The price is at the stop that followed it up.
struct TrailingStop: RiskRule {
    let reason = ExitReason.trailingStop

    func evidence(in view: RiskView) -> String? {
        guard let price = view.price, let stop = view.watch.stop, let peak = view.watch.peak,
            price <= stop
        else { return nil }
        return "ltp=\(price.text) entry=\(view.entryPrice.text) peak=\(peak.text) "
            + "stop=\(stop.text)"
    }

    func quiet(in view: RiskView) -> QuietZone {
        view.watch.stop.map { QuietZone(lowest: $0 + Price(paise: 1)) } ?? .everywhere
    }
}
