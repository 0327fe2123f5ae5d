package import Trading

extension Gateway {
    /// What a call's answer changes. The order is the one stored *now*: the answer of a sender
    /// that is no longer the marker changes nothing.
    ///
    /// - Parameter parked: messages that came for the answered number before it was known.
    package static func outcome(
        of order: Order, nonce: Nonce, result: Result<Placed, BrokerError>,
        parked: [BrokerEvent] = [], profile: GatewayProfile, now: EventTime
    ) -> [Effect] {
        guard order.status == .sending, order.nonce == nonce else {
            return tooLate(order, nonce: nonce, result: result, parked: parked)
        }
        var answered = order
        answered.nonce = nil
        let ended = Effect.calling(order.id, false)
        switch result {
        case .success(let placed):
            answered.status = .sent
            answered.number = placed.number
            answered.sentAt = now
            answered.error = nil
            let atOnce = OrderUpdateHub.status(of: placed.status) != .sent
            return [
                .saveOrder(answered), ended,
                .number(placed.number, order.id), .unpark(placed.number, parked),
                // Another word than TRANSIT is news, and the book tells it in full.
                .scheduleOrder(order.id, at: atOnce ? now : now + profile.pollEvery),
            ]
        case .failure(.refused(let reason)):
            return settle(answered, as: .rejected, reason: reason, profile: profile, now: now)
                + [ended]
        case .failure(.notSent(let reason)):
            answered.status = .accepted
            answered.markedAt = nil
            answered.error = reason
            return [
                .saveOrder(answered), ended, .scheduleOrder(order.id, at: now + profile.retryAfter),
            ]
        case .failure(.unknown(let reason)):
            return unknown(
                order, reason: reason, lookAt: now + profile.retryAfter, profile: profile, now: now)
        }
    }

    /// The broker's messages outran its answer, or the sender was given up. Only facts are kept:
    /// the number, and that this call has ended.
    private static func tooLate(
        _ order: Order, nonce: Nonce, result: Result<Placed, BrokerError>, parked: [BrokerEvent]
    ) -> [Effect] {
        // Somebody else is calling for this order now.
        if order.status == .sending { return [] }
        let ended = Effect.calling(order.id, false)
        guard case .success(let placed) = result else { return [ended] }
        return [ended, .number(placed.number, order.id), .unpark(placed.number, parked)]
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
