import MessageBus
import Redis
import Trading

/// One entry in the life of a position.
struct TraceStep {
    var stream: Key
    var entry: Entry
    /// Where the stream stands in the flow: what comes first of two things in one millisecond.
    var rank: Int

    /// Event time. In a replay, the entry's id has the wall's.
    var at: EventTime {
        entry.fields[.at].flatMap { EventTime(text: $0) }
            ?? EventTime(milliseconds: entry.id.milliseconds)
    }

    /// The fields that matter: not those that are the same in all steps.
    var text: String { entry.fields.shown(without: Self.hidden) }

    private static let hidden = Set(
        [Field.position, .account, .at, .trace, .signal].map(\.rawValue))

    /// A replay's clock stands still while much happens, so the server's time comes next.
    static func comesFirst(_ left: TraceStep, _ right: TraceStep) -> Bool {
        let leftOrder = (left.at.milliseconds, left.entry.id.milliseconds, left.rank)
        let rightOrder = (right.at.milliseconds, right.entry.id.milliseconds, right.rank)
        return leftOrder == rightOrder ? left.entry.id < right.entry.id : leftOrder < rightOrder
    }
}

extension Lookout {
    func trace(_ stored: StoredPosition) throws(RedisError) -> [TraceStep] {
        let shard = stored.shard
        let subject = TraceSubject(stored, numbers: try numbers(of: stored))
        let streams = [
            Keys.signals, Keys.entryOrders(shard), Keys.brokerEvents(shard),
            Keys.orderUpdates(shard), Keys.positions(shard), Keys.exits(shard),
            Keys.exitOrders(shard), Keys.alarms, Keys.deadLetters(.shard(shard)),
            Keys.deadLetters(.bus),
        ]
        var steps: [TraceStep] = []
        for (rank, stream) in streams.enumerated() {
            for entry in try entries(stream) where subject.isMeant(by: entry.fields) {
                steps.append(TraceStep(stream: stream, entry: entry, rank: rank))
            }
        }
        return steps.sorted(by: TraceStep.comesFirst)
    }

    /// The broker's numbers of the position's orders: some of its messages know nothing else.
    private func numbers(of stored: StoredPosition) throws(RedisError) -> Set<String> {
        let numbers = try names(.orderNumbers(stored.shard))
        let orders = try texts(numbers.map { Keys.orderNumber(stored.shard, OrderNumber($0)) })
        return Set(
            zip(numbers, orders).filter { $0.1?.hasPrefix(stored.id.text + "-") ?? false }.map(\.0))
    }

    func verdict(of stored: StoredPosition) throws(RedisError) -> String? {
        guard let tracker = stored.tracker else { return nil }
        return try text(Keys.verdict(stored.shard, tracker.signal, tracker.account))
    }
}

/// What makes an entry one about this position.
private struct TraceSubject {
    private let position: String
    private let signal: String?
    private let account: String?
    private let orderPrefix: String
    private let numbers: Set<String>

    init(_ stored: StoredPosition, numbers: Set<String>) {
        position = stored.id.text
        signal = stored.fields[.signal]
        account = stored.fields[.account]
        orderPrefix = stored.id.text + "-"
        self.numbers = numbers
    }

    func isMeant(by fields: Fields) -> Bool {
        names(fields, prefix: "") || names(fields, prefix: DeadLetters.bodyPrefix)
    }

    private func names(_ fields: Fields, prefix: String) -> Bool {
        func value(_ field: Field) -> String? { fields[prefix + field.rawValue] }
        if let other = value(.position) { return other == position }
        if let order = value(.order) { return order.hasPrefix(orderPrefix) }
        if let number = value(.number) { return numbers.contains(number) }
        guard let signal, [value(.signal), value(.trace)].contains(signal) else { return false }
        // A signal is everybody's; an alarm that began with it may be another account's.
        return value(.account) == nil || value(.account) == account
    }
}
