package import MessageBus
import Stages
import Trading

/// The hub's hands: finds the order that a broker's message is about.
package final class OrderUpdateHubStage: GroupStage {
    package let name = OrderUpdateHub.name
    package let slot: Slot
    package let streams: [Key]
    package let dueSets: [DueSet]
    private let desk: Desk
    private let shard: Int

    package init(_ desk: Desk, shard: Int) {
        self.desk = desk
        self.shard = shard
        slot = .shard(shard)
        streams = [Keys.brokerEvents(shard)]
        dueSets = [DueSet(Keys.foreignDue(shard), by: .event)]
    }

    package func settle(
        _ work: Work, _ session: any BusSession
    ) throws(BusError) -> [Step] {
        guard !work.isEmpty else { return [] }
        let reading = Reading<BrokerEvent>(work.deliveries)
        let events = reading.messages.map(\.message)
        let known = try orders(of: events.filter { $0.order == nil }, session)
        var load = ShardLoad(desk, shard: shard, worker: work.worker)
        let matched = events.map { $0.order ?? $0.number.flatMap { known[$0] } }
        try load.load(orders: Set(matched.compactMap { $0 }).sorted(), session)
        let due = work.due.first ?? []
        let unmatched = zip(events, matched).filter { _, id in
            id.map { load.ledger.recall(Keys.order(shard, $0)).isEmpty } ?? true
        }
        let strangers = try Strangers(
            of: unmatched.map(\.0), due: due.map { OrderNumber($0.member) }, shard, &load, session)
        return reading.rejected
            + zip(reading.messages, matched).map { message, id in
                step(message.delivery, message.message, id, strangers, &load)
            }
            + due.map { time in
                load.step(time, in: Keys.foreignDue(shard)) { load throws(FieldError) in
                    try strangers.decide(due: OrderNumber(time.member), load)
                }
            }
    }

    private func step(
        _ delivery: Delivery, _ event: BrokerEvent, _ id: CorrelationID?, _ strangers: Strangers,
        _ load: inout ShardLoad
    ) -> Step {
        load.step(delivery) { load throws(FieldError) in
            var order: Order?
            if let id { order = try load.ledger.order(id) }
            if order == nil, let decision = try strangers.decide(event, load) { return decision }
            return OrderUpdateHub.decide(
                event: event, order: order, isAwaited: strangers.isAwaited(event.number),
                now: load.now)
        }
    }

    /// The orders behind the numbers of messages that name none.
    private func orders(
        of events: [BrokerEvent], _ session: any BusSession
    ) throws(BusError) -> [OrderNumber: CorrelationID] {
        let numbers = Set(events.compactMap(\.number)).sorted()
        guard !numbers.isEmpty else { return [:] }
        let answers = try session.load(
            numbers.map { .text(Keys.orderNumber(shard, $0)) }
        ).answers
        var orders: [OrderNumber: CorrelationID] = [:]
        for (number, answer) in zip(numbers, answers) {
            if case .text(let text?) = answer { orders[number] = CorrelationID(text: text) }
        }
        return orders
    }
}
