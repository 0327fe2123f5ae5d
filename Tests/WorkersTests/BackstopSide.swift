import Brokers
import DhanSimulator
import HTTP
import MessageBus
import Support
import Trading
import Workers

/// A reconciler whose broker is the client of DhanHQ at a simulator: 10:00 of one day for both.
struct BackstopSide {
    let bench = Bench(MemoryBus(wall: .at(10, 0)))
    let simulator: Simulator
    let client: DhanClient
    let broker: WatchedBroker
    let reconciler: GroupWorker

    init() async throws {
        var settings = SimulatorSettings()
        settings.clients = [.init("1000000001", token: "secret-1")]
        settings.clock = .stopped(.at(10, 0))
        settings.engine.limitsRates = false
        settings.engine.tokenLife = .days(10)
        simulator = try Simulator(settings)
        var endpoints = DhanEndpoints()
        endpoints.rest = "http://127.0.0.1:\(try await simulator.start().rest)/v2"
        client = DhanClient(
            account: "alpha",
            access: DhanAccess(
                clientID: "1000000001", endpoints: endpoints, token: LiveTokens()),
            http: HTTPClient())
        broker = WatchedBroker(DhanBroker(client: client))
        reconciler = try Self.reconciler(broker, bench)
    }

    static func reconciler(
        _ broker: some Broker, _ bench: Bench, name: String = "r"
    ) throws -> GroupWorker {
        let stage = ReconcilerStage(
            try Bench.desk(), shard: 0, brokers: ["alpha": broker],
            interrupt: bench.bus.session(name).interrupt)
        return GroupWorker(stage, bench.bus, name: name)
    }

    /// What stands at the broker.
    func stands() async throws -> DhanProfitExit {
        try await withCheckedContinuation { continuation in
            client.profitExit { continuation.resume(returning: $0) }
        }.get()
    }

    /// By hand.
    func set(profit: Money = "90000", loss: Money) async throws {
        _ = try await withCheckedContinuation { continuation in
            client.setProfitExit(profit: profit, loss: loss, killSwitch: false) {
                continuation.resume(returning: $0)
            }
        }.get()
    }

    /// The account loses 16 400 on one contract, and the broker sells it.
    func lose() async throws {
        await simulator.quote([Fixtures.tick(Fixtures.call, "100.00", at: .at(10, 0))])
        let order = DhanOrderRequest(Fixtures.order(quantity: 400, price: "101.00"))
        _ = try await withCheckedContinuation { continuation in
            client.place(order, left: {}) { continuation.resume(returning: $0) }
        }.get()
        for (second, price) in [(1, "100.00"), (2, "60.00"), (3, "60.00")] as [(Int, Price)] {
            let time = EventTime.at(10, 0, second)
            await simulator.step(to: time, [Fixtures.tick(Fixtures.call, price, at: time)])
        }
    }

    /// The same hour of the next day, for the broker and for us.
    func passDay() async {
        await simulator.step(to: .at(10, 0) + .days(1), [])
        bench.bus.advance(by: .days(1))
    }

    /// Turns until people have been told this so often.
    func told(_ words: String, times: Int = 1) async throws {
        while try alarms(words).count < times, !Task.isCancelled {
            try reconciler.turns(1)
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// Turns until this worker has looked at the broker once more, and acted on what it saw.
    func look(_ worker: GroupWorker) async throws {
        let before = broker.looks.count
        while broker.looks.count == before, !Task.isCancelled {
            try worker.turns(1)
            try await Task.sleep(for: .milliseconds(2))
        }
        try worker.turns(4)
    }

    func alarms(_ words: String) throws -> [Fields] {
        try bench.entries(Keys.alarms).filter { $0["message"]?.contains(words) == true }
    }
}
