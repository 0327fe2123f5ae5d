import Trading

extension ExitEngine {
    /// The oldest price that a limit is derived from: a stale price is not a price.
    static let oldestPrice = Span.seconds(10)

    /// Attempt n+1. The caller has seen that no order of attempt n works any more.
    static func claim(
        _ position: PositionTracker, exit: PositionTracker.ExitOrder, hand: Hand,
        profile: ExitProfile, now: EventTime
    ) -> [Effect] {
        let contract = position.contract
        let quantities = OrderSlices.slices(
            of: position.remaining, lot: contract.lot,
            freeze: contract.freezeQuantity > .zero ? contract.freezeQuantity : nil,
            atMost: min(
                OrderSlices.most, CorrelationID.mostSlices(ofAttempt: position.exitAttempt + 1)))
        var claimed = position
        claimed.status = .exiting
        claimed.exitAttempt += 1
        claimed.exitSlices = quantities.count
        claimed.exit.working = quantities.count
        claimed.exitClaimedAt = now

        let orders = orders(of: claimed, quantities: quantities, profile: profile, now: now)
        var effects: [Effect] = [.save(claimed)]
        if let trades = hand.trades {
            effects.append(.unlessTradedByHand(claimed.account, rev: trades.rev))
        } else {
            effects.append(.alarm(unreadable(claimed, now: now)))
        }
        for order in orders {
            effects += [
                .place(order),
                .sendOrder(OrderRequest(.place, order, at: now)),
                // The request is faster; this is for the case that the gateway never reads it.
                .scheduleOrder(order.id, at: now + profile.retryAfter),
            ]
        }
        effects += [
            .lock(claimed.id, ExitLock(of: claimed, reason: exit.reason, profile)),
            .scheduleExit(
                claimed.id, at: rest(of: orders, claimed, profile: profile, now: now).look),
            .sendPosition(PositionEvent(claimed, at: now)),
        ]
        if claimed.exitAttempt >= profile.alarmFrom {
            effects.append(.alarm(hardToClose(claimed, reason: exit.reason, now: now)))
        }
        return effects
    }

    private static func orders(
        of claimed: PositionTracker, quantities: [Quantity], profile: ExitProfile, now: EventTime
    ) -> [Order] {
        let limit = limit(of: claimed, profile: profile, now: now)
        return zip(claimed.exitOrders, quantities).map { id, quantity in
            Order(
                id: id, account: claimed.account, instrument: claimed.contract.instrument,
                side: .sell, type: limit == nil ? .market : .limit, price: limit,
                quantity: quantity, acceptedAt: now, trace: claimed.signal)
        }
    }

    /// Below the last bid by the attempt's protection. Nil without a fresh price: then the broker,
    /// which turns a market order into a protected limit, knows better.
    static func limit(
        of position: PositionTracker, profile: ExitProfile, now: EventTime
    ) -> Price? {
        guard let tickAt = position.watch.tickAt, now - tickAt <= oldestPrice,
            let price = position.watch.bid ?? position.watch.ltp,
            !profile.protection.isEmpty
        else { return nil }
        let step = min(position.exitAttempt, profile.protection.count) - 1
        let protected = price - profile.protection[max(0, step)].of(price)
        let tick = position.contract.tickSize
        return max(protected.roundedDown(to: tick), tick)
    }

    private static func unreadable(_ position: PositionTracker, now: EventTime) -> Alarm {
        Alarm(
            .critical, stage: name,
            message: "what was traded by hand cannot be read: \(position.remaining.text) "
                + "\(position.contract.symbol) are sold all the same",
            account: position.account, position: position.id, trace: position.signal, at: now)
    }

    private static func hardToClose(
        _ position: PositionTracker, reason: ExitReason, now: EventTime
    ) -> Alarm {
        Alarm(
            .critical, stage: name,
            message: "attempt \(position.exitAttempt) to sell \(position.remaining.text) "
                + "\(position.contract.symbol) (\(reason.text))",
            account: position.account, position: position.id, trace: position.signal, at: now)
    }
}
