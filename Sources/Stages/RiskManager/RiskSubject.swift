package import Trading

/// What the rules look at of a position, in plain numbers: read once when the position is loaded,
/// so that looking at a thousand positions a millisecond copies no text.
package struct RiskSubject: Sendable, Hashable {
    let entryPrice: Price
    let openedAt: EventTime
    let openedOn: Day
    let expiry: Day
    /// What the position would come to at a price of zero.
    let base: Money
    package let remaining: Quantity
    /// A position that is exiting, or was asked to, is the exit engine's; it is only watched, so
    /// that the engine has a fresh price.
    let mayAskForExit: Bool

    /// Nil where there is nothing to watch: nothing was bought, or all of it is sold.
    package init?(_ position: PositionTracker) {
        guard position.isWatched, let openedAt = position.openedAt,
            let entryPrice = position.entry.averagePrice
        else { return nil }
        self.entryPrice = entryPrice
        self.openedAt = openedAt
        openedOn = openedAt.day
        expiry = position.contract.expiry
        base = position.openProfit(at: Price(paise: 0))
        remaining = position.remaining
        mayAskForExit =
            (position.status == .active || position.status == .needsReview)
            && position.exitOrder == nil
    }

    /// What the position's profit changes by, from one price seen to the next.
    package func change(
        from old: PositionTracker.Watch, to new: PositionTracker.Watch
    ) -> Money {
        ((new.ltp ?? entryPrice) - (old.ltp ?? entryPrice)) * remaining
    }
}

extension PositionTracker {
    /// Something was bought and is not sold yet.
    fileprivate var isWatched: Bool {
        switch status {
        case .active, .exiting, .needsReview: remaining > .zero
        case .pending, .exited, .cancelled: false
        }
    }
}
