package import Trading

/// An order in the paper broker's book: the hash `paper:order:<number>`.
package struct PaperOrder: Record {
    /// The broker's own words.
    package enum Status: String, FieldValue, CaseIterable {
        /// At the broker, on its way to the exchange.
        case transit = "TRANSIT"
        case pending = "PENDING"
        case partTraded = "PART_TRADED"
        case traded = "TRADED"
        case rejected = "REJECTED"
        case cancelled = "CANCELLED"
        case expired = "EXPIRED"

        package var isWorking: Bool { self == .pending || self == .partTraded }
        package var isFinished: Bool { !isWorking && self != .transit }
    }

    package var number: OrderNumber
    package var order: CorrelationID
    package var account: AccountID
    package var instrument: InstrumentID
    package var side: OrderSide
    package var type: OrderType
    /// The limit. A market order has none until the exchange gives it one.
    package var price: Price?
    package var quantity: Quantity
    package var status = Status.transit
    package var filled = Quantity.zero
    package var value = Money.zero
    package var reason: String?
    package var acceptedAt: EventTime
    /// When it reaches the exchange.
    package var dueAt: EventTime
    /// When a cancel of it reaches the exchange.
    package var cancelDueAt: EventTime?
    /// When the exchange last said something of it.
    package var at: EventTime

    package init(_ order: Order, number: OrderNumber, at now: EventTime, latency: Span) {
        self.number = number
        self.order = order.id
        account = order.account
        instrument = order.instrument
        side = order.side
        type = order.type
        price = order.price
        quantity = order.quantity
        acceptedAt = now
        dueAt = now + latency
        at = now
    }

    package var remaining: Quantity { quantity - filled }

    /// When something that is on its way reaches the exchange.
    package var nextDueAt: EventTime? {
        status == .transit ? dueAt : status.isWorking ? cancelDueAt : nil
    }

    /// What the broker says of the order now.
    package var event: BrokerEvent {
        BrokerEvent(
            account: account, source: "paper", number: number, order: order,
            instrument: instrument, side: side, status: status.rawValue, filled: filled,
            averagePrice: value.average(over: filled),
            value: value, reason: reason, at: at)
    }

    /// The order's line in the book.
    package var bookEntry: BrokerOrder {
        BrokerOrder(
            number: number, correlation: order, instrument: instrument, side: side,
            status: status.rawValue, quantity: quantity, filled: filled, value: value,
            reason: reason)
    }

    /// Why a cancel at this time is refused, in the broker's words.
    package func refusal(ofCancelAt time: EventTime) -> String? {
        switch status {
        case .transit: dueAt <= time ? nil : "Order is in Transit state"
        case .pending, .partTraded: nil
        case .traded, .rejected, .cancelled, .expired: "Order is already \(status.rawValue)"
        }
    }
}

extension PaperOrder {
    package init(_ fields: Fields) throws(FieldError) {
        number = try fields.get(.number)
        order = try fields.get(.order)
        account = try fields.get(.account)
        instrument = InstrumentID(try fields.get(.segment), try fields.get(.securityID))
        side = try fields.get(.side)
        type = try fields.get(.type)
        price = try fields.find(.price)
        quantity = try fields.get(.quantity)
        status = try fields.get(.status)
        filled = try fields.get(.filled)
        value = try fields.get(.value)
        reason = try fields.find(.reason)
        acceptedAt = try fields.get(.acceptedAt)
        dueAt = try fields.get(.dueAt)
        cancelDueAt = try fields.find(.cancelDueAt)
        at = try fields.get(.at)
    }

    package var fields: Fields {
        var fields = Fields()
        fields.put(.number, number)
        fields.put(.order, order)
        fields.put(.account, account)
        fields.put(.status, status)
        fields.put(.segment, instrument.segment)
        fields.put(.securityID, instrument.securityID)
        fields.put(.side, side)
        fields.put(.type, type)
        fields.put(.price, price)
        fields.put(.quantity, quantity)
        fields.put(.filled, filled)
        fields.put(.value, value)
        fields.put(.reason, reason)
        fields.put(.acceptedAt, acceptedAt)
        fields.put(.dueAt, dueAt)
        fields.put(.cancelDueAt, cancelDueAt)
        fields.put(.at, at)
        return fields
    }
}
