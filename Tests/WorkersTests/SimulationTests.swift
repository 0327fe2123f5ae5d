import MessageBus
import Support
import Testing
import Trading
import Workers

/// The whole chain, from signal to exited, under schedules, deaths and faults that no machine
/// would produce on demand.
@Suite struct SimulationTests {
    private static let market: UInt64 = 7

    private func run(
        market: UInt64 = market, schedule: UInt64, _ chaos: PipelineSimulation.Chaos = .init()
    ) throws -> PipelineSimulation {
        let world = try PipelineSimulation(market: market, schedule: schedule, chaos)
        try world.run()
        try world.checkEnd()
        return world
    }

    @Test func `the market is one that trades, both ways and for many reasons`() throws {
        var reasons: Set<ExitReason> = []
        var attempts = 0
        for market in 1..<4 as Range<UInt64> {
            let world = try run(market: market, schedule: 1)
            let positions = try world.positions()
            #expect(world.problems == [])
            #expect(try world.trips().count >= 4)
            reasons.formUnion(try world.trips().map(\.reason))
            attempts = max(attempts, positions.map(\.exitAttempt).max() ?? 0)
        }
        #expect(reasons.count >= 3, "\(reasons)")
        #expect(attempts >= 2)
    }

    /// Two workers of each stage, a turn of theirs in an order of its own.
    private static let reference = Result<[RoundTrip], any Error> {
        let world = try PipelineSimulation(market: market, schedule: 1_000)
        try world.run()
        return try world.trips()
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func `whoever has the next turn, the trades are the same`(schedule: UInt64) throws {
        let world = try run(schedule: schedule)
        #expect(world.problems == [])
        #expect(try world.trips() == Self.reference.get())
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func `workers die between turns and the trades are the same`(schedule: UInt64) throws {
        let world = try run(schedule: schedule, .init(deathEvery: 40))
        #expect(world.problems == [])
        #expect(try world.trips() == Self.reference.get())
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func `streams are cut behind their readers and the trades are the same`(
        schedule: UInt64
    ) throws {
        let world = try run(schedule: schedule, .init(deathEvery: 40, sweeps: true))
        #expect(world.problems == [])
        #expect(try world.trips() == Self.reference.get())
        for stream in [Keys.exits(0), Keys.brokerEvents(0)] {
            let first = try world.bench.entries(stream).first
            #expect(first != nil)
            #expect(try world.bench.count(stream) < 60, "\(stream)")
        }
        // Their readers are in another slot, and are believed some seconds later only, by a janitor
        // that lives so long.
        try world.idle(for: .seconds(30))
        #expect(1...6 ~= (try world.bench.count(Keys.ticks(0))))
    }

    /// P7: entries pause on overload, exits never do. In these markets there is something to enter
    /// on and to close while it lasts.
    @Test(arguments: [1, 3, 4, 5] as [UInt64])
    func `in a flood no account enters, every exit ends, and entries go on after it`(
        seed: UInt64
    ) throws {
        let flood = EventTime.at(10, 0, 18)..<EventTime.at(10, 0, 42)
        let world = try run(market: seed, schedule: seed, .init(flood: flood))
        #expect(world.problems == [])
        // What was measured a moment before the flood may still be gone by.
        let during = (flood.lowerBound + .seconds(1))..<flood.upperBound
        let verdicts = try world.verdicts()
        let refused = verdicts.filter { $0.text.hasPrefix("refused backlog: ") }
        #expect(refused.contains { during.contains($0.at) })
        #expect(
            verdicts.filter { during.contains($0.at) && $0.text.hasPrefix("entered") }.isEmpty)
        #expect(
            verdicts.contains { $0.at > flood.upperBound && $0.text.hasPrefix("entered") })
        let exits = try world.trips().filter { during.contains($0.requestedAt) }
        #expect(exits.contains { during.contains($0.exitTime) })
        let alarms = try world.bench.entries(Keys.alarms).compactMap { $0["message"] }
            .filter { $0.hasPrefix("entries ") }
        #expect(alarms.count == 2, "\(alarms)")
    }

    /// A mark whose answer is lost is an order that was never sent, so the trades may differ; the
    /// promises may not.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func `calls fail, workers die, and every position is closed exactly once`(
        seed: UInt64
    ) throws {
        let world = try run(
            market: seed, schedule: seed, .init(deathEvery: 100, faultEvery: 60))
        #expect(world.problems == [])
        #expect(try !world.trips().isEmpty)
    }
}
