package import MessageBus
import Stages
import Trading

/// The exit engine's hands: loads the position of each request and of each due time.
package final class ExitEngineStage: GroupStage {
    package let name = ExitEngine.name
    package let slot: Slot
    package let streams: [Key]
    package let dueSets: [DueSet]
    package var positionsDue: Key? { Keys.exitsDue(shard) }

    private let desk: Desk
    private let shard: Int

    package init(_ desk: Desk, shard: Int) {
        self.desk = desk
        self.shard = shard
        slot = .shard(shard)
        streams = [Keys.exits(shard)]
        dueSets = [DueSet(Keys.exitsDue(shard), by: .event)]
    }

    package func settle(
        _ work: Work, _ session: any BusSession
    ) throws(BusError) -> [Step] {
        guard !work.isEmpty else { return [] }
        let reading = Reading<ExitRequest>(work.deliveries)
        let due = work.due.first ?? []
        let ids = Set(reading.messages.map(\.message.position))
            .union(due.map { PositionID($0.member) }).sorted()
        var load = ShardLoad(self.desk, shard: shard, worker: work.worker)
        // A request names its account, so what was traded by hand there costs no round trip.
        let accounts = Set(reading.messages.map(\.message.account))
        try load.load(
            ids.map { Keys.position(shard, $0) }, tolerating: byHand(accounts), session)
        try self.load(due, of: ids, knowing: accounts, &load, session)
        return reading.rejected
            + reading.messages.map { step($0.delivery, $0.message, &load) }
            + due.map { step($0, &load) }
    }

    /// What is known only when the positions are loaded.
    private func load(
        _ due: [DueTime], of ids: [PositionID], knowing accounts: Set<AccountID>,
        _ load: inout ShardLoad, _ session: any BusSession
    ) throws(BusError) {
        let positions = ids.compactMap { try? load.ledger.position($0) }
        let named = Set(due.map { PositionID($0.member) })
        let orders = positions.filter { named.contains($0.id) }
            .flatMap { $0.exitOrders + [$0.entryOrder] }
        let others = Set(positions.map(\.account)).subtracting(accounts)
        if !orders.isEmpty || !others.isEmpty {
            try load.load(
                orders.map { Keys.order(shard, $0) }, tolerating: byHand(others), session)
        }
        // One that has nothing left to sell is booked.
        let reduced = positions.filter { position in
            ExitEngine.Hand(trades: trades(of: position.account, load)).hasSold(position)
        }
        .map { Keys.account(shard, $0.account, $0.createdAt.day) }
        if !reduced.isEmpty {
            try load.load(Set(reduced).sorted { $0.text < $1.text }, session)
        }
    }

    private func byHand(_ accounts: Set<AccountID>) -> [Key] {
        accounts.sorted().map { Keys.byHand(shard, $0) }
    }

    private func hand(
        of position: PositionTracker?, _ load: ShardLoad
    ) throws(FieldError) -> ExitEngine.Hand {
        guard let position else { return ExitEngine.Hand(trades: nil) }
        var hand = ExitEngine.Hand(trades: trades(of: position.account, load))
        if hand.hasSold(position) {
            hand.day = try load.ledger.day(position.account, position.createdAt.day)
        }
        return hand
    }

    private func trades(of account: AccountID, _ load: ShardLoad) -> HandTrades? {
        guard load.unreadable[Keys.byHand(shard, account)] == nil else { return nil }
        return try? load.ledger.handTrades(account, on: load.now.day)
    }

    private func step(
        _ delivery: Delivery, _ request: ExitRequest, _ load: inout ShardLoad
    ) -> Step {
        load.step(delivery) { load throws(FieldError) in
            let position = try load.ledger.position(request.position)
            return ExitEngine.decide(
                request: request, position: position, hand: try hand(of: position, load),
                profile: desk.exits, now: load.now)
        }
    }

    private func step(_ due: DueTime, _ load: inout ShardLoad) -> Step {
        let id = PositionID(due.member)
        let key = Keys.exitsDue(shard)
        return load.step(due, in: key) { load throws(FieldError) in
            guard let position = try load.ledger.position(id) else {
                return .commit([
                    .scheduleExit(id, at: nil), load.alarm(removing: due, from: key, of: name),
                ])
            }
            var orders: [Order] = []
            for order in position.exitOrders + [position.entryOrder] {
                if let known = try load.ledger.order(order) { orders.append(known) }
            }
            return ExitEngine.decide(
                due: position, orders: orders, hand: try hand(of: position, load),
                profile: desk.exits, now: load.now)
        }
    }
}
