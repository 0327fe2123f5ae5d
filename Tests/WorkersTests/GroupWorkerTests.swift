import MessageBus
import Support
import Testing
import Trading
import Workers

@Suite struct GroupWorkerTests {
    /// Does what the test says, and remembers what it was given.
    final class Puppet: GroupStage {
        let name = "puppet"
        let slot = Slot.shard(0)
        let streams = [Keys.exits(0)]
        var seen: [Delivery] = []
        var verdicts: [CommitVerdict] = []
        var fails = false
        var decide: (Delivery) throws -> Outcome = { _ in .commit(Change()) }

        func settle(_ work: Work, _ session: any BusSession) throws(BusError) -> [Step] {
            if fails, !work.isEmpty { throw .retry("told to fail") }
            seen += work.deliveries
            return work.deliveries.map { delivery in
                let outcome = (try? decide(delivery)) ?? .again(after: .minutes(60))
                return Step(delivery, outcome, then: { [unowned self] in verdicts.append($0) })
            }
        }
    }

    private let bench = Bench()
    private let stream = Keys.exits(0)
    private let target = Key(.shard(0), "order:test")

    private func put(_ count: Int) throws {
        for number in 1...count { try bench.write(.append(stream, ["n": "\(number)"])) }
    }

    private func pending() throws -> Int { try bench.pending(stream, "puppet") }

    @Test func `an entry is acknowledged by the commit of its effect`() throws {
        let stage = Puppet()
        stage.decide = { [target] in
            .commit(Change(writes: [.set(target, ["n": $0.fields?["n"] ?? ""])]))
        }
        let worker = GroupWorker(stage, bench.bus)
        try put(1)
        try worker.turns(1)
        #expect(try pending() == 1)
        #expect(try bench.fields(target).isEmpty)
        try worker.turns(1)
        #expect(try pending() == 0)
        #expect(try bench.fields(target)["n"] == "1")
    }

    @Test func `a refused decision is decided again, and its neighbours are not touched`() throws {
        let stage = Puppet()
        let lock = Key(.shard(0), "exit-lock:test")
        stage.decide = { [target] in
            let number = $0.fields?["n"] ?? ""
            let guards: [Guard] = number == "2" ? [.present(lock)] : []
            return .commit(
                Change(guards: guards, writes: [.add(target, field: number, by: 1)]))
        }
        let worker = GroupWorker(stage, bench.bus)
        try put(3)
        try worker.turns(3)
        #expect(try bench.fields(target)["1"] == "1")
        #expect(try bench.fields(target)["2"] == nil)
        #expect(try bench.fields(target)["3"] == "1")
        #expect(try pending() == 1)
        try bench.write(.setText(lock, "there"))
        try worker.turns(3)
        #expect(try bench.fields(target)["2"] == "1")
        #expect(try pending() == 0)
        #expect(stage.verdicts.contains(.refused(guardAt: 0)))
        #expect(worker.pulse.snapshot.refused >= 1)
        let again = stage.seen.filter { $0.fields?["n"] == "2" }.dropFirst()
        #expect(again.allSatisfy { $0.isRedelivered })
    }

    @Test func `what can never be decided goes to the dead letters and blocks nothing`() throws {
        let stage = Puppet()
        stage.decide = { $0.fields?["n"] == "1" ? .deadLetter("no good") : .commit(Change()) }
        let worker = GroupWorker(stage, bench.bus)
        try put(2)
        try worker.turns(2)
        #expect(try pending() == 0)
        let letter = try #require(try bench.entries(Keys.deadLetters(.shard(0))).first)
        #expect(letter["reason"] == "no good")
        #expect(letter["body:n"] == "1")
        #expect(letter["stream"] == stream.text && letter["stage"] == "puppet")
        let alarm = try #require(try bench.entries(Keys.alarms).first)
        #expect(alarm["severity"] == "critical")
        #expect(alarm["message"]?.contains("no good") == true)
    }

    @Test func `an entry that was put off stays pending and comes again after its time`() throws {
        let stage = Puppet()
        var again = true
        stage.decide = { _ in again ? .again(after: .seconds(5)) : .commit(Change()) }
        let worker = GroupWorker(stage, bench.bus)
        try put(1)
        try worker.turns(5)
        #expect(stage.seen.count == 1)
        #expect(try pending() == 1)
        again = false
        bench.bus.advance(by: .seconds(5))
        try worker.turns(2)
        #expect(stage.seen.count == 2)
        #expect(try pending() == 0)
    }

    @Test func `after a failure everything in hand is read again`() throws {
        let stage = Puppet()
        let worker = GroupWorker(stage, bench.bus)
        try put(3)
        try worker.turns(1)
        stage.fails = true
        #expect(throws: BusError.retry("told to fail")) { try worker.turns(1) }
        worker.failed()
        stage.fails = false
        #expect(try pending() == 3)
        try worker.turns(6)
        #expect(try pending() == 0)
        #expect(stage.seen.map { $0.fields?["n"] } == ["1", "2", "3"])
        // One at a time: one of them may have been the reason.
        #expect(stage.seen.allSatisfy { $0.isRedelivered })
    }

    @Test func `a worker under the same name finds its own entries at once`() throws {
        let dead = GroupWorker(Puppet(), bench.bus)
        try put(2)
        try dead.turns(1)
        let stage = Puppet()
        let worker = GroupWorker(stage, bench.bus)
        try worker.turns(5)
        #expect(stage.seen.count == 2)
        #expect(try pending() == 0)
    }

    @Test func `the entries of the dead are claimed, those of the living are not`() throws {
        let dead = GroupWorker(Puppet(), bench.bus, name: "dead")
        try put(1)
        try dead.turns(1)
        let living = GroupWorker(Puppet(), bench.bus, name: "living")
        try put(1)
        try living.turns(1)
        let stage = Puppet()
        let worker = GroupWorker(stage, bench.bus, name: "heir")
        try worker.turns(1)
        for _ in 0..<5 {
            bench.bus.advance(by: .seconds(1))
            let now = bench.session.wall
            living.pulse.turned(at: now, since: .now, handled: 0)
            let beat = living.pulse.fields(process: 1, startedAt: now, now: now)
            try bench.session.beat(Keys.worker(living.pulse.worker), beat, life: Pulse.life)
            try worker.turns(3)
        }
        #expect(stage.seen.map { $0.fields?["n"] } == ["1"])
        #expect(try pending() == 1)
        // Whoever was taken for dead and is not changes nothing any more.
        try dead.turns(2)
        #expect(try pending() == 1)
    }

    @Test func `an entry that was trimmed unread is a dead letter, not a silence`() throws {
        let stage = ExitEngineStage(try Bench.desk(), shard: 0)
        let worker = GroupWorker(stage, bench.bus)
        try put(1)
        try worker.turns(1)
        let other = GroupWorker(ExitEngineStage(try Bench.desk(), shard: 0), bench.bus)
        bench.bus.trim(stream, below: EntryID(.max, 0))
        try other.turns(3)
        let reasons = try bench.entries(Keys.deadLetters(.shard(0))).map { $0["reason"] }
        #expect(reasons == ["the entry was trimmed while it was pending"])
    }

    @Test func `a malformed entry of a real stage is a dead letter with its body`() throws {
        let worker = GroupWorker(ExitEngineStage(try Bench.desk(), shard: 0), bench.bus)
        try bench.write(.append(stream, ["position": "251215-7k2m9qwzx", "reason": "whim"]))
        try worker.turns(3)
        let letter = try #require(try bench.entries(Keys.deadLetters(.shard(0))).first)
        #expect(letter["body:reason"] == "whim")
        #expect(letter["stage"] == "exit-engine")
        #expect(try bench.pending(stream, "exit-engine") == 0)
    }
}
