import Trading

extension Reconciler.Comparison {
    mutating func compareHoldings() {
        record.seen = [:]
        guard ours.isComplete else { return }
        let contracts = Set(books.net.keys)
            .union(ours.positions.map(\.contract.instrument))
            .union(ours.trades.balances.keys)
        var trades = ours.trades
        for contract in contracts.sorted() where !unsettled.contains(contract) {
            compare(contract, &trades)
        }
        if trades != ours.trades { effects.append(.saveHandTrades(trades, ours.account)) }
    }

    private mutating func compare(_ contract: InstrumentID, _ trades: inout HandTrades) {
        let positions = ours.positions.filter { $0.contract.instrument == contract }
        guard positions.allSatisfy({ $0.entry.working == 0 && $0.exit.working == 0 }) else {
            return
        }
        let net = books.net[contract] ?? .zero
        tellOfShort(contract, net)
        let left = positions.reduce(Quantity.zero) { $0 + max(.zero, $1.remaining) }
        let units = max(.zero, net) - left
        let before = trades.balances[contract] ?? .init()
        guard units != before.units else { return }
        // Nothing may have been stored between the two reads, or what is held is older than it.
        let revs = positions.map { "\($0.id)@\($0.rev)" }.sorted().joined(separator: ",")
        let sight = "\(net.text)/\(ours.trades.rev)/\(revs)"
        let seen = ours.record.seen[contract]
        guard let seen, seen.what == sight, asked - seen.at >= doubt(units, contract) else {
            record.seen[contract] = seen?.what == sight ? seen : .init(sight, at: asked)
            isOpen = true
            return
        }
        trades.set(
            .init(units: units, value: value(of: units, before, positions)), of: contract)
        tell(contract, from: before.units, to: units, positions)
    }

    /// How long reads must have shown it. That something of ours is gone without an order in the
    /// book that sold it is more often a list of positions that is late or empty; exits that left
    /// out what is there after all would strand it.
    private func doubt(_ units: Quantity, _ contract: InstrumentID) -> Span {
        let own = books.orders.filter { $0.instrument == contract && $0.filled > .zero }
        let traded = BrokerBooks(filledBy: own).net[contract] ?? .zero
        let isExplained = !own.isEmpty && traded == books.net[contract] ?? .zero
        return units < .zero && !isExplained ? Self.longDoubt : .zero
    }

    private static let longDoubt = Span.seconds(60)

    /// What the units that were sold by hand brought: nobody says, so the last price stands in.
    private func value(
        of units: Quantity, _ before: HandTrades.Balance, _ positions: [PositionTracker]
    ) -> Money {
        let sold = max(.zero, .zero - units)
        let known = min(sold, before.sold)
        let price =
            positions.lazy.compactMap(\.watch.ltp).first
            ?? positions.lazy.compactMap(\.entry.averagePrice).first
        let part = before.sold > .zero ? (before.value.average(over: before.sold) ?? price) : price
        return (part.map { $0 * known } ?? .zero) + (price.map { $0 * (sold - known) } ?? .zero)
    }

    private mutating func tell(
        _ contract: InstrumentID, from before: Quantity, to after: Quantity,
        _ positions: [PositionTracker]
    ) {
        let sold = max(.zero, .zero - after)
        let name = positions.first?.contract.symbol ?? contract.text
        if sold > max(.zero, .zero - before) {
            let message =
                "\(sold.text) \(name) of our positions are not at the broker: exits "
                + "leave them out"
            effects.append(.alarm(ours.alarm(.critical, message, now: now)))
            // Each looks; the first ones leave out what is not there.
            effects += positions.map { .scheduleExit($0.id, at: now) }
        } else if after > .zero {
            let message = "\(after.text) \(name) at the broker belong to no position of ours"
            effects.append(.alarm(ours.alarm(.warning, message, now: now)))
        }
    }

    private mutating func tellOfShort(_ contract: InstrumentID, _ net: Quantity) {
        let key = "short:\(contract.text)"
        guard net < .zero else {
            record.told[key] = nil
            return
        }
        guard ours.record.told[key]?.what != net.text else { return }
        record.told[key] = .init(net.text, at: asked)
        let message = "\(net.text) \(contract.text) at the broker: sold short"
        effects.append(.alarm(ours.alarm(.critical, message, now: now)))
    }
}
