import MessageBus
import Synchronization
import Trading
import Workers

/// A stage that does what most do: decode a message, load the hash that it is about, decide,
/// write the hash under its `rev` and pass a message on.
///
/// `ops/floor/floor.c` makes the same calls for the same messages.
final class RelayStage: GroupStage {
    static let group = "relay"
    static let states = 4_096
    /// Read in this order; each stage passes on to the next.
    static let route = [
        Keys.exits(0), Keys.exitOrders(0), Keys.brokerEvents(0), Keys.orderUpdates(0),
        Keys.positions(0), Keys.entryOrders(0),
    ]

    let name = RelayStage.group
    let slot = Slot.shard(0)
    let streams: [Key]
    private let next: Key?
    private let arrivals: Arrivals

    /// - Parameter next: nil for the last one, which only takes the time.
    init(from stream: Key, to next: Key?, arrivals: Arrivals) {
        streams = [stream]
        self.next = next
        self.arrivals = arrivals
    }

    func settle(_ work: Work, _ session: any BusSession) throws(BusError) -> [Step] {
        guard !work.deliveries.isEmpty else { return [] }
        let arrived = Nanoseconds.now()
        defer { arrivals.add(work.deliveries.count) }
        var messages: [(Delivery, BrokerEvent)] = []
        for delivery in work.deliveries {
            guard let event = delivery.fields.flatMap({ try? BrokerEvent($0) }) else { continue }
            messages.append((delivery, event))
        }
        guard let next else {
            arrivals.took(messages.map { arrived - (Int($0.1.source) ?? arrived) })
            return messages.map { Step($0.0, .commit(Change())) }
        }
        let keys = messages.map { Self.state($0.1) }
        let states = try states(keys, session)
        var steps: [Step] = []
        for ((delivery, event), (key, state)) in zip(messages, zip(keys, states)) {
            steps.append(Step(delivery, decide(event, key, state, next)))
        }
        return steps
    }

    private func states(
        _ keys: [Key], _ session: any BusSession
    ) throws(BusError) -> [Fields] {
        try session.load(keys.map { .hash($0) }).answers.map { answer in
            if case .fields(let fields) = answer { fields } else { Fields() }
        }
    }

    private func decide(
        _ event: BrokerEvent, _ key: Key, _ state: Fields, _ next: Key
    ) -> Outcome {
        guard let rev = try? state.get(.rev, as: Int.self),
            let known = try? state.get(.filled, as: Quantity.self)
        else { return .deadLetter("no state") }
        var fields = Fields()
        fields.put(.status, event.status)
        fields.put(.filled, max(known, event.filled ?? .zero))
        fields.put(.averagePrice, event.averagePrice)
        fields.put(.number, event.number)
        fields.put(.finishedAt, event.at)
        fields.put(.rev, rev + 1)
        return .commit(
            Change(
                guards: [.field(key, Field.rev.rawValue, is: String(rev))],
                writes: [.append(next, event.fields), .set(key, fields)]))
    }
}

extension RelayStage {
    private static let at = EventTime(milliseconds: 1_795_632_000_000)
    private static let initial: Fields = {
        var fields = Fields()
        fields.put(.status, "PENDING")
        fields.put(.filled, 0)
        fields.put(.averagePrice, Price(paise: 0))
        fields.put(.number, "0")
        fields.put(.finishedAt, EventTime(milliseconds: 0))
        fields.put(.rev, 1)
        return fields
    }()

    private static func order(_ number: Int) -> CorrelationID {
        let digits = String(10_000 + number % states).dropFirst()
        return CorrelationID(PositionID("bench-\(digits)"), .exit, attempt: 1, slice: 1)
    }

    private static func state(_ event: BrokerEvent) -> Key {
        Keys.order(0, event.order ?? order(0))
    }

    /// - Parameter sent: carried along, to be taken the time of at the end.
    static func message(_ number: Int, sent: Int) -> Fields {
        BrokerEvent(
            account: "bench", source: String(sent),
            number: OrderNumber("\(2_611_250_000_000 + number)"),
            order: order(number), status: "TRADED", filled: Quantity(35),
            averagePrice: Price(paise: 100_05), at: at
        ).fields
    }

    /// All states as they are before the first message.
    static func commit() -> Commit {
        let writes = (0..<states).map { Write.set(Keys.order(0, order($0)), initial) }
        return Commit(slot: .shard(0), owner: .anyone, changes: [Change(writes: writes)])
    }
}

/// What the stages of a run have seen so far; asked by the thread that started them.
final class Arrivals: Sendable {
    private struct State {
        var messages = 0
        var batches = 0
        var times: [Double] = []
    }
    private let state = Mutex(State())

    func add(_ count: Int) {
        state.withLock {
            $0.messages += count
            $0.batches += 1
        }
    }

    func took(_ nanoseconds: [Int]) {
        state.withLock { $0.times += nanoseconds.map { Double($0) / 1_000 } }
    }

    var messages: Int { state.withLock { $0.messages } }
    var meanBatch: Double { state.withLock { Double($0.messages) / Double(max(1, $0.batches)) } }
    /// In microseconds.
    var times: [Double] { state.withLock { $0.times } }
}
