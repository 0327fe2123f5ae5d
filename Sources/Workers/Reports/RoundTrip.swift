package import Trading

/// One position from its first fill to its last, as a job's report shows it.
package struct RoundTrip: Sendable, Hashable {
    package var account: AccountID
    package var position: PositionID
    package var instrument: InstrumentID
    package var symbol: String
    package var quantity: Quantity
    package var entryTime: EventTime
    package var entryPrice: Price
    package var exitTime: EventTime
    package var exitPrice: Price
    package var reason: ExitReason
    package var requestedAt: EventTime
    package var gross: Money
    package var charges: Money
    package var net: Money

    /// Nil for a position that is not exited.
    package init?(_ position: PositionTracker) {
        guard position.status == .exited, let entryTime = position.openedAt,
            let entryPrice = position.entry.averagePrice, let exitTime = position.closedAt,
            let exitPrice = position.exit.averagePrice, let exit = position.exitOrder
        else { return nil }
        account = position.account
        self.position = position.id
        instrument = position.contract.instrument
        symbol = position.contract.symbol
        quantity = position.exit.quantity
        self.entryTime = entryTime
        self.entryPrice = entryPrice
        self.exitTime = exitTime
        self.exitPrice = exitPrice
        reason = exit.reason
        requestedAt = exit.at
        gross = position.gross
        charges = position.charges
        net = position.net
    }
}
