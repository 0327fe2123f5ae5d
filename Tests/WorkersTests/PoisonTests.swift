import MessageBus
import Stages
import Support
import Testing
import Trading
import Workers

/// Entries on which a stage fails, however often it tries.
@Suite struct PoisonTests {
    /// How an entry may be poisonous.
    enum Poison: String, CaseIterable, CustomTestStringConvertible {
        /// A key that the decision has to load is of another type.
        case load
        /// A key that the commit would write is of another type.
        case commit
        /// The stage says so itself.
        case verdict

        var testDescription: String { rawValue }
    }

    /// Counts each number that it reads; what is named in `poison` it cannot decide.
    final class Picky: GroupStage {
        let name = "picky"
        let slot = Slot.shard(0)
        let streams = [Keys.exits(0)]
        var poison: [String: Poison] = [:]

        func settle(_ work: Work, _ session: any BusSession) throws(BusError) -> [Step] {
            let kinds = work.deliveries.map { poison[$0.fields?["n"] ?? ""] }
            _ = try session.load(kinds.map { .hash($0 == .load ? PoisonTests.text : counts) })
            return zip(work.deliveries, kinds).map { delivery, kind in
                if kind == .verdict { return Step(delivery, .failed("it is said to be bad")) }
                let key = kind == .commit ? PoisonTests.text : counts
                return Step(
                    delivery,
                    .commit(Change(writes: [.add(key, field: delivery.number, by: 1)])))
            }
        }
    }

    private let bench = Bench()
    static let text = Key(.shard(0), "text")

    init() throws { try bench.write(.setText(Self.text, "no hash")) }

    private func put(_ numbers: ClosedRange<Int>, _ more: Fields = [:]) throws {
        for number in numbers {
            let fields = Fields([Fields.Pair(name: "n", value: "\(number)")] + more.pairs)
            try bench.write(.append(Keys.exits(0), fields))
        }
    }

    private func letters() throws -> [Fields] { try bench.entries(Keys.deadLetters(.shard(0))) }
    private func failures() throws -> [String] {
        try bench.fields(Keys.failures(.shard(0), "picky")).pairs.map(\.value)
    }

    @Test(arguments: Poison.allCases)
    func `its neighbours go through at once; after five failures it is set aside`(
        poison: Poison
    ) throws {
        let stage = Picky()
        stage.poison["2"] = poison
        let worker = GroupWorker(stage, bench.bus)
        try put(1...3)
        worker.run(8)
        #expect(try bench.fields(counts) == ["1": "1", "3": "1"])
        #expect(try bench.pending(Keys.exits(0), "picky") == 1)
        for count in 1...4 {
            #expect(try failures() == ["\(count)"])
            #expect(try letters().isEmpty)
            bench.bus.advance(by: .seconds(1))
            worker.run(3)
        }
        let letter = try #require(try letters().first)
        #expect(letter["body:n"] == "2" && letter["stage"] == "picky")
        #expect(letter["reason"]?.hasPrefix("the stage failed on it 5 times, at last: ") == true)
        #expect(try failures().isEmpty)
        #expect(try bench.pending(Keys.exits(0), "picky") == 0)
        #expect(try bench.entries(Keys.alarms).map { $0["severity"] } == ["critical"])
        #expect(try letters().count == 1)
        try put(4...4)
        worker.run(3)
        #expect(try bench.fields(counts)["4"] == "1")
    }

    @Test(arguments: Poison.allCases)
    func `while it waits, whole batches go through in one turn`(poison: Poison) throws {
        let stage = Picky()
        stage.poison["1"] = poison
        let worker = GroupWorker(stage, bench.bus)
        try put(1...1)
        worker.run(6)
        try put(2...9)
        bench.bus.advance(by: .seconds(1))
        // One turn reads them; the next tries the bad one alone and commits all others.
        #expect(worker.run(2) == [])
        #expect(try bench.fields(counts).pairs.count == 8)
        #expect(try failures() == ["2"])
    }

    @Test(arguments: Poison.allCases)
    func `what passes is forgotten`(poison: Poison) throws {
        let stage = Picky()
        stage.poison["1"] = poison
        let worker = GroupWorker(stage, bench.bus)
        try put(1...1)
        worker.run(6)
        bench.bus.advance(by: .seconds(1))
        worker.run(2)
        #expect(try failures() == ["2"])
        stage.poison = [:]
        bench.bus.advance(by: .seconds(1))
        worker.run(2)
        #expect(try bench.fields(counts) == ["1": "1"])
        #expect(try failures().isEmpty)
        #expect(try letters().isEmpty)
    }

    @Test func `failures count across workers`() throws {
        for number in 1...5 {
            let stage = Picky()
            stage.poison["1"] = .load
            // Under another name each, so that each claims from the one before.
            let worker = GroupWorker(stage, bench.bus, name: "w\(number)")
            if number == 1 { try put(1...1) }
            worker.run(1)
            bench.bus.advance(by: .seconds(3))
            #expect(try letters().isEmpty)
            worker.run(6)
        }
        #expect(try letters().count == 1)
    }

    @Test func `kills alone never set an entry aside`() throws {
        try put(1...1)
        for _ in 0..<30 { GroupWorker(Picky(), bench.bus).run(1) }
        #expect(try failures().isEmpty)
        for number in 0..<30 {
            let worker = GroupWorker(Picky(), bench.bus, name: "w\(number)")
            worker.run(1)
            bench.bus.advance(by: .seconds(3))
            worker.run(1)
        }
        guard
            case .pending(let rows) = try bench.answer(
                .pending(Keys.exits(0), group: "picky", limit: 9))
        else { return }
        #expect(rows.map(\.deliveries) == [31])
        let last = GroupWorker(Picky(), bench.bus, name: "last")
        last.run(1)
        bench.bus.advance(by: .seconds(3))
        last.run(3)
        #expect(try letters().isEmpty)
        #expect(try bench.fields(counts) == ["1": "1"])
    }

    @Test func `its position becomes needs_review, and the risk manager hears of it`() throws {
        let position = Fixtures.position()
        let key = Keys.position(0, position.id)
        try bench.write(.set(key, position.fields))
        let stage = Picky()
        stage.poison = ["1": .verdict, "2": .verdict]
        let worker = GroupWorker(stage, bench.bus)
        try put(1...2, ["position": position.id.text])
        worker.run(4)
        for _ in 0..<6 {
            bench.bus.advance(by: .seconds(1))
            worker.run(3)
        }
        #expect(try letters().count == 2)
        let stored = try PositionTracker(try bench.fields(key), id: position.id)
        #expect(stored.status == .needsReview)
        #expect(stored.reviewReason?.hasPrefix("picky: the stage failed on it 5 times") == true)
        #expect(stored.rev == position.rev + 1)
        let events = try bench.entries(Keys.positions(0)).map { try PositionEvent($0) }
        #expect(events.map(\.status) == [.needsReview])
        #expect(try bench.entries(Keys.alarms).allSatisfy { $0["position"] == position.id.text })
    }

    @Test func `a closed position stays closed`() throws {
        var position = Fixtures.position(.exited)
        position.exit.quantity = position.entry.quantity
        let key = Keys.position(0, position.id)
        try bench.write(.set(key, position.fields))
        let worker = GroupWorker(ExitEngineStage(try Bench.desk(), shard: 0), bench.bus)
        try bench.write(
            .append(Keys.exits(0), ["position": position.id.text, "reason": "whim"]))
        worker.run(3)
        #expect(try letters().count == 1)
        #expect(try bench.fields(key) == position.fields)
    }
}

/// What all stages of these tests write.
private let counts = Key(.shard(0), "counts")

extension Delivery {
    fileprivate var number: String { fields?["n"] ?? "?" }
}

extension Worker {
    /// As its thread does, without the pauses.
    ///
    /// - Returns: the errors of its turns.
    @discardableResult
    func run(_ turns: Int) -> [BusError] {
        var errors: [BusError] = []
        for _ in 0..<turns {
            do throws(BusError) {
                try turn(wait: false)
            } catch {
                errors.append(error)
                failed()
            }
        }
        return errors
    }
}
