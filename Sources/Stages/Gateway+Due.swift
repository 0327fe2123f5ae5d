package import Trading

extension Gateway {
    /// What an order in `orders:due` needs when its time has come.
    package enum Due: Sendable, Hashable {
        /// Decide on it as on a request to place it.
        case place
        /// Read the broker's book, then ask
        /// ``looked(_:book:rule:left:parked:origin:profile:now:wall:asked:)``.
        case look
        /// Commit this; then ask the broker to cancel.
        case cancel(OrderNumber, [Effect])
        case commit([Effect])
    }

    package static func due(
        _ order: Order, origin: OrderOrigin, budget: OrderBudget, profile: GatewayProfile,
        now: EventTime, wall: EventTime
    ) -> Due {
        switch order.status {
        case .accepted:
            return .place
        case .sending:
            let left = (order.markedAt ?? wall) + profile.senderLife - wall
            if left > .zero { return .commit([.scheduleOrder(order.id, at: now + left)]) }
            return .commit(abandoned(order, origin, profile: profile, now: now))
        case .unknown:
            return .look
        case .sent, .open, .partFilled:
            return working(order, budget: budget, profile: profile, now: now)
        case .absent:
            // Given up, and alive after all: it must not work beside the next attempt.
            guard let number = order.number, order.day == now.day else {
                return .commit([.scheduleOrder(order.id, at: nil)])
            }
            return cancel(order, number, budget: budget, profile: profile, now: now)
        case .filled, .rejected, .cancelled, .expired:
            return order.lacksValue ? .look : .commit([.scheduleOrder(order.id, at: nil)])
        }
    }

    /// An order whose sender must be dead: its timer has killed it, with or without a call made.
    package static func abandoned(
        _ order: Order, _ origin: OrderOrigin, profile: GatewayProfile, now: EventTime
    ) -> [Effect] {
        var lost = order
        // The server may have forgotten that this mark was taken back, and the next one.
        lost.markedAt = max(order.markedAt ?? order.acceptedAt, origin.since)
        return unknown(lost, reason: "its sender is gone", lookAt: now, profile: profile, now: now)
    }

    private static func working(
        _ order: Order, budget: OrderBudget, profile: GatewayProfile, now: EventTime
    ) -> Due {
        guard let number = order.number else {
            guard let reason = order.error else { return .look }
            return .commit(
                settle(
                    order, as: order.cancelAskedAt == nil ? .rejected : .cancelled,
                    reason: reason, profile: profile, now: now))
        }
        guard order.isExpired(at: now) else { return .look }
        return cancel(order, number, budget: budget, profile: profile, now: now)
    }

    private static func cancel(
        _ order: Order, _ number: OrderNumber, budget: OrderBudget, profile: GatewayProfile,
        now: EventTime
    ) -> Due {
        // Between two cancels there are looks: the one before may have worked unheard.
        let pause = max(profile.pollEvery, pause(after: order, profile))
        if let asked = order.cancelAskedAt, now < asked + pause { return .look }
        if let earliest = budget.earliest(profile, purpose: .exit, now: now) {
            return .commit([.scheduleOrder(order.id, at: earliest)])
        }
        return .cancel(number, cancelling(order, budget: budget, profile: profile, now: now))
    }
}

extension Order {
    /// In whose book it is: one that waited over night is of the day on which it was sent.
    var day: Day { (sentAt ?? acceptedAt).day }

    /// An entry that has rested too long.
    func isExpired(at now: EventTime) -> Bool {
        purpose == .entry && expiresAt.map { now >= $0 } ?? false
    }
}
