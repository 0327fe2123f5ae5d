package import Trading

/// One row of the trade book. An order that fills at once may still have several.
package struct SimulatedTrade: Sendable, Hashable {
    package let order: OrderNumber
    package let exchangeTradeID: String
    package let quantity: Quantity
    package let price: Price
    package let at: EventTime
    /// Before this, the trade book does not have it.
    package let shownAt: EventTime
}
