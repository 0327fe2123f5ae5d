/// An entry of `exits`: somebody wants this position closed.
///
/// A rule, a person, a flatten and the next attempt of an exit all enter by this door.
package struct ExitRequest: Record {
    package var position: PositionID
    package var account: AccountID
    package var reason: ExitReason
    /// The rule's inputs and thresholds, or a person's words.
    package var evidence: String
    package var askedBy: String
    package var at: EventTime
    /// The attempt that this request asks for; nil for a first request.
    package var attempt: Int?

    package init(
        position: PositionID, account: AccountID, reason: ExitReason, evidence: String,
        askedBy: String, at: EventTime, attempt: Int? = nil
    ) {
        self.position = position
        self.account = account
        self.reason = reason
        self.evidence = evidence
        self.askedBy = askedBy
        self.at = at
        self.attempt = attempt
    }

    package init(_ fields: Fields) throws(FieldError) {
        self.init(
            position: try fields.get(.position), account: try fields.get(.account),
            reason: try fields.get(.reason), evidence: try fields.get(.evidence),
            askedBy: try fields.get(.asked), at: try fields.get(.at),
            attempt: try fields.find(.attempt))
    }

    package var fields: Fields {
        var fields = Fields()
        fields.put(.position, position)
        fields.put(.account, account)
        fields.put(.reason, reason)
        fields.put(.evidence, evidence)
        fields.put(.asked, askedBy)
        fields.put(.at, at)
        fields.put(.attempt, attempt)
        return fields
    }
}

/// What the gateway is asked to do with an order.
package enum OrderAction: String, FieldValue {
    case place, cancel
}

/// An entry of `orders:entry` or `orders:exit`. The order itself stands in its hash.
package struct OrderRequest: Record {
    package var order: CorrelationID
    package var account: AccountID
    package var action: OrderAction
    package var at: EventTime
    package var trace: SignalID

    package init(
        order: CorrelationID, account: AccountID, action: OrderAction, at: EventTime,
        trace: SignalID
    ) {
        self.order = order
        self.account = account
        self.action = action
        self.at = at
        self.trace = trace
    }

    package init(_ action: OrderAction, _ order: Order, at time: EventTime) {
        self.init(
            order: order.id, account: order.account, action: action, at: time, trace: order.trace)
    }

    package init(_ fields: Fields) throws(FieldError) {
        self.init(
            order: try fields.get(.order), account: try fields.get(.account),
            action: try fields.get(.action), at: try fields.get(.at),
            trace: try fields.get(.trace))
    }

    package var fields: Fields {
        var fields = Fields()
        fields.put(.order, order)
        fields.put(.account, account)
        fields.put(.action, action)
        fields.put(.at, at)
        fields.put(.trace, trace)
        return fields
    }
}

/// An entry of `broker-events`: what a broker said of an order, in its own words.
package struct BrokerEvent: Record {
    package var account: AccountID
    /// Who said it: `paper`, `socket`, `lookup`, `gateway`.
    package var source: String
    package var number: OrderNumber?
    package var order: CorrelationID?
    /// What it trades, where the broker says it: of an order that was placed by hand, nobody here
    /// knows.
    package var instrument: InstrumentID?
    package var side: OrderSide?
    /// The broker's own word: `TRANSIT`, `PENDING`, `PART_TRADED`, `TRADED`, …
    package var status: String
    /// Units filled so far, over the order's whole life.
    package var filled: Quantity?
    package var averagePrice: Price?
    /// The value of the fills, where the broker gives more than an average to the paisa.
    package var value: Money?
    package var precision: ValuePrecision
    package var reason: String?
    package var at: EventTime

    package init(
        account: AccountID, source: String, number: OrderNumber?, order: CorrelationID?,
        instrument: InstrumentID? = nil, side: OrderSide? = nil, status: String,
        filled: Quantity? = nil, averagePrice: Price? = nil, value: Money? = nil,
        precision: ValuePrecision = .exact, reason: String? = nil, at: EventTime
    ) {
        self.account = account
        self.source = source
        self.number = number
        self.order = order
        self.instrument = instrument
        self.side = side
        self.status = status
        self.filled = filled
        self.averagePrice = averagePrice
        self.value = value
        self.precision = precision
        self.reason = reason
        self.at = at
    }

    package init(_ fields: Fields) throws(FieldError) {
        self.init(
            account: try fields.get(.account), source: try fields.get(.source),
            number: try fields.find(.number), order: try fields.find(.order),
            side: try fields.find(.side), status: try fields.get(.status),
            filled: try fields.find(.filled),
            averagePrice: try fields.find(.averagePrice), value: try fields.find(.value),
            precision: try fields.precision(), reason: try fields.find(.reason),
            at: try fields.get(.at))
        if let segment: Segment = try fields.find(.segment) {
            instrument = InstrumentID(segment, try fields.get(.securityID))
        }
        try value?.checkPrice(of: filled)
    }

    package var fields: Fields {
        var fields = Fields()
        fields.put(.account, account)
        fields.put(.source, source)
        fields.put(.number, number)
        fields.put(.order, order)
        fields.put(.segment, instrument?.segment)
        fields.put(.securityID, instrument?.securityID)
        fields.put(.side, side)
        fields.put(.status, status)
        fields.put(.filled, filled)
        fields.put(.averagePrice, averagePrice)
        fields.put(.value, value)
        fields.put(.precision, value.map { _ in precision })
        fields.put(.reason, reason)
        fields.put(.at, at)
        return fields
    }
}

/// An entry of `order-updates`: what became of one of our orders.
package struct OrderUpdate: Record {
    package var order: CorrelationID
    package var account: AccountID
    package var status: OrderStatus
    package var number: OrderNumber?
    /// Units filled so far and what they cost or brought; nil when the message did not say.
    package var filled: Quantity?
    package var value: Money?
    package var precision: ValuePrecision
    package var reason: String?
    package var source: String
    package var at: EventTime

    package init(
        order: CorrelationID, account: AccountID, status: OrderStatus, number: OrderNumber?,
        filled: Quantity?, value: Money?, precision: ValuePrecision = .exact, reason: String?,
        source: String, at: EventTime
    ) {
        self.order = order
        self.account = account
        self.status = status
        self.number = number
        self.filled = filled
        self.value = value
        self.precision = precision
        self.reason = reason
        self.source = source
        self.at = at
    }

    package init(_ fields: Fields) throws(FieldError) {
        self.init(
            order: try fields.get(.order), account: try fields.get(.account),
            status: try fields.get(.status), number: try fields.find(.number),
            filled: try fields.find(.filled), value: try fields.find(.value),
            precision: try fields.precision(), reason: try fields.find(.reason),
            source: try fields.get(.source),
            at: try fields.get(.at))
        try value?.checkPrice(of: filled)
    }

    package var fields: Fields {
        var fields = Fields()
        fields.put(.order, order)
        fields.put(.account, account)
        fields.put(.position, order.position)
        fields.put(.status, status)
        fields.put(.number, number)
        fields.put(.filled, filled)
        fields.put(.value, value)
        fields.put(.precision, value.map { _ in precision })
        fields.put(.reason, reason)
        fields.put(.source, source)
        fields.put(.at, at)
        return fields
    }

    /// Nil when the message did not say all of it.
    package var total: FillTotal? {
        guard let filled, let value else { return nil }
        return FillTotal(units: filled, value: value, precision: precision)
    }
}

/// An entry of `positions`, read by every risk manager: this position's hash changed.
package struct PositionEvent: Record {
    package var position: PositionID
    package var account: AccountID
    package var index: IndexName
    package var status: PositionStatus
    package var at: EventTime

    package init(_ tracker: PositionTracker, at: EventTime) {
        position = tracker.id
        account = tracker.account
        index = tracker.index
        status = tracker.status
        self.at = at
    }

    package init(_ fields: Fields) throws(FieldError) {
        position = try fields.get(.position)
        account = try fields.get(.account)
        index = try fields.get(.index)
        status = try fields.get(.status)
        at = try fields.get(.at)
    }

    package var fields: Fields {
        var fields = Fields()
        fields.put(.position, position)
        fields.put(.account, account)
        fields.put(.index, index)
        fields.put(.status, status)
        fields.put(.at, at)
        return fields
    }
}

extension Fields {
    /// What is not said to be exact is taken for rounded.
    fileprivate func precision() throws(FieldError) -> ValuePrecision {
        let precision: ValuePrecision? = try find(.precision)
        return self[Field.value.rawValue] == nil ? .exact : precision ?? .rounded
    }
}

extension Money {
    /// An average that is no price would stand in positions, whose hashes nobody could read.
    fileprivate func checkPrice(of quantity: Quantity?) throws(FieldError) {
        guard let price = quantity.flatMap({ average(over: $0) }),
            !Readable.price.contains(price.paise)
        else { return }
        throw .malformed(.value, value: text, expected: "value of \(quantity?.text ?? "") units")
    }
}
