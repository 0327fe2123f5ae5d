package import Trading

/// How far it is known what an account holds, when an exit is about to be sent.
package struct HeldSight: Sendable, Hashable {
    /// When the last good comparison of the books asked for them, by the wall's clock.
    package var readAt: EventTime?
    /// Contracts of which less is held than is to be sold.
    package var missing: Set<InstrumentID>
    /// The position is of an earlier day, at whose end the broker closes what is open.
    package var isCarried: Bool

    package init(readAt: EventTime?, missing: Set<InstrumentID>, isCarried: Bool) {
        self.readAt = readAt
        self.missing = missing
        self.isCarried = isCarried
    }
}

extension Gateway {
    /// An exit that is missed costs as much as one too many: the books are not waited for longer.
    static let longestHold = Span.seconds(15)
    /// Where they can be read and show less than is to be sold, the reconciler doubts them for a
    /// minute before exits leave it out.
    static let longestHoldOfMissing = Span.seconds(75)

    /// What keeps an exit waiting: after a time in which nobody compared the books, what it is to
    /// sell may have been sold by the broker or by hand, and it would open a short position. The
    /// order stands in `orders:due`, so the reconciler reads the books at once.
    ///
    /// - Returns: nil for an order that may be sent.
    static func hold(
        _ order: Order, _ sight: HeldSight?, profile: GatewayProfile, freshFor: Span,
        now: EventTime, wall: EventTime
    ) -> [Effect]? {
        guard order.purpose == .exit, let sight else { return nil }
        let isMissing = sight.missing.contains(order.instrument)
        // An account that nobody has ever compared has no reconciler to wait for.
        let isFresh =
            sight.readAt.map {
                wall - $0 <= freshFor && (!sight.isCarried || $0 > order.acceptedAt)
            } ?? !sight.isCarried
        guard isMissing || !isFresh else { return nil }
        let since = order.heldAt ?? wall
        guard wall - since < (isMissing ? longestHoldOfMissing : longestHold) else { return nil }
        var held = order
        held.heldAt = since
        return (held == order ? [] : [.saveOrder(held)])
            + [.scheduleOrder(order.id, at: now + profile.retryAfter)]
    }
}
