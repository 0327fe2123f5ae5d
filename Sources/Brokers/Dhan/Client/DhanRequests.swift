package import Trading

/// An order as the broker is asked for it.
package struct DhanOrderRequest: Sendable, Hashable {
    package enum Product: String, Sendable { case intraday = "INTRADAY", margin = "MARGIN" }

    package var tag: CorrelationID
    package var instrument: InstrumentID
    package var side: OrderSide
    package var type: OrderType
    package var price: Price?
    package var quantity: Quantity
    package var product: Product

    package init(_ order: Order, product: Product = .intraday) {
        tag = order.id
        instrument = order.instrument
        side = order.side
        type = order.type
        price = order.price
        quantity = order.quantity
        self.product = product
    }
}

/// A change of a resting order. `quantity` is its whole quantity, not what remains.
package struct DhanModification: Sendable, Hashable {
    package var number: OrderNumber
    package var type: OrderType
    package var price: Price?
    package var quantity: Quantity

    package init(number: OrderNumber, type: OrderType, price: Price?, quantity: Quantity) {
        self.number = number
        self.type = type
        self.price = price
        self.quantity = quantity
    }
}

package enum DhanQuoteKind: String, Sendable { case ltp, ohlc, quote }

/// Minutes of a bar.
package enum DhanInterval: String, Sendable {
    case one = "1"
    case five = "5"
    case fifteen = "15"
    case twentyFive = "25"
    case sixty = "60"
}

package struct DhanChartRequest: Sendable, Hashable {
    package var instrument: InstrumentID
    /// `INDEX`, `OPTIDX`, …
    package var kind: String
    package var interval: DhanInterval
    package var from: EventTime
    /// Up to, not including; the broker ignores it for today.
    package var to: EventTime

    package init(
        instrument: InstrumentID, kind: String, interval: DhanInterval, from: EventTime,
        to: EventTime
    ) {
        self.instrument = instrument
        self.kind = kind
        self.interval = interval
        self.from = from
        self.to = to
    }
}
