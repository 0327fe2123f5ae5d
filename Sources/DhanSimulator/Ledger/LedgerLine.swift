package import Trading

/// Something that the broker knows to have happened, whatever it says of it to anybody.
package struct LedgerLine: Sendable, Hashable {
    package enum Event: String, Sendable {
        case accepted, opened, filled, finished, modified
        /// It came to the door and is no order: refused, or lost there.
        case turnedAway = "turned_away"
    }

    package var event: Event
    package var order: SimulatedOrder
    package var at: EventTime

    init(_ event: Event, _ order: SimulatedOrder, at time: EventTime) {
        self.event = event
        self.order = order
        at = time
    }

    /// After the broker's last word: no later word tells of it.
    package var isAfterAll: Bool { event == .filled && order.status == .cancelled }

    /// - Parameter shift: from the wall's clock to event time, in milliseconds.
    package func json(shift: Int) -> JSON {
        [
            "at": .int(at.milliseconds - shift),
            "event_at": .int(at.milliseconds),
            "event": .string(event.rawValue),
            "number": .string(order.number.text),
            "order": .string(order.request.correlation ?? ""),
            "account": .string(order.client.text),
            "instrument": .string(order.request.instrument.text),
            "side": .string(order.request.side.text),
            "quantity": .int(order.request.quantity.units),
            "price": order.request.price.map { .int($0.paise) } ?? .null,
            "product": .string(order.request.product.rawValue),
            "status": .string(order.status.rawValue),
            "filled": .int(order.filled.units),
            "value": .int(order.value.paise),
            "charges": .int(order.charges.paise),
            "reason": .string(order.reason),
            "shownAt": .int(order.shownAt.milliseconds - shift),
        ]
    }
}
