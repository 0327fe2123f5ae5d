package import MessageBus
import Stages
import Trading

/// The exit engine's hands: loads the position of each request and of each due time.
package final class ExitEngineStage: GroupStage {
    package let name = ExitEngine.name
    package let slot: Slot
    package let streams: [Key]
    package let dueSets: [DueSet]

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
        var desk = ShardLoad(self.desk, shard: shard, worker: work.worker)
        try desk.load(positions: ids, session)
        // Which orders an attempt has is known only when its position is loaded.
        let working = due.compactMap { try? desk.ledger.position(PositionID($0.member)) }
            .flatMap { $0.exitOrders + [$0.entryOrder] }
        try desk.load(orders: working, session)
        return reading.rejected
            + reading.messages.map { step($0.delivery, $0.message, &desk) }
            + due.map { step($0, &desk) }
    }

    private func step(
        _ delivery: Delivery, _ request: ExitRequest, _ load: inout ShardLoad
    ) -> Step {
        load.step(delivery) { load throws(FieldError) in
            ExitEngine.decide(
                request: request, position: try load.ledger.position(request.position),
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
                due: position, orders: orders, profile: desk.exits, now: load.now)
        }
    }
}
