package import Trading

/// One order of the broker's book.
package struct DhanOrder: Sendable, Hashable {
    package var order: BrokerOrder
    /// As the broker shows it: ours, `NA`, or one that it made up.
    package var tag: String
    package var product: String
    package var type: String
    package var limit: Price
    package var exchangeNumber: String
}

/// One trade at the exchange; an order may have many.
package struct DhanTrade: Sendable, Hashable {
    package var order: OrderNumber
    package var exchangeTrade: String
    package var instrument: InstrumentID?
    package var side: OrderSide?
    package var quantity: Quantity
    package var value: Money
}

/// What is held of one security under one product.
package struct DhanPosition: Sendable, Hashable {
    /// Nil for a segment that we do not know.
    package var instrument: InstrumentID?
    package var symbol: String
    package var product: String
    /// Negative when sold short.
    package var net: Quantity
    package var realized: Money
    package var unrealized: Money
}

package struct DhanFunds: Sendable, Hashable {
    /// With collateral.
    package var available: Money
    package var collateral: Money
    package var utilized: Money
    package var startOfDay: Money
    package var withdrawable: Money
}

package struct DhanProfile: Sendable, Hashable {
    package var clientID: String
    /// Nil where the text is not a time.
    package var tokenValidUntil: EventTime?
    /// `E`, `D`, or `Equity`, `Derivative`.
    package var segments: [String]
    package var hasDataPlan: Bool
    package var hasDerivatives: Bool
}

/// The registered addresses, and what the broker makes of the one this call came from.
package struct DhanAddresses: Sendable, Hashable {
    package var primary: String
    package var secondary: String
    /// The address that the broker saw.
    package var seen: String?
    package var match: String?
    package var ordersAllowed: Bool?
}

/// A quote of `/marketfeed/…`. What was not asked for is nil.
package struct DhanQuote: Sendable, Hashable {
    package var instrument: InstrumentID
    package var last: Price
    package var open: Price?
    package var high: Price?
    package var low: Price?
    package var previousClose: Price?
    package var bid: Price?
    package var ask: Price?
    package var bidQuantity: Quantity?
    package var askQuantity: Quantity?
    package var volume: Int?
    package var openInterest: Int?
    package var lowerLimit: Price?
    package var upperLimit: Price?
    package var tradedAt: EventTime?
}

package struct DhanOptionChain: Sendable, Hashable {
    package struct Side: Sendable, Hashable {
        package var securityID: String?
        package var last: Price
        package var bid: Price
        package var ask: Price
        package var bidQuantity: Quantity
        package var askQuantity: Quantity
        package var openInterest: Int
        package var volume: Int
    }
    package struct Strike: Sendable, Hashable {
        package var strike: Price
        package var call: Side?
        package var put: Side?
    }
    package var spot: Price
    /// Ascending.
    package var strikes: [Strike]
}

/// One bar of a chart.
package struct DhanBar: Sendable, Hashable {
    package var start: EventTime
    package var open: Price
    package var high: Price
    package var low: Price
    package var close: Price
    package var volume: Int
}

package struct DhanProfitExit: Sendable, Hashable {
    package var isActive: Bool
    package var profit: Money?
    package var loss: Money?
    /// Of which positions; nil where the broker does not say.
    package var products: [String]?
}
