import Brokers
import MessageBus
import Support
import Synchronization
import Trading
import Workers

/// The paper broker as a gateway has it, and its exchange as a process of its own would be.
final class PaperUnderTest: BrokerUnderTest {
    let broker: any Broker
    let account: AccountID = "alpha"
    private(set) var time = EventTime.at(10, 0)
    private let bench: Bench
    private let exchange: OrderedWorker
    private let writer: MarketWriter
    private let shard: Int
    private let link: Link

    /// Between the gateway and the bus.
    private final class Link: Sendable {
        private static let gateway = "gateway"
        private struct State {
            var fault: MemoryBus.Fault?
            /// Calls until then are carried out and answered.
            var spared = 0
        }
        private let state = Mutex(State())

        func fails(by fault: MemoryBus.Fault, after spared: Int = 0) {
            state.withLock { $0 = State(fault: fault, spared: spared) }
        }
        func heals() { state.withLock { $0 = State() } }

        func fault(_ session: String) -> MemoryBus.Fault? {
            guard session == Self.gateway else { return nil }
            return state.withLock { state in
                if state.spared > 0 {
                    state.spared -= 1
                    return nil
                }
                return state.fault
            }
        }
        func session(on bus: MemoryBus) -> any BusSession { bus.session(Self.gateway) }
    }

    init(_ desk: Desk) throws {
        let instruments = [Fixtures.instrument()]
        let link = Link()
        self.link = link
        bench = Bench(MemoryBus(wall: Bench.morning) { link.fault($0) })
        shard = desk.keys.shard(of: account)
        writer = MarketWriter(desk.keys, InstrumentList(instruments))
        broker = PaperBroker(
            account: account,
            store: BusPaperStore(desk, link.session(on: bench.bus), shard: shard),
            profile: desk.paper)
        exchange = OrderedWorker(PaperStage(desk, shard: shard), bench.bus, name: "paper")
        try bench.setUp(at: time, instruments: instruments)
        try exchange.turns(2)
    }

    func pass(_ span: Span) throws {
        try move(span)
        try bench.write(
            .append(Keys.paperRequests(shard), Wake.fields(at: time)), in: .shard(shard))
        try exchange.turns(4)
    }

    func quote(_ quote: Quote, after span: Span) throws {
        try move(span)
        let tick = Tick(instrument: Fixtures.call, quote: quote)
        let partition = writer.partition(of: tick.instrument) ?? 0
        _ = try bench.session.commit([writer.commit([tick], partition: partition)])
        try exchange.turns(4)
    }

    private func move(_ span: Span) throws {
        time = time + span
        try bench.write(.setText(Keys.clock, time.text), in: .bus)
    }

    /// It is all there: whoever acts here has acted when the call returns.
    func events(until isEnough: ([BrokerEvent]) -> Bool) throws -> [BrokerEvent] {
        try bench.entries(Keys.brokerEvents(shard)).map { try BrokerEvent($0) }
    }

    /// It never does: it answers before the call returns.
    func hold() {}
    /// Of placing, the first call reads the clock, and the second writes the order.
    func loseAnswers(_ isTaken: Bool) {
        link.fails(by: isTaken ? .answerLost : .unreachable, after: 1)
    }
    func heal() { link.heals() }
    func disconnect() { link.fails(by: .unreachable) }
    func close() {}
}
