import Brokers
import DhanSimulator
import MessageBus
import Support
import Testing
import Trading
import Workers

/// The account's own rule is 5 % of 200 000, and the broker's a quarter beyond it.
@Suite("The loss limit, kept at the broker", .timeLimit(.minutes(10)))
struct BackstopNetworkTests {
    private func with(_ body: (BackstopSide) async throws -> Void) async throws {
        let side = try await BackstopSide()
        do {
            try await body(side)
        } catch {
            await side.simulator.stop()
            throw error
        }
        await side.simulator.stop()
    }

    private static let isSet = "closes all at a loss of 12500.00"
    private static let isGone = "the broker's loss limit of 12500.00 has fired"
    private static let key = Keys.lossLimit(0, "alpha")

    @Test func `it is set at the start, and again when a person has changed it`() async throws {
        try await with { side in
            try await side.told(Self.isSet)
            var stands = try await side.stands()
            #expect(stands.isActive && stands.loss == "12500.00")
            #expect(stands.products == ["INTRADAY"])
            try await side.set(loss: "7000")
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
            await side.passDay()
            #expect(try await side.stands().isActive == false)
            try await side.told(Self.isSet, times: 2)
            let stands = try await side.stands()
            #expect(stands.isActive && stands.loss == "12500.00")
            #expect(try side.bench.fields(Self.key)["day"] == (Fixtures.day + 1).text)
            #expect(try side.alarms(Self.isGone) == [])
        }
    }

    @Test func `one that has fired is not set again on its day, and people are told once`()
        async throws
    {
        try await with { side in
            try await side.told(Self.isSet)
            try await side.lose()
            #expect(try await side.stands().isActive == false)
            for _ in 0..<3 {
                side.bench.bus.advance(by: .minutes(5))
                try await side.look(side.reconciler)
            }
            #expect(try side.alarms(Self.isGone).map { $0["severity"] } == ["critical"])
            try await side.look(BackstopSide.reconciler(side.broker, side.bench, name: "s"))
            #expect(side.broker.sets.count == 1)
            #expect(try side.alarms(Self.isGone).count == 1)
            await side.passDay()
            try await side.told(Self.isSet, times: 2)
            #expect(try await side.stands().isActive)
            #expect(side.broker.sets.count == 2)
        }
    }

    /// Who had set it died before he could write that down.
    @Test func `one that stands there is noted, and missed once somebody has switched it off`()
        async throws
    {
        try await with { side in
            try await side.set(loss: "12500")
            try await side.look(side.reconciler)
            #expect(try side.bench.fields(Self.key)["loss"] == "12500.00")
            try await withCheckedContinuation { continuation in
                side.client.stopProfitExit { continuation.resume(returning: $0) }
            }.get()
            side.bench.bus.advance(by: .minutes(5))
            try await side.look(side.reconciler)
            #expect(side.broker.sets.count == 0)
            #expect(try side.alarms(Self.isGone).count == 1)
        }
    }

    @Test func `while it cannot be read people are told, and a minute later it is tried again`()
        async throws
    {
        try await with { side in
            await side.simulator.stop()
            try await side.told("the broker's loss limit is unknown")
            try side.reconciler.turns(5)
            #expect(try side.alarms("unknown").count == 1)
            side.bench.bus.advance(by: .minutes(1))
            try await side.told("the broker's loss limit is unknown", times: 2)
        }
    }
}
