import Trading

extension Order {
    /// The order after an update. Equal to `self` when the update brings no news.
    func applying(
        _ update: OrderUpdate, contract: PositionTracker.Contract, charges: ChargeSchedule,
        now: EventTime
    ) -> Order {
        var order = self
        if let total = update.total { order.total = max(contract.derived(total), order.total) }
        if order.total != total {
            order.charges = charges.total(of: order)
        }
        order.advance(update)
        order.number = number ?? update.number
        if order.status.isFinished, !status.isFinished { order.finishedAt = now }
        // Whoever was calling learns from the status that the broker has spoken already.
        if order.status.rank >= OrderStatus.sent.rank { order.nonce = nil }
        return order
    }

    private mutating func advance(_ update: OrderUpdate) {
        let said = update.status == .filled && filled < quantity ? .partFilled : update.status
        // Our own conclusions, that an order is absent or that the call was refused, do not stand
        // against what the broker has said of it since.
        let isRefusal = said == .rejected && update.source == Gateway.name
        let isOverruled =
            said == .absent && status.rank > OrderStatus.unknown.rank
            || isRefusal && number != nil
        if isWronglyRefused(said, update) { status = .absent }
        if said.precedence > status.precedence, !isOverruled {
            status = said
            error = update.reason ?? error
        }
        // The fills outrank the words: a cancel that lost its race did not cancel.
        if filled >= quantity {
            status = .filled
        } else if filled > .zero, status.rank < OrderStatus.partFilled.rank {
            status = .partFilled
        }
    }
}

extension Order {
    /// A call that was taken for refused, and an order that works all the same: it was given up,
    /// like one that was looked for in vain.
    fileprivate func isWronglyRefused(_ said: OrderStatus, _ update: OrderUpdate) -> Bool {
        status == .rejected && number == nil && update.number != nil && !said.isFinished
    }
}

extension OrderStatus {
    /// Ranks with the ties among the terminal words broken, so that the last word does not depend
    /// on which came last. Absence is our own conclusion and gives way to each of the broker's.
    var precedence: Int {
        switch self {
        case .absent: rank
        case .rejected: rank + 1
        case .expired: rank + 2
        case .cancelled: rank + 3
        case .filled: rank + 4
        case .accepted, .sending, .unknown, .sent, .open, .partFilled: rank
        }
    }
}

extension ChargeSchedule {
    /// What the order costs for all that it has filled so far.
    fileprivate func total(of order: Order) -> Money {
        charges(
            for: TradedOrder(
                side: order.side == .buy ? .buy : .sell, segment: order.instrument.segment,
                value: order.value, day: order.acceptedAt.day)
        ).total
    }
}
