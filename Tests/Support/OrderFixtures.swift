package import Trading

/// Orders and positions in the middle of an exit.
package enum OrderFixtures {
    /// A pending position for two lots whose entry order works.
    package static func pending(quantity: Int = 70) -> PositionTracker {
        var position = Fixtures.position(.pending, quantity: quantity)
        position.entry.working = 1
        return position
    }

    /// Two lots bought at 100.00; the entry has finished; nobody asked for an exit yet.
    package static func active(quantity: Int = 70) -> PositionTracker {
        Fixtures.position(quantity: quantity)
    }

    /// The exit was asked for, and `attempt` has been claimed at 10:05.
    package static func exiting(
        quantity: Int = 70, attempt: Int = 1, slices: Int = 1
    ) -> PositionTracker {
        var position = Fixtures.position(.exiting, quantity: quantity)
        position.exitAttempt = attempt
        position.exitSlices = slices
        position.exit.working = slices
        position.exitClaimedAt = .at(10, 5)
        return position
    }

    package static func entryOrder(
        _ status: OrderStatus = .open, of position: PositionTracker
    ) -> Order {
        order(position.entryOrder, status, side: .buy, quantity: position.quantity)
    }

    package static func exitOrder(
        _ status: OrderStatus = .open, of position: PositionTracker, slice: Int = 1,
        quantity: Int? = nil
    ) -> Order {
        order(
            CorrelationID(position.id, .exit, attempt: max(1, position.exitAttempt), slice: slice),
            status, side: .sell, quantity: quantity.map(Quantity.init) ?? position.remaining)
    }

    private static func order(
        _ id: CorrelationID, _ status: OrderStatus, side: OrderSide, quantity: Quantity
    ) -> Order {
        var order = Order(
            id: id, account: Fixtures.account, instrument: Fixtures.call, side: side, type: .limit,
            price: side == .buy ? "102.00" : "97.00", quantity: quantity,
            acceptedAt: .at(10, 5), expiresAt: side == .buy ? .at(10, 5, 10) : nil,
            trace: "supertrend-BANKNIFTY-1765773000000")
        order.status = status
        if status.rank >= OrderStatus.sent.rank { order.number = "7001" }
        if status == .sending {
            order.nonce = "n1"
            order.markedAt = .at(10, 5)
        }
        if status == .unknown { order.markedAt = .at(10, 5) }
        return order
    }

    package static func update(
        _ order: Order, _ status: OrderStatus, filled: Int? = nil, price: Price = "100.00",
        number: OrderNumber? = "7001", reason: String? = nil
    ) -> OrderUpdate {
        OrderUpdate(
            order: order.id, account: order.account, status: status, number: number,
            filled: filled.map(Quantity.init), value: filled.map { price * Quantity($0) },
            reason: reason, source: "test", at: .at(10, 6))
    }

    /// The account's day with one position open in it.
    package static func day(with position: PositionTracker) -> AccountDay {
        var day = AccountDay()
        day.open = 1
        day.trades = 1
        day.reserved = position.reserved
        day.openBooks[AccountDay.Book(position.index, position.contract.side)] = 1
        return day
    }
}
