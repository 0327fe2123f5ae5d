import MessageBus
import Support
import Testing
import Trading
import Workers

@Suite struct OrderedWorkerTests {
    /// Writes the numbers that it reads.
    final class Scribe: OrderedStage {
        let name = "scribe"
        let number = 0
        let slot = Slot.shard(0)
        let streams = [Keys.positions(0), Keys.ticks(0)]
        let label: String
        var seen: [String] = []
        var loads = 0
        var refusals: [Int] = []
        var guards: [Guard] = []

        init(_ label: String) { self.label = label }

        func load(_ session: any BusSession) throws(BusError) { loads += 1 }

        func decide(
            _ deliveries: [Delivery], due: [[DueTime]], _ session: any BusSession
        ) throws(BusError) -> OrderedDecision {
            let numbers = deliveries.map { $0.fields?["n"] ?? "?" }
            seen += numbers
            return OrderedDecision(
                changes: numbers.map {
                    Change(
                        guards: guards,
                        writes: [.add(OrderedWorkerTests.written, field: $0, by: 1)])
                })
        }

        func refused(_ change: Int, _ session: any BusSession) throws(BusError) {
            refusals.append(change)
        }
    }

    static let written = Key(.shard(0), "order:test")
    private let lease = Keys.lease("scribe", 0)
    private let bench = Bench()

    private func put(_ numbers: ClosedRange<Int>) throws {
        for number in numbers {
            try bench.write(.append(Keys.ticks(0), ["n": "\(number)"]), in: .partition(0))
        }
    }

    private func written() throws -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: try bench.fields(Self.written).pairs.map { ($0.name, $0.value) })
    }

    @Test func `one holds, the other stands by`() throws {
        let (one, two) = (Scribe("one"), Scribe("two"))
        let (first, second) = (
            OrderedWorker(one, bench.bus, name: "one"), OrderedWorker(two, bench.bus, name: "two")
        )
        try put(1...3)
        for _ in 0..<3 {
            try first.turns(1)
            try second.turns(1)
        }
        #expect(one.seen == ["1", "2", "3"])
        #expect(two.seen == [] && two.loads == 0)
        #expect(first.pulse.snapshot.role == "holder")
        #expect(second.pulse.snapshot.role == "standby")
    }

    @Test func `who takes over reads on from the cursor, each entry once`() throws {
        let (one, two) = (Scribe("one"), Scribe("two"))
        let first = OrderedWorker(one, bench.bus, name: "one")
        let second = OrderedWorker(two, bench.bus, name: "two")
        try put(1...3)
        try first.turns(3)
        try put(4...5)
        // It has read these, and dies before it commits.
        try first.turns(1)
        bench.bus.advance(by: .seconds(4))
        try second.turns(3)
        #expect(two.loads == 1)
        #expect(two.seen == ["4", "5"])
        #expect(try written() == ["1": "1", "2": "1", "3": "1", "4": "1", "5": "1"])
    }

    @Test func `a holder who lost the fence writes nothing more`() throws {
        let (one, two) = (Scribe("one"), Scribe("two"))
        let first = OrderedWorker(one, bench.bus, name: "one")
        let second = OrderedWorker(two, bench.bus, name: "two")
        try first.turns(1)
        try put(1...2)
        try first.turns(1)
        // The lease goes to the other, while the first believes that it has it.
        bench.bus.remove(lease)
        try second.turns(2)
        try first.turns(1)
        #expect(one.seen == ["1", "2"])
        #expect(try written() == ["1": "1", "2": "1"])
        #expect(first.pulse.snapshot.role == nil)
        try first.turns(2)
        #expect(first.pulse.snapshot.role == "standby")
        #expect(two.seen == ["1", "2"])
    }

    @Test func `a lease that is given back is free at once`() throws {
        let first = OrderedWorker(Scribe("one"), bench.bus, name: "one")
        let second = OrderedWorker(Scribe("two"), bench.bus, name: "two")
        try first.turns(1)
        try second.turns(1)
        try first.leave()
        try second.turns(1)
        #expect(second.pulse.snapshot.role == "holder")
    }

    @Test func `streams are decided in their order, and a refusal names its change`() throws {
        let stage = Scribe("one")
        let worker = OrderedWorker(stage, bench.bus, name: "one")
        try worker.turns(1)
        try put(1...1)
        try bench.write(.append(Keys.positions(0), ["n": "p"]))
        stage.guards = [.present(Keys.position(0, "none"))]
        try worker.turns(2)
        #expect(stage.seen == ["p", "1"])
        #expect(stage.refusals == [0, 1])
        #expect(worker.pulse.snapshot.refused == 2)
        #expect(try written() == [:])
    }

    @Test func `after a failure it loads anew and reads from the cursor`() throws {
        let stage = Scribe("one")
        let worker = OrderedWorker(stage, bench.bus, name: "one")
        try put(1...2)
        try worker.turns(2)
        worker.failed()
        try worker.turns(2)
        #expect(stage.loads == 2)
        #expect(stage.seen.suffix(2) == ["1", "2"] || stage.seen == ["1", "2"])
        #expect(try written() == ["1": "1", "2": "1"])
    }
}
