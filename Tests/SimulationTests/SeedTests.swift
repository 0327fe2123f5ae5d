import Simulation
import Testing

@Suite struct SeedTests {
    /// `ops/test` runs three thousand.
    @Test func `in the first seeds no promise is broken, and every fault occurs`() throws {
        let sweep = Sweep(
            try Simulation(), 0..<120, template: Plan(seed: 0), stopsAtFirst: false)
        sweep.work()
        let failed = sweep.sum.failed.map { "\($0.seed): \($0.problem ?? "")" }
        #expect(failed == [])
        let missing = Fault.allCases.filter { sweep.sum.count($0) == 0 }
        #expect(missing == [])
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func `it opens six positions in four hundred steps or more`(seed: UInt64) throws {
        let outcome = try Simulation().run(Plan(seed: seed))
        #expect(outcome.problem == nil)
        #expect(outcome.positions >= 6)
        #expect(outcome.steps >= 400)
    }

    @Test func `without faults nothing goes wrong, and what is not asked for does not happen`()
        throws
    {
        let simulation = try Simulation()
        let calm = simulation.run(Plan(seed: 1, faults: []))
        #expect(calm.problem == nil)
        #expect(calm.counts.allSatisfy { $0 == 0 })
        let sweep = Sweep(
            simulation, 0..<20, template: Plan(seed: 0, faults: [.crashAfter, .updateLost]),
            stopsAtFirst: false)
        sweep.work()
        #expect(sweep.sum.failed.isEmpty)
        #expect(sweep.sum.count(.crashAfter) > 0 && sweep.sum.count(.updateLost) > 0)
        #expect(
            sweep.sum.counts.reduce(0, +) == sweep.sum.count(.crashAfter)
                + sweep.sum.count(.updateLost))
    }

    @Test(arguments: [3, 77, 1_000_003] as [UInt64])
    func `it has one story`(seed: UInt64) throws {
        let simulation = try Simulation()
        let first = simulation.run(Plan(seed: seed), isTold: true)
        #expect(first.story == simulation.run(Plan(seed: seed), isTold: true).story)
        #expect(first.story.count > 300)
        let untold = simulation.run(Plan(seed: seed))
        #expect((untold.steps, untold.counts) == (first.steps, first.counts))
        #expect(untold.story.isEmpty)
    }
}
