import Trading

/// The legs of super orders: made when the entry ends, watched, triggered, closed.
extension Engine {
    /// An order that belongs to a super order has ended.
    mutating func legEnded(_ order: SimulatedOrder) {
        guard let place = order.leg else { return }
        if place.leg == .entry { return makeLegs(of: order) }
        watched[order.request.instrument]?.removeAll { $0 == order.number }
        guard order.status == .traded, let own = supers[place.entry] else { return }
        supers[place.entry]?.isClosed = true
        for other in own.orders.values where other != order.number {
            finish(other, .cancelled, reason: "Super order closed", at: order.updatedAt)
        }
    }

    /// For what the entry has bought or sold.
    private mutating func makeLegs(of entry: SimulatedOrder) {
        guard entry.filled > .zero, var own = supers[entry.number] else { return }
        own.trailsFrom = entry.value.average(over: entry.filled)
        let missing =
            chance.happens(.legMissing) ? chance.one(of: [SuperOrder.Leg.stop, .target]) : nil
        for leg in [SuperOrder.Leg.stop, .target] where leg != missing {
            guard let price = own.price(of: leg), !own.cancelled.contains(leg) else { continue }
            own.orders[leg] = make(leg, at: price, of: entry)
        }
        supers[entry.number] = own
    }

    private mutating func make(
        _ leg: SuperOrder.Leg, at price: Price, of entry: SimulatedOrder
    ) -> OrderNumber {
        let time = entry.updatedAt
        var request = OrderRequest(
            entry.request.side == .buy ? .sell : .buy, entry.filled, of: entry.request.instrument,
            at: leg == .target ? price : nil)
        if leg == .stop { request.trigger = price }
        request.product = entry.request.product
        request.correlation = "SQROFF\(orders.count + 1)"
        var order = SimulatedOrder(
            number: nextNumber(request, now: time), client: entry.client, request: request,
            fate: OrderFate(), at: time)
        order.status = .pending
        order.leg = SuperOrder.Place(leg: leg, entry: entry.number)
        order.isBrokers = true
        orders[order.number] = order
        _ = withAccount(order.client) {
            $0.orders.append(order.number)
            $0.working.insert(order.number)
        }
        watched[request.instrument, default: []].append(order.number)
        outbox.append(.ledger(LedgerLine(.accepted, order, at: time)))
        tell(order, at: time)
        return order.number
    }

    mutating func watchLegs(_ instrument: InstrumentID, _ ltp: Price, at time: EventTime) {
        for number in watched[instrument] ?? [] {
            guard let order = orders[number], order.isWaitingLeg, let place = order.leg,
                !isUnderWay(place)
            else { continue }
            if place.leg == .stop { trail(order, ltp, at: time) }
            guard let moved = orders[number], moved.isReached(by: ltp) else { continue }
            send(moved, at: time)
        }
    }

    /// While one exit is at the exchange the other one does nothing.
    private func isUnderWay(_ place: SuperOrder.Place) -> Bool {
        supers[place.entry]?.orders.values.contains {
            orders[$0].map { $0.status.isWorking && !$0.isWaitingLeg } ?? false
        } ?? false
    }

    private mutating func trail(_ order: SimulatedOrder, _ ltp: Price, at time: EventTime) {
        guard let place = order.leg, var own = supers[place.entry],
            own.trail(ltp, of: order.request.side == .sell ? .buy : .sell)
        else { return }
        supers[place.entry] = own
        move(.stop, of: own, at: time)
    }

    /// The price of a leg has changed.
    mutating func move(_ leg: SuperOrder.Leg, of own: SuperOrder, at time: EventTime) {
        guard let number = own.orders[leg], var order = orders[number], order.isWaitingLeg,
            let price = own.price(of: leg)
        else { return }
        if leg == .target { order.request.price = price } else { order.request.trigger = price }
        order.updatedAt = time
        orders[number] = order
        tell(order, at: time)
    }

    private mutating func send(_ order: SimulatedOrder, at time: EventTime) {
        var order = order
        order.isTriggered = true
        order.status = .transit
        order.updatedAt = time
        orders[order.number] = order
        tell(order, at: time)
        agenda.plan(.open(order.number), at: time + settings.profile.latency)
    }
}

extension SimulatedOrder {
    /// It rests at the broker and waits for its price.
    var isWaitingLeg: Bool {
        leg != nil && leg?.leg != .entry && status == .pending && exchangeAt == nil
    }

    fileprivate func isReached(by ltp: Price) -> Bool {
        switch (leg?.leg, request.side) {
        case (.target, .sell): request.price.map { ltp >= $0 } ?? false
        case (.target, .buy): request.price.map { ltp <= $0 } ?? false
        case (.stop, .sell): request.trigger.map { ltp <= $0 } ?? false
        case (.stop, .buy): request.trigger.map { ltp >= $0 } ?? false
        case (.entry, _), (nil, _): false
        }
    }
}
