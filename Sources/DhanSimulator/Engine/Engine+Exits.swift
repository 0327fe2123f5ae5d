package import Trading

extension Engine {
    /// Cancels every working order of the account and sells or buys back all that it holds. Legs
    /// of super orders that wait for their price are overlooked, as was seen.
    package mutating func exitAll(_ client: ClientID, at time: EventTime) {
        let working = accounts[client]?.working.sorted() ?? []
        for number in working where !isSpared(number) {
            finish(number, .cancelled, reason: "Exit all", at: time)
        }
        squareOff(client, products: OrderRequest.Product.allCases, sparesLegs: true, at: time)
    }

    private func isSpared(_ number: OrderNumber) -> Bool { orders[number]?.isWaitingLeg == true }

    mutating func squareOff(
        _ client: ClientID, products: [OrderRequest.Product], sparesLegs: Bool = false,
        at time: EventTime
    ) {
        let holdings = accounts[client]?.holdings ?? [:]
        let open = holdings.filter { products.contains($0.key.product) && $0.value.net != .zero }
        for (key, holding) in open.sorted(by: { $0.key.instrument < $1.key.instrument }) {
            for number in accounts[client]?.working.sorted() ?? [] {
                guard let order = orders[number], order.request.instrument == key.instrument,
                    order.request.product == key.product, !(sparesLegs && order.isWaitingLeg)
                else { continue }
                finish(number, .cancelled, reason: "Square off", at: time)
            }
            // Who closes by himself pays nothing for it.
            let fee = sparesLegs ? Money.zero : settings.squareOffFee
            squareOff(holding.net, key, of: client, fee: fee, at: time)
        }
    }

    private mutating func squareOff(
        _ net: Quantity, _ key: Holding.Key, of client: ClientID, fee: Money, at time: EventTime
    ) {
        let freeze = contract(key.instrument)?.freezeQuantity(on: time.day)
        let slices = OrderSlices.slices(
            of: Quantity(abs(net.units)), lot: Quantity(lot(of: key.instrument)), freeze: freeze)
        for slice in slices {
            var request = OrderRequest(
                net > .zero ? .sell : .buy, slice, of: key.instrument, at: nil)
            request.product = key.product
            request.correlation = "SQROFF\(orders.count + 1)"
            let order = accept(request, from: client, isBrokers: true, now: time)
            orders[order.number]?.fee = fee
        }
    }

    /// Of a session that is over by then, ten minutes before its end: nothing is published.
    private func squareOffTime(on day: Day) -> EventTime? {
        guard let close = settings.squareOff else { return nil }
        let due = EventTime(day, close)
        guard case .open(let session) = settings.calendar.session(on: day), session.closesAt <= due
        else { return due }
        return session.closesAt - .minutes(10)
    }

    /// Positions of the day's product are closed by the broker before the end.
    mutating func planSquareOff(_ order: SimulatedOrder, at time: EventTime) {
        guard order.request.product == .intraday, settings.keepsHours,
            let due = squareOffTime(on: time.day)
        else { return }
        guard accounts[order.client]?.squareOffPlanned != time.day, due > time else { return }
        _ = withAccount(order.client) { $0.squareOffPlanned = time.day }
        agenda.plan(.squareOff(order.client), at: due)
    }

    /// Books are of one day: what is held is carried over, the rest is forgotten.
    mutating func turnDay(_ now: EventTime) {
        guard today != now.day else { return }
        defer { today = now.day }
        drawHoliday(now.day)
        guard let today, today < now.day else { return }
        let working = Set(orders.filter { $0.value.status.isWorking }.keys)
        for client in accounts.keys {
            let spent = accounts[client]?.spent ?? .zero
            writeStatement(client, today)
            _ = withAccount(client) { account in
                account.opening = account.opening - spent
                account.holdings = account.holdings.compactMapValues(\.carried)
                account.charges = [:]
                account.trades = []
                account.orders.removeAll { !working.contains($0) }
                account.isKilled = false
                account.pnlExit = nil
            }
            settle(client, before: now.day)
        }
    }
}
