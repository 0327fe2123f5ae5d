/// Where one order stands.
///
///     accepted ▶ sending ▶ sent ▶ open ▶ part_filled ▶ filled
///                  │              └▶ rejected | cancelled | expired   (each with its fills)
///                  └▶ unknown ─(look-up)─▶ any of the above, or absent
package enum OrderStatus: String, FieldValue, CaseIterable {
    /// Durable here; no broker has heard of it.
    case accepted
    /// Marked by a sender that may be calling the broker now.
    case sending
    /// The call ended and nobody knows how.
    case unknown
    /// The broker took it; it is not at the exchange yet.
    case sent
    case open
    case partFilled = "part_filled"
    case filled, rejected, cancelled, expired
    /// Looked for as the rule asks, and never found: the broker does not have it.
    case absent

    package var isFinished: Bool {
        switch self {
        case .filled, .rejected, .cancelled, .expired, .absent: true
        case .accepted, .sending, .unknown, .sent, .open, .partFilled: false
        }
    }

    /// How far along the life of an order: an update of a lower rank brings no news of status.
    package var rank: Int {
        switch self {
        case .accepted: 0
        case .sending: 1
        case .unknown: 2
        case .sent: 3
        case .open: 4
        case .partFilled: 5
        case .filled, .rejected, .cancelled, .expired, .absent: 6
        }
    }
}

package enum OrderSide: String, FieldValue {
    case buy, sell
}

package enum OrderType: String, FieldValue {
    case limit, market
}

/// One order as the client knows it. What it asks for never changes; what became of it does.
package struct Order: Sendable, Hashable {
    package var id: CorrelationID
    package var rev = 0
    package var status = OrderStatus.accepted
    package var account: AccountID
    package var instrument: InstrumentID
    package var side: OrderSide
    package var type: OrderType
    /// The limit; nil for a market order.
    package var price: Price?
    package var quantity: Quantity
    package var acceptedAt: EventTime
    /// When an entry is no longer worth sending and, if it rests, is cancelled; nil for exits.
    package var expiresAt: EventTime?
    /// The signal that all of this began with.
    package var trace: SignalID

    package var filled = Quantity.zero
    /// What the filled units cost or brought.
    package var value = Money.zero
    package var precision = ValuePrecision.exact
    package var charges = Money.zero
    package var number: OrderNumber?
    package var error: String?
    /// The mark of the sender; gone when its call's outcome is stored.
    package var nonce: Nonce?
    /// By the wall's clock, as is `firstLookAt`: senders live by it, also in a replay.
    package var markedAt: EventTime?
    /// The server's run in which the broker is, or was, asked for it before it is sent: no sender
    /// of an earlier run has sent it.
    package var run: RunID?
    /// By the wall's clock: since when an exit waits for a look at what is held.
    package var heldAt: EventTime?
    package var sentAt: EventTime?
    package var cancelAskedAt: EventTime?
    /// How often the broker was asked to cancel it.
    package var cancels = 0
    package var finishedAt: EventTime?
    /// Good looks that did not find an order whose outcome is unknown.
    package var looks = 0
    package var firstLookAt: EventTime?

    package init(
        id: CorrelationID, account: AccountID, instrument: InstrumentID, side: OrderSide,
        type: OrderType, price: Price?, quantity: Quantity, acceptedAt: EventTime,
        expiresAt: EventTime? = nil, trace: SignalID
    ) {
        self.id = id
        self.account = account
        self.instrument = instrument
        self.side = side
        self.type = type
        self.price = price
        self.quantity = quantity
        self.acceptedAt = acceptedAt
        self.expiresAt = expiresAt
        self.trace = trace
    }

    package var position: PositionID { id.position }
    package var purpose: OrderPurpose { id.purpose }
    package var remaining: Quantity { quantity - filled }
    package var averagePrice: Price? { value.average(over: filled) }

    package var total: FillTotal {
        get { FillTotal(units: filled, value: value, precision: precision) }
        set { (filled, value, precision) = (newValue.units, newValue.value, newValue.precision) }
    }

    /// It has ended, and nobody knows to the paisa what its fills came to: the trade book does.
    package var lacksValue: Bool {
        status.isFinished && status != .absent && filled > .zero && precision == .rounded
    }
}

extension Order {
    /// - Parameter id: from the hash's key.
    package init(_ fields: Fields, id: CorrelationID) throws(FieldError) {
        self.init(
            id: id, account: try fields.get(.account),
            instrument: InstrumentID(try fields.get(.segment), try fields.get(.securityID)),
            side: try fields.get(.side), type: try fields.get(.type),
            price: try fields.find(.price), quantity: try fields.get(.quantity),
            acceptedAt: try fields.get(.acceptedAt), expiresAt: try fields.find(.expiresAt),
            trace: try fields.get(.trace))
        rev = try fields.get(.rev)
        status = try fields.get(.status)
        filled = try fields.get(.filled)
        value = try fields.get(.value)
        precision = try fields.find(.precision) ?? .rounded
        charges = try fields.get(.charges)
        number = try fields.find(.number)
        error = try fields.find(.error)
        nonce = try fields.find(.nonce)
        markedAt = try fields.find(.markedAt)
        run = try fields.find(.serverRun)
        heldAt = try fields.find(.heldAt)
        sentAt = try fields.find(.sentAt)
        cancelAskedAt = try fields.find(.cancelAskedAt)
        cancels = try fields.find(.cancels) ?? 0
        finishedAt = try fields.find(.finishedAt)
        looks = try fields.get(.looks)
        firstLookAt = try fields.find(.firstLookAt)
    }

    package var fields: Fields {
        var fields = Fields()
        fields.put(.status, status)
        fields.put(.account, account)
        fields.put(.position, position)
        fields.put(.purpose, purpose)
        fields.put(.attempt, id.attempt)
        fields.put(.slice, id.slice)
        fields.put(.segment, instrument.segment)
        fields.put(.securityID, instrument.securityID)
        fields.put(.side, side)
        fields.put(.type, type)
        fields.put(.price, price)
        fields.put(.quantity, quantity)
        fields.put(.filled, filled)
        fields.put(.value, value)
        fields.put(.precision, precision)
        fields.put(.averagePrice, averagePrice)
        fields.put(.charges, charges)
        fields.put(.number, number)
        fields.put(.error, error)
        fields.put(.nonce, nonce)
        fields.put(.acceptedAt, acceptedAt)
        fields.put(.expiresAt, expiresAt)
        fields.put(.markedAt, markedAt)
        fields.put(.serverRun, run)
        fields.put(.heldAt, heldAt)
        fields.put(.sentAt, sentAt)
        fields.put(.cancelAskedAt, cancelAskedAt)
        fields.put(.cancels, cancels == 0 ? nil : cancels)
        fields.put(.finishedAt, finishedAt)
        fields.put(.looks, looks)
        fields.put(.firstLookAt, firstLookAt)
        fields.put(.trace, trace)
        fields.put(.rev, rev)
        return fields
    }
}
