package import MessageBus
import Stages
package import Trading

/// The order update handler's hands: order, position and account's day of each update.
package final class OrderUpdateHandlerStage: GroupStage {
    package let name = OrderUpdateHandler.name
    package let slot: Slot
    package let streams: [Key]

    private let desk: Desk
    private let shard: Int
    /// Told of each position that this worker has closed; for measuring.
    private let onExit: (@Sendable (PositionTracker) -> Void)?

    package init(
        _ desk: Desk, shard: Int, onExit: (@Sendable (PositionTracker) -> Void)? = nil
    ) {
        self.desk = desk
        self.shard = shard
        self.onExit = onExit
        slot = .shard(shard)
        streams = [Keys.orderUpdates(shard)]
    }

    package func settle(
        _ work: Work, _ session: any BusSession
    ) throws(BusError) -> [Step] {
        guard !work.isEmpty else { return [] }
        let reading = Reading<OrderUpdate>(work.deliveries)
        let updates = reading.messages.map(\.message)
        var load = ShardLoad(desk, shard: shard, worker: work.worker)
        try load.load(
            positions: Set(updates.map(\.order.position)).sorted(),
            orders: Set(updates.map(\.order)).sorted(), session)
        // The account's day is the one on which the position was created.
        var days: Set<Key> = []
        for update in updates {
            if let position = try? load.ledger.position(update.order.position) {
                days.insert(Keys.account(shard, position.account, position.createdAt.day))
            }
        }
        if !days.isEmpty { try load.load(days.sorted { $0.text < $1.text }, session) }
        return reading.rejected + reading.messages.map { step($0.delivery, $0.message, &load) }
    }

    private func step(
        _ delivery: Delivery, _ update: OrderUpdate, _ load: inout ShardLoad
    ) -> Step {
        var exited: PositionTracker?
        var step = load.step(delivery) { load throws(FieldError) in
            let position = try load.ledger.position(update.order.position)
            let day = try position.map { tracker throws(FieldError) in
                try load.ledger.day(tracker.account, tracker.createdAt.day)
            }
            let decision = OrderUpdateHandler.decide(
                update: update, order: try load.ledger.order(update.order), position: position,
                day: day ?? AccountDay(), charges: desk.charges, now: load.now)
            exited = decision.exited
            return decision
        }
        if let exited, let onExit {
            step.then = { (verdict: CommitVerdict) in if verdict == .applied { onExit(exited) } }
        }
        return step
    }
}

extension Decision {
    /// The position that this decision closes.
    fileprivate var exited: PositionTracker? {
        guard case .commit(let effects) = self else { return nil }
        for case .save(let position) in effects where position.status == .exited {
            return position
        }
        return nil
    }
}
