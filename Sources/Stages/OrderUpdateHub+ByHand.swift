package import Trading

extension OrderUpdateHub {
    /// What the broker said of an order that is not ours. What it has filled changes what the
    /// account holds: exits that were going to sell it must know.
    ///
    /// - Parameters:
    ///   - parked: how many of the messages wait under the number, and go with this decision.
    ///   - positions: the account's open ones; nil when one of them cannot be read.
    ///   - orders: theirs.
    package static func byHand(
        _ events: [BrokerEvent], number: OrderNumber, parked: Int, trades: HandTrades,
        positions: [PositionTracker]?, orders: [Order], now: EventTime
    ) -> Decision {
        let isNew = trades.orders[number] == nil
        var effects: [Effect] = parked > 0 ? [.discard(number, parked)] : []
        if isNew, parked == 0 { effects.append(.unlessOurs(number)) }
        guard let last = events.max(by: { ($0.filled ?? .zero) < ($1.filled ?? .zero) }) else {
            return .commit(effects + [.scheduleForeign(number, at: nil)])
        }
        // Counted as sold by hand, what our own order has sold would be left out once more.
        if parked > 0, orders.contains(where: { $0.mayHave(last) }) {
            return .commit([.scheduleForeign(number, at: now + askAgain)])
        }
        let onContract = (positions ?? []).filter { $0.contract.instrument == last.instrument }
        let fill = HandTrades.Fill(last, priced: onContract)
        var noted = trades
        guard let fill,
            noted.note(
                fill, of: number,
                held: positions == nil ? nil : onContract.reduce(.zero) { $0 + $1.mostHeld })
        else {
            if isNew { effects.append(.alarm(alarm(last, number, .notice, now: now))) }
            return effects.isEmpty ? .drop("no news of \(number)") : .commit(effects)
        }
        let isReduced = noted.sold(of: fill.instrument) > trades.sold(of: fill.instrument)
        effects += [
            .saveHandTrades(noted, last.account),
            .alarm(alarm(last, number, isReduced ? .critical : .notice, now: now)),
        ]
        // Each looks; the first ones leave out what was sold.
        if isReduced {
            effects += onContract.map { .scheduleExit($0.id, at: now) }
        }
        return .commit(effects)
    }

    /// The same at first sight of a number: what a person has sold is sold again by each exit that
    /// does not know of it.
    ///
    /// - Parameter orders: of the account's positions, as far as they are known.
    /// - Returns: nil while the number may turn out to be that of an order of ours.
    package static func atFirstSight(
        _ event: BrokerEvent, number: OrderNumber, trades: HandTrades,
        positions: [PositionTracker], orders: [CorrelationID: Order], now: EventTime
    ) -> Decision? {
        // One that bears a name of ours was forgotten by a server that was restarted.
        guard event.order == nil, let instrument = event.instrument, let side = event.side else {
            return nil
        }
        let own = positions.filter { $0.contract.instrument == instrument }.flatMap { position in
            switch side {
            case .buy: position.entry.working > 0 ? [position.entryOrder] : []
            case .sell: position.exit.working > 0 ? position.exitOrders : []
            }
        }
        for id in own {
            guard let order = orders[id] else { return nil }
            // A restarted server may have forgotten that an accepted one was sent.
            if order.number == nil, !order.status.isFinished || order.status == .absent {
                return nil
            }
        }
        return byHand(
            [event], number: number, parked: 0, trades: trades, positions: positions, orders: [],
            now: now)
    }

    private static func alarm(
        _ event: BrokerEvent, _ number: OrderNumber, _ severity: Severity, now: EventTime
    ) -> Alarm {
        let what = event.instrument.map { " \($0.text)" } ?? ""
        let filled = event.filled.map { ", \($0.text) filled" } ?? ""
        return Alarm(
            severity, stage: name,
            message: "order \(number) is not ours: \(event.side?.text ?? "")\(what) "
                + "\(event.status.prefix(40))\(filled)",
            account: event.account, at: now)
    }
}

extension Order {
    /// The number in the message may be this order's: it may be at the broker, and has none yet.
    fileprivate func mayHave(_ event: BrokerEvent) -> Bool {
        number == nil && (status == .sending || status == .unknown)
            && (event.instrument ?? instrument) == instrument && (event.side ?? side) == side
    }
}

extension HandTrades.Fill {
    /// Nil where the broker does not say what was filled. Where it does not say at what price,
    /// the last one that was seen stands in: the units matter more.
    fileprivate init?(_ event: BrokerEvent, priced positions: [PositionTracker]) {
        guard let instrument = event.instrument, let side = event.side, let units = event.filled,
            units > .zero
        else { return nil }
        let price =
            event.averagePrice ?? positions.lazy.compactMap { $0.watch.ltp }.first
            ?? positions.lazy.compactMap { $0.entry.averagePrice }.first
        self.init(
            instrument: instrument, side: side, units: units,
            value: event.value ?? price.map { $0 * units } ?? .zero)
    }
}

extension PositionTracker {
    /// While its entry works, more may have been bought than is known here.
    fileprivate var mostHeld: Quantity {
        max(.zero, (entry.working > 0 ? quantity - exit.quantity - byHand.quantity : remaining))
    }
}
