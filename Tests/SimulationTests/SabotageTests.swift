import Simulation
import Testing

/// The checker can fail: each safety that is switched off is missed.
@Suite struct SabotageTests {
    @Test(arguments: Sabotage.allCases)
    func `a promise is broken within 2 000 seeds, and only then:`(without: Sabotage) throws {
        let simulation = try Simulation()
        let sweep = Sweep(
            simulation, 0..<2_000, template: Plan(seed: 0, sabotage: without),
            stopsAtFirst: true)
        sweep.work()
        let seed = try #require(sweep.sum.failed.first?.seed)
        #expect(simulation.run(Plan(seed: seed)).problem == nil, "seed \(seed)")
    }
}
