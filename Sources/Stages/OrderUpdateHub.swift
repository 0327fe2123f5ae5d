package import Trading

/// What a broker's message means: its words made ours, matched to an order, said once.
///
///     broker-events ──▶ OrderUpdateHub ──▶ order-updates
///
/// The rules:
/// 1. A message without an order of ours waits for its number to become known, where it may be
///    that of an order of ours; ten seconds later, and else at once, the order was placed by hand,
///    and what it has filled is taken down.
/// 2. A terminal word without its fills, and fills without their price, are not believed: the
///    book is asked.
/// 3. An unknown word is no news of the status, whatever else the message brings, and an alarm.
/// 4. What brings no news is dropped.
package enum OrderUpdateHub {
    package static let name = "order-update-hub"

    /// How long a message waits for the number of its order.
    package static let parkedLife = Span.seconds(10)
    /// How long it waits again while an order of ours has no number yet.
    static let askAgain = Span.seconds(1)

    /// - Parameters:
    ///   - order: found by the message's correlation id, else by `order-number`.
    ///   - isAwaited: others wait under the same number.
    package static func decide(
        event: BrokerEvent, order: Order?, isAwaited: Bool = false, now: EventTime
    ) -> Decision {
        guard let order else {
            guard let number = event.number else { return .drop("names no order of ours") }
            return .commit(
                [.park(event, number)]
                    + (isAwaited ? [] : [.scheduleForeign(number, at: now + parkedLife)]))
        }
        if let number = event.number, let own = order.number, number != own {
            return otherNumber(event, number, of: order, now: now)
        }
        let word = status(of: event.status)
        var effects: [Effect] = []
        if word == nil { effects.append(unknownWord(event, of: order, now: now)) }

        let reading = Reading(event, word: word ?? order.status, of: order)
        if reading.asksTheBook { effects.append(.scheduleOrder(order.id, at: now)) }
        if let update = reading.update, update.bringsNews(to: order) {
            effects.append(.sendUpdate(update))
        }
        return effects.isEmpty ? .drop("no news of \(order.id)") : .commit(effects)
    }

    /// The broker's word as ours; nil for a word that we do not know. The socket writes
    /// `Traded`, the book `TRADED`.
    package static func status(of word: String) -> OrderStatus? {
        switch word.uppercased() {
        case "TRANSIT": .sent
        case "PENDING": .open
        case "PART_TRADED": .partFilled
        case "TRADED": .filled
        case "REJECTED": .rejected
        case "CANCELLED": .cancelled
        case "EXPIRED": .expired
        default: nil
        }
    }

    /// A second order under the same correlation id. Its words are not this order's: a rejected
    /// twin must not end an order that works. The look-up adds up their fills.
    private static func otherNumber(
        _ event: BrokerEvent, _ number: OrderNumber, of order: Order, now: EventTime
    ) -> Decision {
        let message = "order \(order.id) has number \(order.number?.text ?? "") and also \(number)"
        return .commit([
            .scheduleOrder(order.id, at: now),
            .alarm(alarm(.critical, message, of: order, now: now)),
        ])
    }

    private static func unknownWord(
        _ event: BrokerEvent, of order: Order, now: EventTime
    ) -> Effect {
        let message = "order \(order.id): the broker says '\(event.status.prefix(40))'"
        return .alarm(alarm(.warning, message, of: order, now: now))
    }

    private static func alarm(
        _ severity: Severity, _ message: String, of order: Order, now: EventTime
    ) -> Alarm {
        Alarm(
            severity, stage: name, message: message, account: order.account,
            position: order.position, trace: order.trace, at: now)
    }
}
