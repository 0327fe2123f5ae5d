import MessageBus
import Stages
import Support
import Testing
import Trading
import Workers

@Suite struct JanitorTests {
    private let bench = Bench()
    private let desk: Desk

    private static let yaml =
        Bench.plain + """

            bus:
              shards: 2
            retention:
              ticks: 1s
              streams: 1s
              alarms: 60s
              sweep_every: 5s
            """

    init() throws { desk = try Bench.desk(Self.yaml) }

    private func janitor(_ name: String = "j") -> Janitor {
        Janitor(
            desk, session: bench.bus.session(name),
            name: WorkerName(stage: Janitor.stage, given: name), log: Bench.quiet)
    }

    /// So many sweeps, and what is cut a little later with each.
    private func sweep(_ janitor: Janitor, _ count: Int = 1) throws {
        for _ in 0..<4 * count {
            try janitor.turn(wait: false)
            bench.bus.advance(by: .milliseconds(1_500))
        }
    }

    private func write(_ stream: Key, _ count: Int = 5) throws {
        for number in 1...count {
            bench.bus.advance(by: .milliseconds(10))
            try bench.write(
                .append(
                    stream, ["n": "\(number)"], milliseconds: bench.session.wall.milliseconds),
                in: stream.slot)
        }
    }

    private func newest(_ stream: Key) throws -> EntryID {
        guard case .newest(let id) = try bench.answer(.newest(stream)) else { return .zero }
        return id
    }

    private func readBy(_ fence: Key, _ stream: Key) throws {
        try bench.write(.set(fence, [stream.text: newest(stream).text]), in: fence.slot)
    }

    @Test func `ticks go when the holders of every shard have read them, and not before`() throws {
        let ticks = Keys.ticks(0)
        try write(ticks)
        bench.bus.advance(by: .seconds(2))
        try write(ticks, 1)
        let janitor = janitor()
        let fences =
            [SchedulerStage.fence(0).0]
            + (0..<2).flatMap { [RiskManagerStage.fence(desk, 0, $0).0, PaperStage.fence($0).0] }
        for fence in fences {
            try sweep(janitor, 2)
            #expect(try bench.count(ticks) == 6)
            try readBy(fence, ticks)
        }
        try sweep(janitor, 2)
        #expect(try bench.count(ticks) == 1)
    }

    /// The cursor of another slot may be taken back with the tail of a log; by the time at which
    /// ticks are cut up to it, that tail is safe.
    @Test(
        "A cursor of another slot counts three seconds after it was seen, whatever the wall says",
        arguments: [0, 30, -30])
    func floor(minutesAhead: Int) throws {
        let ticks = Keys.ticks(0)
        try write(ticks)
        bench.bus.advance(by: .seconds(2))
        try write(ticks, 1)
        for shard in 0..<2 {
            try readBy(RiskManagerStage.fence(desk, 0, shard).0, ticks)
            try readBy(PaperStage.fence(shard).0, ticks)
        }
        try readBy(SchedulerStage.fence(0).0, ticks)
        let janitor = janitor()
        try janitor.turn(wait: false)
        bench.bus.wall = bench.bus.wall + .minutes(minutesAhead)
        bench.bus.advance(by: .milliseconds(2_900))
        try janitor.turn(wait: false)
        #expect(try bench.count(ticks) == 6)
        bench.bus.advance(by: .milliseconds(100))
        try janitor.turn(wait: false)
        #expect(try bench.count(ticks) == 1)
    }

    @Test func `positions are kept for the risk managers of all partitions`() throws {
        let desk = try Bench.desk(
            Self.yaml.replacing("shards: 2", with: "partitions: 2"))
        try write(Keys.positions(0))
        bench.bus.advance(by: .seconds(2))
        let janitor = Janitor(
            desk, session: bench.bus.session("j"),
            name: WorkerName(stage: Janitor.stage, given: "j"), log: Bench.quiet)
        for partition in 0..<2 {
            try sweep(janitor)
            #expect(try bench.count(Keys.positions(0)) == 5)
            try readBy(RiskManagerStage.fence(desk, partition, 0).0, Keys.positions(0))
        }
        try sweep(janitor)
        #expect(try bench.count(Keys.positions(0)) == 1)
    }

    @Test func `a stream that its group has not read is whole`() throws {
        try write(Keys.exits(1))
        bench.bus.advance(by: .seconds(9))
        try sweep(janitor(), 3)
        #expect(try bench.count(Keys.exits(1)) == 5)
        let worker = bench.bus.session("w")
        try worker.join([Keys.exits(1)], group: StageName.exitEngine, consumer: "w")
        let found = try worker.turn(committing: [], count: 9, block: .zero).deliveries
        #expect(found.count == 5)
        try sweep(janitor(), 3)
        #expect(try bench.count(Keys.exits(1)) == 5)
        let done = found.map { Change(acknowledges: Acknowledgement($0.stream, $0.id)) }
        _ = try worker.commit([
            Commit(
                slot: .shard(1), owner: .consumer(group: StageName.exitEngine, name: "w"),
                changes: done)
        ])
        try sweep(janitor(), 3)
        #expect(try bench.count(Keys.exits(1)) == 1)
    }

    @Test func `what people read goes by its own time, read or not`() throws {
        try write(Keys.alarms)
        try write(Keys.deadLetters(.shard(1)))
        let janitor = janitor()
        bench.bus.advance(by: .seconds(48))
        try write(Keys.alarms, 1)
        try write(Keys.deadLetters(.shard(1)), 1)
        try sweep(janitor)
        #expect(try bench.count(Keys.alarms) == 6)
        bench.bus.advance(by: .seconds(12))
        try write(Keys.alarms, 1)
        try write(Keys.deadLetters(.shard(1)), 1)
        try sweep(janitor)
        #expect(try bench.count(Keys.alarms) == 2)
        #expect(try bench.count(Keys.deadLetters(.shard(1))) == 2)
    }

    @Test func `a clock that jumps ahead by days costs people nothing`() throws {
        try write(Keys.alarms)
        try write(Keys.deadLetters(.shard(1)))
        bench.bus.wall = bench.bus.wall + .days(30)
        try sweep(janitor())
        #expect(try bench.count(Keys.alarms) == 5)
        #expect(try bench.count(Keys.deadLetters(.shard(1))) == 5)
    }

    @Test func `one process sweeps, and another when that one is gone`() throws {
        try write(Keys.alarms)
        bench.bus.advance(by: .minutes(2))
        try write(Keys.alarms, 1)
        let (first, second) = (janitor("one"), janitor("two"))
        try first.turn(wait: false)
        #expect(try bench.count(Keys.alarms) == 1)
        try write(Keys.alarms)
        bench.bus.advance(by: .seconds(2))
        try second.turn(wait: false)
        #expect(try bench.count(Keys.alarms) == 6)
        bench.bus.advance(by: .minutes(2))
        try write(Keys.alarms, 1)
        try second.turn(wait: false)
        #expect(try bench.count(Keys.alarms) == 1)
    }

    @Test func `a key of a wrong type keeps nothing else from being swept`() throws {
        try bench.write(.push(Keys.signals, "x"), in: .bus)
        try write(Keys.alarms)
        bench.bus.advance(by: .minutes(2))
        try write(Keys.alarms, 1)
        try sweep(janitor())
        #expect(try bench.count(Keys.alarms) == 1)
    }

    @Test func `the dead are forgotten: their names, and what they were in groups`() throws {
        let stream = Keys.exits(0)
        try write(stream, 3)
        for name in ["dead", "busy", "alive"] {
            let worker = bench.bus.session(name)
            try worker.join([stream], group: StageName.exitEngine, consumer: name)
            let found = try worker.turn(committing: [], count: 1, block: .zero).deliveries
            let done = found.map { Change(acknowledges: Acknowledgement($0.stream, $0.id)) }
            let owner = Owner.consumer(group: StageName.exitEngine, name: name)
            if name == "busy" { continue }
            _ = try worker.commit([Commit(slot: .shard(0), owner: owner, changes: done)])
        }
        try beat("dead")
        try beat("busy")
        bench.bus.advance(by: Janitor.nameLife)
        try beat("alive")
        #expect(try names() == ["alive", "busy", "dead"])
        bench.bus.advance(by: .seconds(1))
        try beat("alive")
        try janitor().turn(wait: false)
        #expect(try names() == ["alive"])
        let left = try ["dead", "busy", "alive"].filter { name in
            try bench.session.forget(stream, group: StageName.exitEngine) { $0 == name } == 1
        }
        #expect(left == ["alive"])
        #expect(try bench.pending(stream, StageName.exitEngine) == 1)
    }

    private func beat(_ name: String) throws {
        let board = PulseBoard()
        board.add(Pulse(worker: name, stage: "test"))
        try HeartbeatWorker(board, session: bench.bus.session("h"), log: Bench.quiet)
            .turn(wait: false)
    }

    private func names() throws -> [String] {
        guard case .due(let names) = try bench.answer(.due(Keys.workers, limit: 9)) else {
            return []
        }
        return names.map(\.member).sorted()
    }
}
