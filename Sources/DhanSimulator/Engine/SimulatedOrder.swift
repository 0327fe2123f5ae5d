package import Trading

/// An order at the broker, from its acceptance on.
package struct SimulatedOrder: Sendable, Hashable {
    package enum Status: String, Sendable, CaseIterable {
        case transit = "TRANSIT"
        case pending = "PENDING"
        case partTraded = "PART_TRADED"
        case traded = "TRADED"
        case rejected = "REJECTED"
        case cancelled = "CANCELLED"
        case expired = "EXPIRED"

        package var isWorking: Bool {
            self == .transit || self == .pending || self == .partTraded
        }
        package var isResting: Bool { self == .pending || self == .partTraded }
    }

    package let number: OrderNumber
    package let client: ClientID
    package var request: OrderRequest
    package let fate: OrderFate
    package var status = Status.transit
    /// "0" while it is not at the exchange.
    package var exchangeNumber = "0"
    package var filled = Quantity.zero
    package var value = Money.zero
    /// Of the newest fill.
    package var lastPrice: Price?
    package let createdAt: EventTime
    package var updatedAt: EventTime
    package var exchangeAt: EventTime?
    /// Before this, neither the book nor a word tells of the order.
    package let shownAt: EventTime
    /// It fills no further than this, for the time being.
    package var cap: Quantity?
    package var isTriggered = false
    package var modifications = 0
    package var cancels = 0
    /// Why it was rejected; "CONFIRMED" of a healthy one.
    package var reason = ""
    package var errorCode = "0"
    /// Of all that has been traded so far, with the fee.
    package var charges = Money.zero
    /// What the broker asks for beside the charges.
    package var fee = Money.zero
    /// Of a super order.
    package var leg: SuperOrder.Place?
    /// Placed by the broker itself: a square-off.
    package var isBrokers = false

    package init(
        number: OrderNumber, client: ClientID, request: OrderRequest, fate: OrderFate,
        at time: EventTime
    ) {
        self.number = number
        self.client = client
        self.request = request
        self.fate = fate
        createdAt = time
        updatedAt = time
        shownAt = time + .milliseconds(fate.hidden)
        cap = fate.firstCap(of: request.quantity)
    }

    /// There, and not at the broker: an after-market order is pending long before.
    package var isAtExchange: Bool { status.isResting && exchangeAt != nil }

    package var remaining: Quantity { request.quantity - filled }

    /// Waits for its trigger and can't be filled.
    package var isDormant: Bool { request.kind == .stop && !isTriggered }
}
