import Trading

extension Gateway {
    /// How long the trade book may be behind an order that has ended. What it tells later, the
    /// reconciler hears.
    static let valuePatience = Span.seconds(60)

    /// What a look says of an order that has ended and whose value is rounded. Nothing waits for
    /// it but the account's sums.
    static func valued(
        _ order: Order, _ found: [BrokerOrder], profile: GatewayProfile, now: EventTime
    ) -> [Effect] {
        let entry = found.first.map { BrokerOrder(summing: found, first: $0) }
        // Told again until the handler, which ends this, has it.
        if let entry, entry.precision != .rounded, entry.filled >= order.filled {
            return [
                .sendBrokerEvent(BrokerEvent(order, seen: entry, at: now)),
                .scheduleOrder(order.id, at: now + profile.pollEvery),
            ]
        }
        guard let ended = order.finishedAt, now - ended < valuePatience else {
            let message = "order \(order.id): its value is rounded, no book has its trades"
            return [
                .scheduleOrder(order.id, at: nil),
                alarm(.warning, order, message, now: now),
            ]
        }
        return [.scheduleOrder(order.id, at: now + profile.retryAfter)]
    }
}
