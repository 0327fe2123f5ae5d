import Simulation
import Testing

@Suite struct RepeatTests {
    @Test(arguments: [3, 77] as [UInt64])
    func `a seed has one story`(seed: UInt64) throws {
        let simulation = try Simulation()
        let first = simulation.run(Plan(seed: seed), isTold: true)
        #expect(first.story == simulation.run(Plan(seed: seed), isTold: true).story)
        #expect(first.story.count > 400)
        #expect(first.problem == nil)
    }
}
