import Brokers
import MessageBus
import Settings
import Support
import Synchronization
import Testing
import Trading

@testable import Workers

/// An account with open positions must not be sold at another broker than it was bought at.
@Suite struct VenuesTests {
    private let bench = Bench()

    private func desk(isLive: Bool) throws -> Desk {
        Desk(
            try SquareoffSettings.parse(
                """
                indices: [BANKNIFTY]
                accounts:
                  alpha:
                    { capital: 200000, strategies: [], broker: dhan, live: true, client_id: "1",
                      token_file: /tmp/token }
                  bravo: { capital: 200000, strategies: [] }
                """, name: "test"), isLive: isLive)
    }

    private func open(_ count: Int) throws {
        for number in 0..<count {
            try bench.write(.addMember(Keys.open(0, "alpha"), "p\(number)"))
        }
    }

    @Test func `a run with money refuses an account with open positions on paper`() throws {
        #expect(try Layout.disagreement(try desk(isLive: false), bench.session) == nil)
        try open(2)
        let problem = try Layout.disagreement(try desk(isLive: true), bench.session)
        #expect(problem?.hasPrefix("account alpha has 2 open positions at paper") == true)
    }

    @Test func `a run without money refuses an account with open positions at the broker`() throws {
        #expect(try Layout.disagreement(try desk(isLive: true), bench.session) == nil)
        try open(1)
        #expect(try Layout.disagreement(try desk(isLive: true), bench.session) == nil)
        let problem = try Layout.disagreement(try desk(isLive: false), bench.session)
        #expect(problem?.hasPrefix("account alpha has 1 open positions at dhan") == true)
    }

    @Test func `an account without open positions goes where it is told`() throws {
        for isLive in [true, false, true] {
            #expect(try Layout.disagreement(try desk(isLive: isLive), bench.session) == nil)
            let venue = try bench.fields(Keys.layout)["venue:alpha"]
            #expect(venue == (isLive ? "dhan" : "paper"))
        }
        #expect(try bench.fields(Keys.layout)["venue:bravo"] == nil)
    }

    @Test(
        "Nobody takes an account elsewhere while somebody serves it",
        arguments: [
            "gateway", "reconciler", "paper",
        ])
    func served(stage: String) throws {
        #expect(try Layout.disagreement(try desk(isLive: true), bench.session) == nil)
        let pulse = Pulse(worker: "box1:\(stage)-0", stage: stage)
        try bench.session.beat(pulse, startedAt: bench.session.wall)
        try bench.write(
            .schedule(Keys.workers, member: pulse.worker, at: bench.session.wall.milliseconds),
            in: .bus)
        for other in [try desk(isLive: false), try elsewhere] {
            let problem = try Layout.disagreement(other, bench.session)
            #expect(
                problem?.hasPrefix("account alpha is traded at dhan by \(pulse.worker)") == true)
            #expect(try bench.fields(Keys.layout)["venue:alpha"] == "dhan")
        }
        #expect(try Layout.disagreement(try desk(isLive: true), bench.session) == nil)
        bench.bus.advance(by: .seconds(3))
        #expect(try Layout.disagreement(try desk(isLive: false), bench.session) == nil)
        #expect(try bench.fields(Keys.layout)["venue:alpha"] == "paper")
    }

    /// Each call of the process that starts takes a tenth of a second.
    @Test func `the heartbeat of who has just died keeps no account where it is`() throws {
        let buses = Mutex<MemoryBus?>(nil)
        let bus = MemoryBus(wall: Bench.morning) { session in
            if session == "second" { buses.withLock({ $0 })?.advance(by: .milliseconds(100)) }
            return nil
        }
        buses.withLock { $0 = bus }
        let bench = Bench(bus)
        #expect(try Layout.disagreement(try desk(isLive: true), bench.session) == nil)
        let pulse = Pulse(worker: "box1:gateway-0", stage: StageName.gateway)
        try bench.session.beat(pulse, startedAt: bench.session.wall)
        try bench.write(
            .schedule(Keys.workers, member: pulse.worker, at: bench.session.wall.milliseconds),
            in: .bus)
        #expect(try Layout.disagreement(try desk(isLive: false), bus.session("second")) == nil)
        #expect(try bench.fields(Keys.layout)["venue:alpha"] == "paper")
    }

    /// A configuration that knows the account, and nothing of its broker.
    private var elsewhere: Desk {
        get throws { try Bench.desk() }
    }

    /// Who started at the same moment as a run with money and saw no heartbeat of it.
    @Test func `a gateway whose account trades elsewhere sends nothing and takes no entry`() throws
    {
        #expect(try Layout.disagreement(try desk(isLive: true), bench.session) == nil)
        let broker = LedgerBroker()
        let session = bench.bus.session("w")
        let stage = GatewayStage(
            try desk(isLive: false), shard: 0, brokers: ["alpha": broker],
            calls: BrokerCalls(interrupt: session.interrupt), timer: nil, nonces: .random)
        let worker = GroupWorker(stage, bench.bus)
        try bench.write(.append(Keys.exitOrders(0), ["account": "alpha"]))
        for _ in 0..<3 {
            #expect(throws: BusError.self) { try worker.turn(wait: false) }
            worker.failed()
        }
        #expect(try bench.pending(Keys.exitOrders(0), "gateway") == 0)
        #expect(broker.sent.isEmpty)
    }

    @Test("Whoever finds that an account moved stops", arguments: ["gateway", "reconciler"])
    func moved(name: String) throws {
        #expect(try Layout.disagreement(try desk(isLive: false), bench.session) == nil)
        let (session, book) = (bench.bus.session("w"), BookBroker())
        let desk = try desk(isLive: false)
        let stage: any GroupStage =
            name == "gateway"
            ? GatewayStage(
                desk, shard: 0, brokers: ["alpha": book],
                calls: BrokerCalls(interrupt: session.interrupt), timer: nil, nonces: .random)
            : ReconcilerStage(
                desk, shard: 0, brokers: ["alpha": book], interrupt: session.interrupt)
        let worker = GroupWorker(stage, bench.bus)
        try worker.turns(2)
        let compared = try bench.fields(Keys.reconciled(0, "alpha"))
        try bench.write(.set(Keys.layout, ["venue:alpha": "dhan"]), in: .bus)
        bench.bus.advance(by: .seconds(31))
        try bench.write(.append(Keys.exitOrders(0), ["account": "alpha"]))
        let error = #expect(throws: BusError.self) { try worker.turns(4) }
        guard case .denied(let reason)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.hasPrefix("account alpha trades at dhan"))
        #expect(try bench.fields(Keys.reconciled(0, "alpha")) == compared)
    }

    @Test func `a server that has forgotten the venue is told it by who trades with money`() throws
    {
        let session = bench.bus.session("w")
        let stage = GatewayStage(
            try desk(isLive: true), shard: 0, brokers: ["alpha": BookBroker()],
            calls: BrokerCalls(interrupt: session.interrupt), timer: nil, nonces: .random)
        try GroupWorker(stage, bench.bus).turns(1)
        #expect(try bench.fields(Keys.layout).pairs.map(\.name) == ["venue:alpha"])
    }
}
