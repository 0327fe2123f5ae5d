import Stages
import Support
import Testing
import Trading

/// Exit engine, gateway, hub and handler together against a broker that loses, repeats and
/// reorders its messages, rejects, fills in parts, and senders that die at every moment.
@Suite struct SagaTests {
    @Test(arguments: 0..<150 as Range<UInt64>)
    func `every position ends closed, exactly once, and the books agree`(seed: UInt64) {
        var world = SagaWorld(seed: seed)
        world.run()
        let position = world.position
        #expect(world.faults.isEmpty)
        #expect(world.deadLetters.isEmpty)
        #expect(position.reviewReason == nil)
        #expect(position.entry.quantity == world.broker.filled(.entry))
        #expect(position.exit.quantity == world.broker.filled(.exit))
        #expect(position.byHand.quantity == world.broker.byHand)
        #expect(position.entry.value == world.broker.value(.entry))
        #expect(position.exit.value == world.broker.value(.exit))
        #expect(position.status == (position.entry.quantity > .zero ? .exited : .cancelled))
        #expect(world.day.open == 0 && world.day.openBooks.isEmpty)
        #expect(world.day.reserved == .zero)
        #expect(world.day.realised == position.net || position.status == .cancelled)
        #expect(world.lock == nil && world.exitDue == nil && !world.isOpen)
    }

    @Test func `the seeds reach what they are meant to test`() {
        var attempts = 0
        var cancelled = 0
        var absent = 0
        var reduced = 0
        var closedByHand = 0
        for seed in 0..<150 as Range<UInt64> {
            var world = SagaWorld(seed: seed)
            world.run()
            attempts = max(attempts, world.position.exitAttempt)
            cancelled += world.position.status == .cancelled ? 1 : 0
            reduced += world.position.byHand.quantity > .zero ? 1 : 0
            closedByHand += world.position.exitOrder?.reason == .byHand ? 1 : 0
            absent += world.orders.values.count { $0.status == .absent }
        }
        #expect(attempts > 3)
        #expect(cancelled > 5)
        #expect(absent > 5)
        #expect(reduced > 15 && closedByHand > 2, "\(reduced), \(closedByHand)")
    }
}
