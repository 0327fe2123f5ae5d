package import Trading

extension Engine {
    /// A price of the market: what rests on the contract is matched, then the feed hears of it.
    /// While nothing trades there is none; the last one that was given comes when it goes on.
    package mutating func quote(_ tick: Tick, now: EventTime) {
        run(now: now)
        guard !settings.isHalted else {
            heldTicks[tick.instrument] = tick
            return
        }
        drawHalt(now)
        market.take(tick)
        watchBreaker(tick, at: now)
        for number in resting[tick.instrument] ?? [] {
            trigger(number, by: tick.quote.ltp, at: now)
            match(number, at: now)
        }
        watchLegs(tick.instrument, tick.quote.ltp, at: now)
        watchForevers(tick.instrument, tick.quote.ltp, at: now)
        spread(tick, now: now)
        watchProfit(of: tick.instrument, at: now)
    }

    private mutating func trigger(_ number: OrderNumber, by ltp: Price, at time: EventTime) {
        guard var order = orders[number], order.isDormant, let trigger = order.request.trigger
        else { return }
        let isReached = order.request.side == .buy ? ltp >= trigger : ltp <= trigger
        guard isReached else { return }
        order.isTriggered = true
        order.updatedAt = time
        orders[number] = order
        tell(order, at: time)
        // A stop's limit is held against the price protection when it comes into force.
        if let refusal = checks(of: order, at: time).protection {
            finish(number, .rejected, reason: "EXCH:\(number):\(refusal)", at: time)
        }
    }

    /// Fills what the quote allows.
    mutating func match(_ number: OrderNumber, at time: EventTime) {
        guard !settings.isHalted, var order = orders[number], order.isAtExchange,
            !order.isDormant, !waitsForAuction(order, at: time)
        else { return }
        protect(&order)
        orders[number] = order
        guard let limit = order.request.price else { return }
        let instrument = order.request.instrument
        switch settings.fills {
        case .limits:
            fill(number, fillable(order, depth: nil), at: limit, time)
        case .quotes:
            guard let quote = market[instrument]?.quote else { return }
            let touch = Touch(
                of: order.request.side, quote, tick: tick(of: instrument), settings.profile)
            guard let price = touch.price(within: limit) else { return }
            fill(number, fillable(order, depth: touch.depth), at: price, time)
        }
    }

    /// In whole lots; an odd rest of less than one lot fills at once.
    private func fillable(_ order: SimulatedOrder, depth: Quantity?) -> Quantity {
        let lot = lot(of: order.request.instrument)
        let whole = order.request.quantity.units
        let share = whole * settings.profile.fillShare.basisPoints / 10_000
        var units = max(share / lot * lot, lot)
        if settings.profile.respectDepth, let depth { units = min(units, depth.units / lot * lot) }
        if let cap = order.cap {
            let most = cap == .zero ? 0 : max(cap.units / lot * lot, min(lot, whole))
            units = min(units, most - order.filled.units)
        }
        return Quantity(max(0, min(units, order.remaining.units)))
    }

    mutating func lift(_ number: OrderNumber, to cap: Quantity?, at time: EventTime) {
        orders[number]?.cap = cap
        match(number, at: time)
    }

    /// So much of the whole order, whatever the market says: a fill that wins a race.
    mutating func force(_ number: OrderNumber, share: Int, at time: EventTime) {
        guard let order = orders[number], order.isAtExchange, let price = forcedPrice(order)
        else { return }
        let lot = lot(of: order.request.instrument)
        let wanted = max(order.request.quantity.units * share / 100 / lot * lot, lot)
        let units = min(wanted, order.request.quantity.units) - order.filled.units
        fill(number, Quantity(max(0, units)), at: price, time)
    }

    /// The remainder of an order that was called cancelled.
    mutating func forceAfterAll(_ number: OrderNumber, at time: EventTime) {
        guard let order = orders[number], order.status == .cancelled,
            let price = forcedPrice(order)
        else { return }
        chance.count(.fillAfterCancel)
        fill(number, order.remaining, at: price, time)
    }

    private func forcedPrice(_ order: SimulatedOrder) -> Price? {
        order.request.price ?? market[order.request.instrument]?.quote.ltp
    }

    private mutating func fill(
        _ number: OrderNumber, _ units: Quantity, at price: Price, _ time: EventTime
    ) {
        guard units > .zero, var order = orders[number] else { return }
        let isLate = order.status == .cancelled
        order.filled += units
        order.value += price * units
        order.lastPrice = price
        order.updatedAt = time
        order.reason = isLate ? order.reason : "TRADE CONFIRMED"
        if !isLate { order.status = order.remaining == .zero ? .traded : .partTraded }
        let charges = ChargeSchedule().charges(for: order.traded(on: time.day)).total
        order.charges = charges + order.fee
        orders[number] = order
        book(order, units, price, at: time)
        if order.status == .traded { leave(order) }
        outbox.append(.ledger(LedgerLine(.filled, order, at: time)))
        tell(order, at: time)
        if order.status == .traded { legEnded(order) }
    }

    /// Trades, holdings and charges.
    private mutating func book(
        _ order: SimulatedOrder, _ units: Quantity, _ price: Price, at time: EventTime
    ) {
        let request = order.request
        let shownAt = max(order.shownAt, time + .milliseconds(delayOfTrades()))
        if shownAt > time { agenda.plan(.show, at: shownAt) }
        let rows = rows(units, of: request.instrument, order.number)
        let trades = rows.map { quantity in
            SimulatedTrade(
                order: order.number, exchangeTradeID: nextTradeID(), quantity: quantity,
                price: price, at: time, shownAt: shownAt)
        }
        let key = Holding.Key(request.instrument, request.product)
        _ = withAccount(order.client) { account in
            account.trades += trades
            account.holdings[key, default: Holding()].add(request.side, units, price * units)
            account.charges[order.number] = order.charges
        }
        planSquareOff(order, at: time)
    }

    private mutating func delayOfTrades() -> Int {
        chance.happens(.lateTrades) ? chance.within(1_000...4_000) : 0
    }

    /// One fill of several lots is several rows, as an exchange's book has several others in it.
    private func rows(
        _ units: Quantity, of instrument: InstrumentID, _ number: OrderNumber
    ) -> [Quantity] {
        let lot = lot(of: instrument)
        let lots = units.units / lot
        let count = min(max(1, lots), 1 + Int(FNV1a.hash(number.text) % 3))
        guard count > 1 else { return [units] }
        let each = lots / count * lot
        return Array(repeating: Quantity(each), count: count - 1)
            + [Quantity(units.units - each * (count - 1))]
    }

    mutating func leave(_ order: SimulatedOrder) {
        resting[order.request.instrument]?.removeAll { $0 == order.number }
        _ = withAccount(order.client) { $0.working.remove(order.number) }
    }

    /// Its last status, unless it has one.
    mutating func finish(
        _ number: OrderNumber, _ status: SimulatedOrder.Status, reason: String, at time: EventTime
    ) {
        guard var order = orders[number], order.status.isWorking else { return }
        order.status = status
        order.updatedAt = time
        order.reason = reason
        if status == .rejected { order.errorCode = "RS-9005" }
        orders[number] = order
        leave(order)
        outbox.append(.ledger(LedgerLine(.finished, order, at: time)))
        tell(order, at: time)
        legEnded(order)
    }
}
