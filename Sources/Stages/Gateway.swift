package import Trading

/// What is sent to a broker, and what is believed of the answer.
///
///     orders:exit before orders:entry, orders:due ──▶ Gateway ──▶ broker, order hash
///
/// The rules:
/// 1. An order is sent once: only an `accepted` order is marked `sending`, and only its marker
///    may write the call's outcome.
/// 2. An entry is checked again when its turn comes. An exit is never refused here.
/// 3. An order over the budget waits in `orders:due`; exits have the reserve for themselves.
/// 4. An outcome that nobody knows is looked up until the absence rule has answered.
/// 5. An order that may have been sent before the server was restarted is looked up first.
/// 6. An exit waits a little, and no longer, where nobody has compared lately what is held.
/// 7. How an order ends is the handler's to say: refusals go there as updates.
package enum Gateway {
    package static let name = "gateway"

    package enum Step: Sendable, Hashable {
        /// Commit this, with the acknowledgement; then call the broker with the nonce.
        case send([Effect])
        /// Commit this: the order waits in `orders:due`, for its budget or for the broker's book.
        case wait([Effect])
        /// Commit this: the order will not be sent.
        case refuse([Effect])
        /// Commit this; then ask the broker to cancel. A cancel that is lost is asked for again
        /// by whoever asked: the exit engine, or ``due(_:budget:profile:now:)`` for entries.
        case cancel(OrderNumber, [Effect])
        case drop(String)
    }

    /// - Parameters:
    ///   - origin: whether another run of the server may have seen it sent.
    ///   - held: what is known of what the account holds; nil where the broker's books are ours.
    ///   - freshFor: how long such knowledge is good.
    ///   - refusal: why an entry may no longer be sent; ignored for exits and for cancels.
    ///   - nonce: fresh for each call.
    ///   - wall: the wall's clock: senders live by it, also where a replay's clock stands still.
    package static func decide(
        request: OrderRequest, order: Order?, origin: OrderOrigin, held: HeldSight? = nil,
        freshFor: Span = ReconcilerProfile().freshFor, budget: OrderBudget,
        refusal: Refusal?, nonce: Nonce, profile: GatewayProfile, now: EventTime, wall: EventTime
    ) -> Step {
        guard let order else { return .drop("no order \(request.order)") }
        if order.status == .accepted, !origin.isKnown(order) {
            var asked = order
            // While the book is asked for it, the books can be compared too.
            if held != nil, order.purpose == .exit { asked.heldAt = order.heldAt ?? wall }
            return .wait(ask(asked, origin, profile: profile, now: now))
        }
        switch request.action {
        case .place:
            if order.status == .accepted,
                let wait = hold(
                    order, held, profile: profile, freshFor: freshFor, now: now, wall: wall)
            {
                return .wait(wait)
            }
            return place(
                order, budget: budget, refusal: refusal, nonce: nonce, profile: profile, now: now,
                wall: wall)
        case .cancel:
            return cancel(order, budget: budget, profile: profile, now: now)
        }
    }

    private static func place(
        _ order: Order, budget: OrderBudget, refusal: Refusal?, nonce: Nonce,
        profile: GatewayProfile, now: EventTime, wall: EventTime
    ) -> Step {
        guard order.status == .accepted else { return .drop("order is \(order.status.text)") }
        if order.purpose == .entry {
            let late = order.expiresAt.map { now >= $0 } ?? false
            if let refusal = refusal ?? (late ? .signalExpired : nil) {
                return .refuse(
                    settle(
                        order, as: .rejected, reason: "not sent: \(refusal.rawValue)",
                        profile: profile, now: now))
            }
        }
        if let earliest = budget.earliest(profile, purpose: order.purpose, now: now) {
            // An entry that is over its time by then is refused when that is known.
            return .wait([
                .scheduleOrder(order.id, at: min(earliest, order.expiresAt ?? earliest))
            ])
        }
        var marked = order
        marked.status = .sending
        marked.nonce = nonce
        marked.markedAt = wall
        marked.heldAt = nil
        return .send([
            .saveOrder(marked), .saveBudget(budget.taking(at: now), order.account),
            .calling(order.id, true), .scheduleOrder(order.id, at: now + profile.senderLife),
        ])
    }

    /// An order that no broker has: the handler ends it. `sent` keeps every sender away, and the
    /// due time repeats the update should it be lost.
    static func settle(
        _ order: Order, as status: OrderStatus, reason: String, profile: GatewayProfile,
        now: EventTime
    ) -> [Effect] {
        var settled = order
        settled.status = .sent
        settled.nonce = nil
        settled.error = reason
        return [
            .saveOrder(settled),
            .sendUpdate(
                OrderUpdate(
                    order: order.id, account: order.account, status: status, number: nil,
                    filled: nil, value: nil, reason: reason, source: name, at: now)),
            .scheduleOrder(order.id, at: now + profile.pollEvery),
        ]
    }
}

extension OrderBudget {
    func taking(at now: EventTime) -> OrderBudget {
        var budget = self
        budget.take(at: now)
        return budget
    }
}
