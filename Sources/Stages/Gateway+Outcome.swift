package import Trading

extension Gateway {
    /// What a call's answer changes. The order is the one stored *now*: the answer of a sender
    /// that is no longer the marker changes nothing.
    ///
    /// - Parameters:
    ///   - budget: of the account; nil when it cannot be read. What did not leave is not counted.
    ///   - parked: messages that came for the answered number before it was known.
    package static func outcome(
        of order: Order, nonce: Nonce, result: Result<Placed, BrokerError>,
        budget: OrderBudget? = nil, parked: [BrokerEvent] = [], profile: GatewayProfile,
        now: EventTime
    ) -> [Effect] {
        guard order.status == .sending, order.nonce == nonce else {
            return tooLate(
                order, result: result, parked: parked, profile: profile, now: now)
        }
        var answered = order
        answered.nonce = nil
        let ended = Effect.calling(order.id, false)
        switch result {
        case .success(let placed):
            return taken(order, placed, parked: parked, profile: profile, now: now)
        case .failure(.refused(let reason)):
            return settle(answered, as: .rejected, reason: reason, profile: profile, now: now)
                + [ended]
        case .failure(.notSent(let reason)):
            answered.status = .accepted
            answered.markedAt = nil
            answered.error = reason
            let effects: [Effect] = [
                .saveOrder(answered), ended, .scheduleOrder(order.id, at: now + profile.retryAfter),
            ]
            guard let budget, let markedAt = order.markedAt else { return effects }
            return effects + [.saveBudget(budget.givingBack(from: markedAt), order.account)]
        case .failure(.unknown(let reason)):
            return unknown(
                order, reason: reason, lookAt: now + profile.retryAfter, profile: profile, now: now)
        }
    }

    private static func taken(
        _ order: Order, _ placed: Placed, parked: [BrokerEvent], profile: GatewayProfile,
        now: EventTime
    ) -> [Effect] {
        var sent = order
        sent.status = .sent
        sent.number = placed.number
        sent.nonce = nil
        sent.sentAt = now
        sent.error = nil
        sent.looks = 0
        sent.firstLookAt = nil
        sent.run = nil
        let atOnce = OrderUpdateHub.status(of: placed.status) != .sent
        return [
            .saveOrder(sent), .calling(order.id, false),
            .number(placed.number, order.id), .unpark(placed.number, parked),
            // Another word than TRANSIT is news, and the book tells it in full.
            .scheduleOrder(order.id, at: atOnce ? now : now + profile.pollEvery),
        ]
    }

    /// The sender was given up, or the broker's messages outran its answer. A refusal does not end
    /// an order that others have seen since; that the broker has taken it is a fact whoever asked.
    private static func tooLate(
        _ order: Order, result: Result<Placed, BrokerError>, parked: [BrokerEvent],
        profile: GatewayProfile, now: EventTime
    ) -> [Effect] {
        guard case .success(let placed) = result else {
            // Somebody else is calling for this order now.
            return order.status == .sending ? [] : [.calling(order.id, false)]
        }
        let known: [Effect] = [.number(placed.number, order.id), .unpark(placed.number, parked)]
        switch order.status {
        case .accepted, .unknown:
            return taken(order, placed, parked: parked, profile: profile, now: now)
        case .absent where order.number == nil:
            // It must not work beside the next attempt: its cancel is asked for at once.
            var alive = order
            alive.number = placed.number
            return known + [.saveOrder(alive), .scheduleOrder(order.id, at: now)]
        case .sending:
            let message = "order \(order.id) was taken as \(placed.number) and is being sent again"
            return known + [alarm(.critical, order, message, now: now)]
        case .sent, .open, .partFilled, .filled, .rejected, .cancelled, .expired, .absent:
            return known + [.calling(order.id, false)]
        }
    }

    static func unknown(
        _ order: Order, reason: String, askedIn run: RunID? = nil, lookAt: EventTime,
        profile: GatewayProfile, now: EventTime
    ) -> [Effect] {
        var lost = order
        // What vouched for an order that was not sent vouches for nothing once it may have been.
        lost.run = run
        lost.status = .unknown
        lost.nonce = nil
        lost.error = reason
        return [
            .saveOrder(lost), .calling(order.id, false),
            .scheduleOrder(order.id, at: lookAt),
            .alarm(
                Alarm(
                    .warning, stage: name, message: "order \(order.id) is unknown: \(reason)",
                    account: order.account, position: order.position, trace: order.trace, at: now)),
        ]
    }
}
