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

    /// Keys that do not apply are left out: the broker refuses an empty text.
    func body(for clientID: String) -> JSON {
        var fields: [String: JSON] = [
            "dhanClientId": .string(clientID), "correlationId": .string(tag.text),
            "transactionType": .string(side.rawValue.uppercased()),
            "exchangeSegment": .string(instrument.segment.rawValue),
            "productType": .string(product.rawValue),
            "orderType": .string(type.rawValue.uppercased()), "validity": .string("DAY"),
            "securityId": .string(instrument.securityID), "quantity": .number(quantity.text),
        ]
        // A market order with a price is refused.
        if type == .limit, let price { fields["price"] = .number(price.text) }
        return .object(fields)
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

    func body(for clientID: String) -> JSON {
        var fields: [String: JSON] = [
            "dhanClientId": .string(clientID), "orderId": .string(number.text),
            "orderType": .string(type.rawValue.uppercased()), "validity": .string("DAY"),
            "quantity": .number(quantity.text),
        ]
        if type == .limit, let price { fields["price"] = .number(price.text) }
        return .object(fields)
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

    var body: JSON {
        .object([
            "securityId": .string(instrument.securityID),
            "exchangeSegment": .string(instrument.segment.rawValue), "instrument": .string(kind),
            "interval": .string(interval.rawValue), "oi": .bool(false),
            "fromDate": .string(Self.clock(from)), "toDate": .string(Self.clock(to)),
        ])
    }

    /// `2025-10-24 09:15:00`, in India.
    private static func clock(_ time: EventTime) -> String {
        let seconds = time.timeOfDay.milliseconds / 1_000
        let parts = [seconds / 3_600, seconds / 60 % 60, seconds % 60]
        let digits = parts.map { $0 < 10 ? "0\($0)" : "\($0)" }
        return "\(time.day.text) \(digits.joined(separator: ":"))"
    }
}
