import Brokers
import MessageBus
import Simulation
import Support
import Synchronization
import Testing
import Trading
import Workers

/// All stages and the paper exchange on one bus in memory, in one thread. A seed chooses which
/// worker has the next turn, which of them dies, and which call of the bus fails.
final class PipelineSimulation {
    struct Chaos {
        /// One worker in so many turns is replaced by a new one under its name; 0 for none.
        var deathEvery = 0
        /// One call in so many fails, half of them after they were carried out; 0 for none.
        var faultEvery = 0
        /// Janitors cut all streams as close behind their readers as they may.
        var sweeps = false
        /// Between these times the broker says more than anybody can work off.
        var flood: Range<EventTime>?
    }

    struct Stuck: Error { var open: [String] }

    let bench: Bench
    let desk: Desk
    /// Broken promises, each with the time at which it was seen.
    var problems: [String] = []
    var known: Set<PositionID> = []
    private var members: [Member] = []
    private var settling: Settling
    private var random: SplitMix64
    private var market: SyntheticMarket
    private let chaos: Chaos
    private let writer: MarketWriter
    private let faults: Faults
    private let nonces = NonceCounter()
    private(set) var time = EventTime.at(10, 0)
    private var steps = 0
    private var turnsOfStep = 0

    static let accounts: [AccountID] = ["alpha", "bravo"]

    /// - Parameters:
    ///   - market: the same seed gives the same prices and signals.
    ///   - schedule: which worker has which turn.
    init(market: UInt64, schedule: UInt64, _ chaos: Chaos = Chaos()) throws {
        random = SplitMix64(seed: schedule)
        self.market = SyntheticMarket(seed: market)
        self.chaos = chaos
        let faults = Faults(seed: schedule &+ 1, every: chaos.faultEvery)
        self.faults = faults
        desk = try Bench.desk(
            Self.yaml + (chaos.sweeps ? Self.sweeping : "")
                + (chaos.flood == nil ? "" : Self.bounded))
        bench = Bench(
            MemoryBus(wall: Bench.morning) { $0 == "test" ? nil : faults.next() })
        writer = MarketWriter(desk.keys, InstrumentList(self.market.instruments))
        settling = Settling(desk)
        try bench.setUp(at: time, instruments: self.market.instruments)
        for label in ["a", "b"] { try hire(label) }
    }

    private static let yaml = """
        indices: [BANKNIFTY]
        accounts:
          alpha: { capital: 400000, strategies: [supertrend] }
          bravo: { capital: 900000, strategies: [supertrend] }
        strategies:
          supertrend: { indices: [BANKNIFTY] }
        entry_profiles:
          default:
            cooldown: 3s
            max_open: 4
            max_open_per_index: 4
            max_open_per_side: 2
            max_trades: 100
            order_validity: 3s
        risk_profiles:
          default:
            stop_loss: 3
            take_profit: 4
            breakeven_at: 2
            time_stop_losing: 40s
            time_stop_winning: 60s
        paper:
          latency: 120ms
          fill_share: 40
          reject_rate: 10
        """

    private static let sweeping = """

        retention:
          ticks: 5s
          streams: 5s
          sweep_every: 100ms
        """

    private static let bounded = """

        backpressure:
          pause_above: 40
        """

    /// Plays the market to its end, and the clock on until nothing is open.
    func run() throws {
        while true {
            let look = try settle()
            steps += 1
            if steps % 8 == 0 { try check() }
            if market.isOver, look.nextDue == nil, try isFlat() { return }
            guard time < SyntheticMarket.end + .minutes(20) else {
                throw Stuck(open: ["positions are still open 20 minutes later"])
            }
            let mark = EventTime(milliseconds: (time.milliseconds / 1_000 + 1) * 1_000)
            let event = min(mark, look.nextDue ?? mark)
            if !market.isOver, market.next < event {
                try quote()
            } else {
                try advance(to: event, isDue: look.nextDue == event)
            }
        }
    }

    /// Only the wall's clock goes on.
    func idle(for span: Span) throws {
        for _ in 0..<span.milliseconds / 250 {
            bench.bus.advance(by: .milliseconds(250))
            _ = try settle()
        }
    }

    private func isFlat() throws -> Bool {
        try Self.accounts.allSatisfy { try bench.count(Keys.open(0, $0)) == 0 }
    }
}

// The feed.
extension PipelineSimulation {
    private func quote() throws {
        let ticks = market.ticks()
        time = ticks[0].quote.at
        // A pause ends by the wall's clock.
        if chaos.flood != nil { bench.bus.advance(by: .milliseconds(400)) }
        try commit(writer.commit(ticks, partition: 0))
        if let signal = market.signal() {
            try bench.write(.append(Keys.signals, signal.fields), in: .bus)
        }
    }

    private func advance(to event: EventTime, isDue: Bool) throws {
        time = event
        var commits: [Commit] = []
        if isDue {
            let streams = [Keys.paperRequests(0), Keys.exits(0), Keys.exitOrders(0)]
            let wakes = streams.map { Write.append($0, Wake.fields(at: event)) }
            commits.append(
                Commit(slot: .shard(0), owner: .anyone, changes: [Change(writes: wakes)]))
        }
        if event.milliseconds % 1_000 == 0 {
            commits.append(writer.commit(clock: event, partition: 0))
        }
        try commit(commits)
    }

    private func commit(_ commits: Commit...) throws { try commit(commits) }

    /// The clock first: who reads an entry must not see an older time.
    private func commit(_ commits: [Commit]) throws {
        try bench.write(.setText(Keys.clock, time.text), in: .bus)
        _ = try bench.session.commit(commits)
    }
}

// The crew.
extension PipelineSimulation {
    private final class Member {
        let name: String
        let make: (any BusSession) throws(BusError) -> (any Worker)?
        var worker: any Worker

        init(
            _ name: String, _ bus: MemoryBus,
            _ make: @escaping (any BusSession) throws(BusError) -> (any Worker)?
        ) throws {
            self.name = name
            self.make = make
            worker = try #require(try make(bus.session(name)))
        }

        func replace(_ bus: MemoryBus) {
            if let next = try? make(bus.session(name)) { worker = next }
        }
    }

    private func hire(_ label: String) throws {
        let hiring = Hiring(desk, log: Bench.quiet)
        for stage in StageName.all + (chaos.sweeps ? [Janitor.stage] : []) {
            let name = WorkerName(stage: stage, given: label)
            members.append(
                try Member(name.text, bench.bus) { [unowned self] session throws(BusError) in
                    try hiring.worker(stage, named: name, session) { means(session) }
                })
        }
    }

    private func means(_ session: any BusSession) -> GatewayMeans {
        let store = BusPaperStore(desk, session, shard: 0)
        let brokers = Self.accounts.map { account -> (AccountID, any Broker) in
            (account, PaperBroker(account: account, store: store, profile: desk.paper))
        }
        return GatewayMeans(
            brokers: Dictionary(uniqueKeysWithValues: brokers), timer: nil, nonces: nonces.source)
    }

    /// Turns workers until two looks find nothing to do.
    private func settle() throws -> Settling.Look {
        turnsOfStep = 0
        for round in 0..<2_000 {
            for _ in members { turn() }
            let look = try settling.look(bench.session)
            if look.open.isEmpty { return look }
            // Leases, heartbeats and the lives of senders end by the wall's clock.
            if round > 20 { bench.bus.advance(by: .milliseconds(250)) }
        }
        throw Stuck(open: try settling.look(bench.session).open)
    }

    private func turn() {
        bench.bus.advance(by: .milliseconds(Int.random(in: 1...3, using: &random)))
        try? flood()
        let member = members[Int.random(in: members.indices, using: &random)]
        if chaos.deathEvery > 0, Int.random(in: 0..<chaos.deathEvery, using: &random) == 0 {
            member.replace(bench.bus)
        }
        do throws(BusError) {
            try member.worker.turn(wait: false)
        } catch {
            member.worker.failed()
        }
        let now = bench.session.wall
        let pulse = member.worker.pulse
        try? bench.session.beat(
            Keys.worker(member.name), pulse.fields(process: 1, startedAt: now, now: now),
            life: Pulse.life)
    }
}

extension PipelineSimulation {
    /// Keeps more than the bound unread for the first turns of each step.
    private func flood() throws {
        turnsOfStep += 1
        guard let window = chaos.flood, window.contains(time), turnsOfStep <= 160,
            case .number(let waiting?) = try bench.answer(
                .backlog(Keys.brokerEvents(0), group: StageName.hub, limit: 100)), waiting < 60
        else { return }
        let noise = BrokerEvent(
            account: Self.accounts[0], source: "socket", number: nil, order: nil,
            status: "PENDING", at: time)
        for _ in 0..<60 { try bench.write(.append(Keys.brokerEvents(0), noise.fields)) }
    }
}

/// Which calls of the bus fail.
private final class Faults: Sendable {
    private let random: Mutex<SplitMix64>
    private let every: Int

    init(seed: UInt64, every: Int) {
        random = Mutex(SplitMix64(seed: seed))
        self.every = every
    }

    func next() -> MemoryBus.Fault? {
        guard every > 0 else { return nil }
        return random.withLock { random in
            guard Int.random(in: 0..<every, using: &random) == 0 else { return nil }
            return Bool.random(using: &random) ? .unreachable : .answerLost
        }
    }
}
