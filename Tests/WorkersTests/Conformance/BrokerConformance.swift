import Brokers
import Stages
import Support
import Synchronization
import Testing
import Trading
import Workers

/// What the conformance suite runs on: one behaviour, two brokers.
enum Venue: String, CaseIterable, CustomTestStringConvertible {
    /// The paper broker and its exchange, on a bus in memory.
    case paper
    /// The client of DhanHQ, over HTTP and the order socket, at the simulator.
    case dhan

    var testDescription: String { rawValue }
}

/// A broker with an exchange behind it that does nothing of its own accord: a test plays the
/// market and the clock.
protocol BrokerUnderTest: AnyObject {
    var broker: any Broker { get }
    var account: AccountID { get }
    var time: EventTime { get }

    /// Moves the clock; what falls due is done.
    func pass(_ span: Span) async throws
    /// Moves the clock and then the market, with nothing between the two.
    func quote(_ quote: Quote, after span: Span) async throws
    /// All that the broker has said, once it is enough.
    func events(until isEnough: ([BrokerEvent]) -> Bool) async throws -> [BrokerEvent]
    /// From here on the broker may take up to two seconds of its clock before it takes an order.
    func hold() async
    /// From here on an order's answer is lost; the order itself is taken, or is lost as well.
    func loseAnswers(_ isTaken: Bool) async
    /// Answers arrive again.
    func heal() async
    /// Nobody answers any more.
    func disconnect() async
    func close() async
}

/// Both brokers with the same rules of filling: settings of the section `paper`.
func withBroker(
    _ venue: Venue, _ rules: String = "latency: 50ms",
    _ body: (any BrokerUnderTest) async throws -> Void
) async throws {
    let desk = try Bench.desk(Bench.plain + "\npaper: { \(rules) }\n")
    let side: any BrokerUnderTest =
        switch venue {
        case .paper: try PaperUnderTest(desk)
        case .dhan: try await DhanUnderTest(desk.paper)
        }
    do {
        try await body(side)
    } catch {
        await side.close()
        throw error
    }
    await side.close()
}

extension BrokerUnderTest {
    /// The touch: what a purchase and a sale would meet.
    func quote(
        _ bid: Price, _ ask: Price, depth: Int = 10_000, after span: Span = .seconds(1)
    ) async throws {
        let quote = Quote(
            ltp: bid, bid: bid, ask: ask, bidQuantity: Quantity(depth),
            askQuantity: Quantity(depth), openInterest: 100_000, at: time + span)
        try await self.quote(quote, after: span)
    }

    func order(
        _ side: OrderSide = .buy, _ units: Int = 70, at price: Price?, attempt: Int = 1
    ) -> Order {
        let position = Fixtures.position(.pending).id
        let id = CorrelationID(
            position, side == .buy ? .entry : .exit, attempt: attempt, slice: 1)
        return Order(
            id: id, account: account, instrument: Fixtures.call, side: side,
            type: price == nil ? .market : .limit, price: price, quantity: Quantity(units),
            acceptedAt: time, trace: "supertrend-BANKNIFTY-1765773000000")
    }

    func place(_ order: Order) async throws -> OrderNumber {
        let placed = await withCheckedContinuation { continuation in
            broker.place(order, nonce: .fresh(), left: {}) { continuation.resume(returning: $0) }
        }
        #expect(try placed.get().status == "TRANSIT")
        return try placed.get().number
    }

    /// Placed, and at the exchange.
    func rest(_ order: Order) async throws -> OrderNumber {
        let number = try await place(order)
        try await pass(.exchangeLatency)
        return number
    }

    func cancel(_ number: OrderNumber) async -> Result<Void, BrokerError> {
        await withCheckedContinuation { continuation in
            broker.cancel(number) { continuation.resume(returning: $0) }
        }
    }

    func books() async throws -> BrokerBooks {
        try await withCheckedContinuation { continuation in
            broker.books { continuation.resume(returning: $0) }
        }.get()
    }

    func listing(_ number: OrderNumber) async throws -> BrokerOrder? {
        try await withCheckedContinuation { continuation in
            broker.orders { continuation.resume(returning: $0) }
        }.get().orders.first { $0.number == number }
    }

    /// What the pipeline makes of the broker's words about an order, up to this status. The words
    /// themselves differ: a partial fill is `PART_TRADED` on paper, and on the order socket it is
    /// `Pending` with fills.
    func told(
        _ number: OrderNumber, of order: Order, until status: OrderStatus, units: Int? = nil
    ) async throws -> [Told] {
        func meaning(_ events: [BrokerEvent]) -> [Told] {
            events.filter { $0.number == number }.compactMap { Told($0, of: order) }
        }
        let events = try await events {
            meaning($0).contains { $0.status == status && units ?? $0.units == $0.units }
        }
        for event in events where event.number == number {
            #expect(event.account == account && event.order == order.id)
            #expect(event.instrument == order.instrument && event.side == order.side)
        }
        return meaning(events)
    }
}

/// What the hub says of an order after a broker's message about it.
struct Told: Hashable, CustomTestStringConvertible {
    var status: OrderStatus
    var units: Int
    var value: Money
    var reason: String?

    init(_ status: OrderStatus, _ units: Int = 0, _ value: Money = .zero) {
        self.status = status
        self.units = units
        self.value = value
    }

    init?(_ event: BrokerEvent, of order: Order) {
        guard
            case .commit(let effects) = OrderUpdateHub.decide(
                event: event, order: order, now: event.at),
            case .sendUpdate(let update)? = effects.first, effects.count == 1
        else { return nil }
        self.init(update.status, update.filled?.units ?? -1, update.value ?? .zero)
        reason = update.reason
    }

    /// Without the reason, whose text is each broker's own.
    static func == (left: Told, right: Told) -> Bool {
        (left.status, left.units, left.value) == (right.status, right.units, right.value)
    }

    func hash(into hasher: inout Hasher) { hasher.combine(units) }

    var testDescription: String { "\(status.rawValue) \(units) for \(value.text)" }
}

extension Nonce {
    private static let count = Mutex(0)

    fileprivate static func fresh() -> Nonce {
        Nonce("n\(count.withLock { $0 += 1; return $0 })")
    }
}

extension BrokerError {
    var isRefusal: Bool { if case .refused = self { true } else { false } }
}

extension Result where Failure == BrokerError {
    var isRefused: Bool { if case .failure(let error) = self { error.isRefusal } else { false } }
    var isDone: Bool { if case .success = self { true } else { false } }
}

/// What has happened in a call, in its order, whatever thread it comes on.
final class CallSteps: Sendable {
    private let steps = Mutex<[String]>([])
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    init() { (wakes, wake) = AsyncStream.makeStream() }

    var all: [String] { steps.withLock { $0 } }

    func add(_ step: String) {
        steps.withLock { $0.append(step) }
        wake.yield()
    }

    func first() async {
        var wakes = wakes.makeAsyncIterator()
        while all.isEmpty, await wakes.next() != nil {}
    }
}

extension Span {
    /// From the broker to the exchange, by the rules of filling.
    static let exchangeLatency = Span.milliseconds(50)
}
