package import Trading

/// An entry with a target and a stop. The exits rest at the broker and not at the exchange, each an
/// order of its own in the book, and know nothing of the position: what was sold by other means is
/// sold once more when one of them is reached.
package struct SuperOrder: Sendable, Hashable {
    package enum Leg: String, Sendable, CaseIterable {
        case entry = "ENTRY_LEG"
        case target = "TARGET_LEG"
        case stop = "STOP_LOSS_LEG"

        /// On the order socket.
        var number: Int {
            switch self {
            case .entry: 1
            case .stop: 2
            case .target: 3
            }
        }
    }

    /// Nil for none.
    package struct Exits: Sendable, Hashable {
        package var target: Price?
        package var stop: Price?
        /// The stop follows the price in steps of this.
        package var trail: Price?

        package init() {}
    }

    /// Which leg an order is, and of which entry.
    package struct Place: Sendable, Hashable {
        package let leg: Leg
        package let entry: OrderNumber
    }

    package let entry: OrderNumber
    package var exits: Exits
    /// The exits' orders, from the entry's end on.
    package var orders: [Leg: OrderNumber] = [:]
    /// A leg that was cancelled can't be added again.
    package var cancelled: Set<Leg> = []
    /// One exit has been filled for the whole quantity.
    package var isClosed = false
    /// What the next step of the trail is counted from.
    var trailsFrom: Price?

    init(_ entry: OrderNumber, _ exits: Exits) {
        self.entry = entry
        self.exits = exits
    }

    func price(of leg: Leg) -> Price? {
        switch leg {
        case .entry: nil
        case .target: exits.target
        case .stop: exits.stop
        }
    }

    /// Moves the stop with the price; false when it stays.
    mutating func trail(_ ltp: Price, of side: OrderSide) -> Bool {
        guard let step = exits.trail, let stop = exits.stop, let from = trailsFrom else {
            return false
        }
        let gain = side == .buy ? ltp - from : from - ltp
        let steps = gain.paise / step.paise
        guard steps > 0 else { return false }
        let move = Price(paise: steps * step.paise)
        exits.stop = side == .buy ? stop + move : stop - move
        trailsFrom = side == .buy ? from + move : from - move
        return true
    }
}
