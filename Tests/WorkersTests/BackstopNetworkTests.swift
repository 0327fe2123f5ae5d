import Brokers
import DhanSimulator
import HTTP
import MessageBus
import Support
import Synchronization
import Testing
import Trading
import Workers

/// The account's own rule is 5 % of 200 000, and the broker's a quarter beyond it.
@Suite("The loss limit, kept at the broker", .timeLimit(.minutes(1)))
struct BackstopNetworkTests {
    /// A reconciler whose broker is the client of DhanHQ at a simulator.
    private struct Side {
        let bench = Bench()
        let simulator: Simulator
        let client: DhanClient
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
            reconciler = try Self.reconciler(DhanBroker(client: client), bench)
        }

        static func reconciler(_ broker: some Broker, _ bench: Bench) throws -> GroupWorker {
            let stage = ReconcilerStage(
                try Bench.desk(), shard: 0, brokers: ["alpha": broker],
                interrupt: bench.bus.session("r").interrupt)
            return GroupWorker(stage, bench.bus, name: "r")
        }

        /// What stands at the broker.
        func stands() async throws -> DhanProfitExit {
            try await withCheckedContinuation { continuation in
                client.profitExit { continuation.resume(returning: $0) }
            }.get()
        }

        /// Turns until people have been told this so often.
        func told(_ words: String, times: Int = 1) async throws {
            while try alarms(words) < times, !Task.isCancelled {
                try reconciler.turns(1)
                try await Task.sleep(for: .milliseconds(2))
            }
        }

        func alarms(_ words: String) throws -> Int {
            try bench.entries(Keys.alarms).count { $0["message"]?.contains(words) == true }
        }
    }

    private func with(_ body: (Side) async throws -> Void) async throws {
        let side = try await Side()
        do {
            try await body(side)
        } catch {
            await side.simulator.stop()
            throw error
        }
        await side.simulator.stop()
    }

    private static let isSet = "closes all at a loss of 12500.00"

    @Test func `it is set at the start, and again when a person has changed it`() async throws {
        try await with { side in
            try await side.told(Self.isSet)
            var stands = try await side.stands()
            #expect(stands.isActive && stands.loss == "12500.00")
            #expect(stands.products == ["INTRADAY"])
            _ = try await withCheckedContinuation { continuation in
                side.client.setProfitExit(profit: "90000", loss: "7000", killSwitch: false) {
                    continuation.resume(returning: $0)
                }
            }.get()
            side.bench.bus.advance(by: .minutes(5))
            try await side.told(Self.isSet, times: 2)
            stands = try await side.stands()
            #expect(stands.loss == "12500.00")
        }
    }

    /// The broker forgets it with the day.
    @Test func `it is set anew on the next day`() async throws {
        try await with { side in
            try await side.told(Self.isSet)
            await side.simulator.step(to: .at(10, 0) + .days(1), [])
            #expect(try await side.stands().isActive == false)
            side.bench.bus.advance(by: .minutes(5))
            try await side.told(Self.isSet, times: 2)
            #expect(try await side.stands().loss == "12500.00")
        }
    }

    @Test func `while it cannot be read people are told, and a minute later it is tried again`()
        async throws
    {
        try await with { side in
            await side.simulator.stop()
            try await side.told("the broker's loss limit is unknown")
            try side.reconciler.turns(5)
            #expect(try side.alarms("unknown") == 1)
            side.bench.bus.advance(by: .minutes(1))
            try await side.told("the broker's loss limit is unknown", times: 2)
        }
    }

    @Test func `a limit that the broker does not take is told, and tried again`() async throws {
        let broker = PickyBroker()
        let bench = Bench()
        let reconciler = try Side.reconciler(broker, bench)
        func messages() throws -> [String] {
            try bench.entries(Keys.alarms).compactMap { $0["message"] }
                .filter { $0.contains("loss") }
        }
        try reconciler.turns(4)
        let refused = "alpha: the broker does not take the loss limit of 12500.00"
        #expect(try messages().count == 1 && messages()[0].hasPrefix(refused))
        broker.takes.withLock { $0 = true }
        try reconciler.turns(4)
        #expect(broker.stands.withLock { $0 } == nil)
        bench.bus.advance(by: .minutes(1))
        try reconciler.turns(4)
        #expect(broker.stands.withLock { $0 } == .rupees(12_500))
        #expect(try messages().last == "alpha: the broker " + Self.isSet)
    }
}
