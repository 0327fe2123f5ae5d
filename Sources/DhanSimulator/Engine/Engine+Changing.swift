package import Trading

/// What a client wants changed of an order.
package struct Modification: Sendable, Hashable {
    package var kind: OrderRequest.Kind?
    package var validity: OrderRequest.Validity?
    /// The order's whole quantity, not what remains.
    package var quantity: Quantity?
    package var price: Price?
    package var trigger: Price?

    package init() {}
}

extension Engine {
    /// Modifications that the broker takes of one order.
    static let mostModifications = 25

    /// - Returns: why not; nil when it was taken, which does not say that it will be done.
    package mutating func cancel(
        _ number: OrderNumber, of client: ClientID, now: EventTime
    ) -> String? {
        if isForever(number, of: client) { return nil }
        if let refusal = untouchable(number, of: client, now: now) { return refusal }
        guard var order = orders[number] else { return Self.noSuchOrder }
        // A modification is accepted in transit; a cancel is not.
        if order.status == .transit { return "Order is in Transit state" }
        if chance.happens(.changeRefused) { return Self.noSuchOrder }
        order.cancels += 1
        orders[number] = order
        let after = now + settings.profile.latency + .milliseconds(order.fate.pause)
        switch order.fate.cancel {
        case .lost where order.cancels == 1: chance.count(.cancelLost)
        case .afterFill:
            chance.count(.cancelAfterFill)
            agenda.plan(.fillAll(number), at: after)
        case .afterPart:
            chance.count(.cancelAfterPart)
            agenda.plan(.fillShare(number), at: after)
            agenda.plan(.finish(number, .cancelled, ""), at: after + .milliseconds(5))
        case .done, .lost:
            agenda.plan(.finish(number, .cancelled, ""), at: after)
            if order.fate.fillsAfterCancel {
                agenda.plan(.fillAfterAll(number), at: after + .seconds(1))
            }
        }
        return nil
    }

    package mutating func modify(
        _ number: OrderNumber, of client: ClientID, _ modification: Modification, now: EventTime
    ) -> String? {
        if let refusal = untouchable(number, of: client, now: now) { return refusal }
        guard var order = orders[number] else { return Self.noSuchOrder }
        guard order.modifications < Self.mostModifications else {
            return "Maximum number of modifications for this order is reached"
        }
        if let quantity = modification.quantity, quantity <= order.filled {
            return "Quantity is not more than what has been traded"
        }
        if let refusal = refusal(of: modification, to: order, now: now) { return refusal }
        if chance.happens(.changeRefused) { return Self.noSuchOrder }
        order.modifications += 1
        orders[number] = order
        if order.fate.losesModification, order.modifications == 1 {
            chance.count(.modifyLost)
        } else {
            let pause = Span.milliseconds(order.fate.pause)
            agenda.plan(
                .modify(number, modification), at: now + settings.profile.latency + pause)
        }
        return nil
    }

    static let noSuchOrder = "Incorrect request for order and cannot be processed"

    private func untouchable(
        _ number: OrderNumber, of client: ClientID, now: EventTime
    ) -> String? {
        guard let order = orders[number], order.client == client else { return Self.noSuchOrder }
        guard order.status.isWorking else { return "Order is already \(order.status.rawValue)" }
        if settings.keepsHours, !order.request.isAfterMarket {
            guard case .open(let session) = settings.calendar.session(on: now.day),
                session.contains(now)
                    || preOpen(of: order.request.instrument, on: now.day)?
                        .contains(now) == true
            else { return "Market is Closed! You cannot modify/cancel an order now." }
        }
        return nil
    }

    mutating func apply(
        _ modification: Modification, to number: OrderNumber, at time: EventTime
    ) {
        guard var order = orders[number], order.status.isWorking else { return }
        order.take(modification)
        order.updatedAt = time
        orders[number] = order
        outbox.append(.ledger(LedgerLine(.modified, order, at: time)))
        tell(order, at: time)
        match(number, at: time)
    }

    /// The same checks as for a new order, but for hours, expiry and funds.
    private func refusal(
        of modification: Modification, to order: SimulatedOrder, now: EventTime
    ) -> String? {
        var changed = order
        changed.take(modification)
        return OrderBody.relation(of: changed.request)
            ?? checks(of: changed, at: now).refusalOfChange
    }
}

extension SimulatedOrder {
    fileprivate mutating func take(_ modification: Modification) {
        request.kind = modification.kind ?? request.kind
        request.validity = modification.validity ?? request.validity
        request.price = modification.price ?? request.price
        request.trigger = modification.trigger ?? request.trigger
        if let quantity = modification.quantity, quantity > filled { request.quantity = quantity }
        if request.kind == .market { request.price = nil }
    }
}
