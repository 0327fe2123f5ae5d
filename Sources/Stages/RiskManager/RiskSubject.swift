package import Trading

/// What does not change from one look at a position to the next: read once when the position is
/// loaded, and shared, so that a look copies neither texts nor limits.
package final class RiskSubject: Sendable {
    let entryPrice: Price
    let openedAt: EventTime
    let expiry: Day
    let profile: RiskProfile
    /// When the position's day ends.
    let sessionEnd: EventTime
    /// What the position would come to at a price of zero.
    let base: Money
    let remaining: Quantity
    /// A position that is exiting, or was asked to, is the exit engine's; it is only watched, so
    /// that the engine has a fresh price.
    let mayAskForExit: Bool

    /// Nil where there is nothing to watch: nothing was bought, or all of it is sold.
    ///
    /// - Parameter session: of the day on which it was opened; an unknown or closed one never
    ///   delays an exit.
    package init?(_ position: PositionTracker, profile: RiskProfile, session: SessionAnswer) {
        guard position.isWatched, let openedAt = position.openedAt,
            let entryPrice = position.entry.averagePrice
        else { return nil }
        self.entryPrice = entryPrice
        self.openedAt = openedAt
        expiry = position.contract.expiry
        self.profile = profile
        sessionEnd = SessionEnd.end(
            on: openedAt.day, expiry: expiry, profile: profile, session: session)
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
