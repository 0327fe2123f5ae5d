import MessageBus
import Stages
import Trading
import Workers

// P4: what was acknowledged has had its effect.
extension Promises {
    func acknowledged(_ entry: Acknowledgement, _ fields: Fields) {
        if entry.stream == exits, let request = try? ExitRequest(fields) {
            acknowledgedExits.append(request.position)
            touch(request.position)
        } else if entry.stream == Keys.signals, let signal = try? Signal(fields) {
            acknowledgedSignals.append(signal.id)
        } else if entry.stream == orderUpdates, let update = try? OrderUpdate(fields) {
            acknowledgedUpdates.append(update)
        }
    }

    /// After ``check()`` has seen what is stored now.
    func checkAcknowledged() throws(BusError) {
        while let id = acknowledgedExits.popLast() {
            guard let position = positions[id] else { continue }
            if !position.isAskedFor, !position.status.isClosed, position.isStored {
                world.broken("P4: an exit of \(id) was acknowledged and is not asked for")
            }
        }
        while let id = acknowledgedSignals.popLast() {
            for account in World.accounts {
                let verdict = try session.load([
                    .text(Keys.verdict(Self.shard, id, account))
                ]).answers.first
                guard case .text(nil)? = verdict else { continue }
                world.broken("P4: signal \(id) was acknowledged without a verdict for \(account)")
            }
        }
        while let update = acknowledgedUpdates.popLast() {
            guard let order = orders[update.order], order.lacks(update) else { continue }
            // Decided in one batch with another one, which says as much and is tried again.
            let waiting = try world.waiting(orderUpdates, of: StageName.handler, session)
            let others = waiting.compactMap { try? OrderUpdate($0.fields) }
            if !others.contains(where: { $0.covers(update) }) {
                world.broken("P4: an update of \(update.order) was acknowledged without its effect")
            }
        }
    }

    func forgetAcknowledged() {
        acknowledgedExits = []
        acknowledgedSignals = []
        acknowledgedUpdates = []
    }
}

// At the end, when all is closed: position, account and broker agree.
extension Promises {
    func checkEnd() throws(BusError) {
        for account in World.accounts { try checkBooks(of: account) }
        for id in known { try checkFills(of: id) }
    }

    private func position(_ id: PositionID) throws(BusError) -> PositionTracker? {
        guard
            case .fields(let fields)? = try session.load([
                .hash(Keys.position(Self.shard, id))
            ]).answers.first, !fields.isEmpty
        else { return nil }
        return try? PositionTracker(fields, id: id)
    }

    private func checkFills(of id: PositionID) throws(BusError) {
        // One that the server has forgotten is nobody's any more; a person must look at the book.
        guard let position = try position(id) else {
            if created.contains(id), !world.script.hasLostTail {
                world.broken("P5: \(id) is gone")
            }
            return
        }
        let broker = world.ledger.positions[id] ?? Ledger.Account()
        for (leg, side, name) in [
            (position.entry, broker.bought, "bought"), (position.exit, broker.sold, "sold"),
        ] where (leg.quantity, leg.value) != (side.units, side.value) {
            world.broken(
                "P6: \(id) \(name) \(leg.quantity.text) for \(leg.value.text), at the broker "
                    + "\(side.units.text) for \(side.value.text)")
        }
        if broker.bought.units != broker.sold.units { world.broken("P1: \(id) is not flat") }
    }

    private func checkBooks(of account: AccountID) throws(BusError) {
        let key = Keys.account(Self.shard, account, Market.day)
        guard case .fields(let fields)? = try session.load([.hash(key)]).answers.first,
            let day = try? AccountDay(fields)
        else { return world.broken("P6: the day of \(account) cannot be read") }
        if day.open != 0 || day.reserved != .zero {
            world.broken("P6: \(account) still reserves \(day.reserved.text) for \(day.open)")
        }
        var net = Money.zero
        for id in known {
            if let position = try position(id), position.account == account,
                position.status == .exited
            {
                net += position.net
            }
        }
        if day.realised != net {
            world.broken("P6: \(account) realised \(day.realised.text), its trades \(net.text)")
        }
    }
}

extension Promises.OrderSight {
    fileprivate func lacks(_ update: OrderUpdate) -> Bool {
        update.total.map { total < $0 } ?? false
            || update.status.isFinished && !status.isFinished
    }
}

extension OrderUpdate {
    fileprivate func covers(_ other: OrderUpdate) -> Bool {
        order == other.order
            && (other.total.map { wanted in total.map { $0 >= wanted } ?? false } ?? true)
            && (status.isFinished || !other.status.isFinished)
    }
}
