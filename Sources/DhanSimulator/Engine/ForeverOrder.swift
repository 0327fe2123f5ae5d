package import Trading

/// A trigger, or a pair of them, that rests at the broker for days and becomes an order when the
/// price comes to it.
package struct ForeverOrder: Sendable, Hashable {
    package enum Flag: String, Sendable {
        case single = "SINGLE"
        /// One cancels the other.
        case pair = "OCO"
    }

    package enum Status: String, Sendable {
        case confirmed = "CONFIRM"
        case triggered = "TRIGGERED"
        case cancelled = "CANCELLED"
    }

    package struct Leg: Sendable, Hashable {
        package var name: SuperOrder.Leg
        package var quantity: Quantity
        package var price: Price?
        package var trigger: Price
        /// The price comes from below.
        var isAbove: Bool
        package var status = Status.confirmed
        package var order: OrderNumber?

        func isReached(by ltp: Price) -> Bool { isAbove ? ltp >= trigger : ltp <= trigger }
    }

    package let number: OrderNumber
    package let client: ClientID
    package var request: OrderRequest
    package let flag: Flag
    package var legs: [Leg]
    package let createdAt: EventTime
    package var updatedAt: EventTime

    package var isResting: Bool { legs.contains { $0.status == .confirmed } }
}
