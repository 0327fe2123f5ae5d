package import Trading

extension Gateway {
    static func cancel(
        _ order: Order, budget: OrderBudget, profile: GatewayProfile, now: EventTime
    ) -> Step {
        if order.status == .accepted {
            var cancelled = order
            cancelled.cancelAskedAt = now
            return .refuse(
                settle(
                    cancelled, as: .cancelled, reason: "cancelled before it was sent",
                    profile: profile, now: now))
        }
        guard order.isCancellable else {
            return .drop("order is \(order.status.text)")
        }
        guard let number = order.number else {
            return .drop("order is \(order.status.text), its number is not known yet")
        }
        if budget.earliest(profile, purpose: .exit, now: now) != nil {
            return .drop("over the order budget; whoever asked asks again")
        }
        // Should the word of its end be lost, the book has it soon. Between two cancels there is
        // time for that look: each cancel moves the time of it, and whoever asks for one asks as
        // often as the looks come.
        if let asked = order.cancelAskedAt, now < asked + pause(after: order, profile) {
            return .drop("a cancel was asked for; the book is looked at first")
        }
        return .cancel(number, cancelling(order, budget: budget, profile: profile, now: now))
    }

    static func cancelling(
        _ order: Order, budget: OrderBudget, profile: GatewayProfile, now: EventTime
    ) -> [Effect] {
        var asked = order
        asked.cancelAskedAt = now
        asked.cancels += 1
        return [
            .saveOrder(asked), .saveBudget(budget.taking(at: now), order.account),
            .calling(order.id, true),
            .scheduleOrder(order.id, at: now + profile.retryAfter),
        ]
    }

    /// What follows a cancel's answer. Whatever the broker has said, the order's end comes as an
    /// update, or it is asked again. One that has not left counts for nothing, and keeps the next
    /// one from nothing.
    ///
    /// - Parameters:
    ///   - asked: when it was counted.
    ///   - before: when the one before was asked for.
    ///   - budget: of the account; nil when it cannot be read.
    package static func cancelAnswered(
        _ order: Order, hasLeft: Bool, asked: EventTime, before: EventTime?, budget: OrderBudget?,
        profile: GatewayProfile, now: EventTime
    ) -> [Effect] {
        var effects: [Effect] = [.calling(order.id, false)]
        // What another has asked for since was counted for itself, and one that was never committed
        // was not counted.
        guard !hasLeft, order.cancelAskedAt == asked else { return effects }
        if let budget {
            effects.append(.saveBudget(budget.givingBack(from: asked), order.account))
        }
        guard order.isCancellable else { return effects }
        var unasked = order
        unasked.cancelAskedAt = before
        unasked.cancels -= 1
        return effects + [
            .saveOrder(unasked), .scheduleOrder(order.id, at: now + profile.retryAfter),
        ]
    }

    /// A cancel whose maker must be dead: whether he has made it, nobody knows.
    package static func cancelAbandoned(_ order: Order, now: EventTime) -> [Effect] {
        let ended = Effect.calling(order.id, false)
        guard order.cancelAskedAt != nil, order.number != nil, order.isCancellable else {
            return [ended]
        }
        var unasked = order
        unasked.cancelAskedAt = nil
        return [
            .saveOrder(unasked), ended,
            .sendOrder(OrderRequest(.cancel, order, at: now)),
        ]
    }

    /// The least time between two cancels of an order. From the third on each takes twice as long:
    /// what cannot be cancelled, in a market that is halted or where an order hangs, would use up
    /// the account's orders, and its other exits could not go.
    static func pause(after order: Order, _ profile: GatewayProfile) -> Span {
        let doublings = min(Self.slowestCancel, max(0, order.cancels - 2))
        return Span(milliseconds: 2 * profile.retryAfter.milliseconds << doublings)
    }

    /// The longest factor by which cancels slow down: 2 s become 64 s.
    private static let slowestCancel = 5
}

extension Order {
    /// One that was given up as absent and turned up is the one finished order to cancel.
    fileprivate var isCancellable: Bool { !status.isFinished || status == .absent }
}
