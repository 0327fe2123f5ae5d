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
        guard positions.allSatisfy({ isIdle($0) }) else { return }
        let net = books.net[contract] ?? .zero
        tellOfShort(contract, net)
        let left = positions.reduce(Quantity.zero) { $0 + max(.zero, $1.remaining) }
        let units = max(.zero, net) - left
        let before = trades.balances[contract] ?? .init()
        if before.units < .zero, !positions.isEmpty {
            record.missing.insert(contract)
            isOpen = true
        }
        guard units != before.units else { return }
        let listed = Reconciler.Listed(of: contract, books, ours, on: now.day)
        guard listed.allows(units, before, net) else { return doubt(contract, net, listed) }
        if units < .zero { record.missing.insert(contract) }
        // Nothing may have been stored between the two reads, or what is held is older than it.
        let revs = positions.map { "\($0.id)@\($0.rev)" }.sorted().joined(separator: ",")
        let sight = "\(net.text)/\(ours.trades.rev)/\(revs)"
        let seen = ours.record.seen[contract]
        // That something of an earlier day is gone, whose orders are in no book, is more often a
        // list of positions that is late or empty; exits that left out what is there after all
        // would strand it.
        let wait = units < .zero && listed.isCarried ? Self.longDoubt : .zero
        guard let seen, seen.what == sight, asked - seen.at >= wait else {
            record.seen[contract] = seen?.what == sight ? seen : .init(sight, at: asked)
            isOpen = true
            return
        }
        tell(contract, from: before.units, to: units, trades.leftOut(of: contract), positions)
        trades.set(
            .init(units: units, value: value(of: units, before, positions)), of: contract)
    }

    /// No order of it can have changed what is held since the books were read.
    private func isIdle(_ position: PositionTracker) -> Bool {
        guard position.entry.working == 0 else { return false }
        if position.exit.working == 0 { return true }
        let orders = position.exitOrders.map { ours.orders[$0] }
        return !orders.isEmpty
            && orders.allSatisfy { $0?.status == .accepted || $0?.status.isFinished == true }
    }

    /// How long what is hard to believe is seen before it is believed, or told.
    private static let longDoubt = Span.seconds(60)
    /// How long until what stays wrong is told again.
    private static let toldEvery = Span.minutes(5)
    private static let contradicted = "contradicted"

    /// Nothing is concluded: what the books do not agree on is late somewhere. Where it stays so, a
    /// person must look.
    private mutating func doubt(
        _ contract: InstrumentID, _ net: Quantity, _ listed: Reconciler.Listed
    ) {
        isOpen = true
        let seen = ours.record.seen[contract]
        let since = seen?.what == Self.contradicted ? seen?.at ?? asked : asked
        record.seen[contract] = .init(Self.contradicted, at: since)
        guard asked - since >= Self.longDoubt else { return }
        let key = "contradicted:\(contract.text)"
        if let told = ours.record.told[key], asked - told.at < Self.toldEvery { return }
        record.told[key] = .init(net.text, at: asked)
        let message =
            "the broker holds \(net.text) \(contract.text), and its orders come to "
            + "\(listed.traded.text)\(listed.isBehind ? ", without all of our fills" : ""): "
            + "nothing is concluded, and exits leave nothing out"
        effects.append(.alarm(ours.alarm(.critical, message, now: now)))
    }

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
        _ contract: InstrumentID, from before: Quantity, to after: Quantity, _ leftOut: Quantity,
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
        } else if after > .zero, leftOut > .zero {
            let message =
                "\(after.text) \(name) are at the broker, where exits have left out "
                + "\(leftOut.text) as sold by hand: close them by hand"
            effects.append(.alarm(ours.alarm(.critical, message, now: now)))
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
