package import Trading

extension PositionTracker.Watch {
    /// Marks one tick. A bid that the tick does not name is unknown, not the old one: with the new
    /// tick's time beside it, it would look fresh.
    package mutating func take(_ quote: Quote) {
        ltp = quote.ltp
        bid = quote.bid
        tickAt = quote.at
        peak = max(peak ?? quote.ltp, quote.ltp)
    }

    /// Raises the trailing stop to the highest tier that the peak has reached, and to the entry
    /// price once breakeven is locked. It never falls, also where a later fill moves the entry
    /// price or the settings change.
    package mutating func raiseStop(_ profile: RiskProfile, entryPrice: Price) {
        guard let peak else { return }
        let reached = peak.change(from: entryPrice)
        var level = stop
        for tier in profile.trailingTiers where reached >= tier.profit {
            level = highest(level, entryPrice + tier.stop.of(entryPrice))
        }
        if let breakeven = profile.breakevenAt, reached >= breakeven {
            level = highest(level, entryPrice)
        }
        stop = level
    }

    private func highest(_ level: Price?, _ price: Price) -> Price { max(level ?? price, price) }
}
