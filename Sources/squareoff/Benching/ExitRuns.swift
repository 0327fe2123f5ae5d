import Foundation
import Logging
import MessageBus
import Redis
import Synchronization
import Trading
import Workers

/// Exits by the real stages, from the tick that breaks a stop on.
struct ExitRuns {
    let server: BenchServer
    let log: Logger

    /// From each tick to its order at the broker's client, in microseconds, and what the server
    /// has spent on each exit; and what was sent, for the floor.
    func orders(_ count: Int) throws -> (times: [Double], spent: BenchServer.Spent, Recorded) {
        let book = BenchBook(accounts: 1, contracts: count, openedAt: try clock())
        let desk = try prepare(book)
        let broker = RecordingBroker.Record()
        let script = ExitScript { broker.count }
        let crew = crew(desk, broker, script)
        defer { leave(crew) }
        usleep(500_000)
        let ticks = (0..<count).map { number in
            book.tick(
                of: number, at: BenchBook.lost, book.openedAt + .milliseconds(1_000 + number * 10))
        }
        script.begin()
        var sent: [InstrumentID: Int] = [:]
        let before = try server.spent()
        let began = Nanoseconds.now()
        for (number, tick) in ticks.enumerated() {
            Nanoseconds.sleep(until: began + number * Self.pace)
            sent[tick.instrument] = Nanoseconds.now()
            try server.connection.call(entry(tick))
        }
        try wait("\(count) orders") { broker.count >= count }
        let spent = try server.spent() - before
        script.end()
        let times = broker.placed.compactMap { instrument, at in
            sent[instrument].map { Double(at - $0) / 1_000 }
        }
        return (times, spent / count, Recorded(book: book, ticks: ticks.map(entry), script: script))
    }

    /// A run of ``orders(_:)``, for the floor to do again.
    struct Recorded {
        fileprivate var book: BenchBook
        fileprivate var ticks: [RedisCommand]
        fileprivate var script: ExitScript
    }

    /// The same exits by the driver in C: the same commands on the same state.
    func again(_ recorded: Recorded, by driver: CDriver) throws -> CDriver.Figures {
        let file = FileManager.default.temporaryDirectory
            .appending(path: "squareoff-exits-\(UUID().uuidString.prefix(8))").path
        try recorded.script.write(ticks: recorded.ticks, to: file)
        defer { try? FileManager.default.removeItem(atPath: file) }
        _ = try clock()
        _ = try prepare(recorded.book)
        _ = try server.bus.session("bench").commit([recorded.script.fences])
        return try driver.run(["exits", file, "\(Self.pace)"])
    }

    /// Nanoseconds from tick to tick: each exit is over before the next begins.
    private static let pace = 10_000_000

    private func crew(
        _ desk: Desk, _ broker: RecordingBroker.Record, _ script: ExitScript
    ) -> [WorkerThread] {
        [
            start(StageName.riskManager, script) { session, name, log in
                OrderedWorker(
                    RiskManagerStage(desk, partition: 0, shard: 0), session: session, name: name,
                    log: log)
            },
            start(StageName.exitEngine, script) { session, name, log in
                GroupWorker(
                    ExitEngineStage(desk, shard: 0), session: session, name: name, log: log)
            },
            start(StageName.gateway, script) { session, name, log in
                GroupWorker(
                    GatewayStage(
                        desk, shard: 0, brokers: ["bench0": RecordingBroker(record: broker)],
                        calls: BrokerCalls(interrupt: session.interrupt), timer: KillTimer.make(),
                        nonces: .random), session: session, name: name, log: log)
            },
        ]
    }

    /// Positions that are all lost at once, from the first tick until all are exited, a second.
    func flood(_ count: Int) throws -> Double {
        let contracts = min(100, count)
        let book = BenchBook(
            accounts: max(1, count / contracts), contracts: contracts, openedAt: try clock())
        let desk = try prepare(book)
        let stages = [
            StageName.riskManager, StageName.exitEngine, StageName.gateway, StageName.paper,
            StageName.hub, StageName.handler,
        ]
        let counter = ExitCounter()
        let crew = Crew(
            desk, bus: server.bus, name: "bench", log: log, onExit: { _ in counter.add() })
        crew.start(stages)
        defer { _ = crew.stop() }
        usleep(700_000)
        let began = Nanoseconds.now()
        let ticks = (0..<contracts).map { number in
            entry(
                book.tick(
                    of: number, at: BenchBook.lost, book.openedAt + .milliseconds(1_000)))
        }
        for reply in try server.connection.pipeline(ticks) { _ = try reply.orThrow() }
        try wait("\(count) exits") { counter.count >= book.accounts * contracts }
        return Double(counter.count) * 1e9 / Double(counter.last - began)
    }
}

extension ExitRuns {
    /// The wall's clock; in the afternoon and at night, when positions of the day are over, a
    /// replay's that stands half a day before it.
    private func clock() throws -> EventTime {
        try server.empty()
        let session = try server.bus.session("bench")
        let now = session.wall - .seconds(2)
        guard now.timeOfDay > TimeOfDay(12, 0) else { return now }
        let time = now - .minutes(12 * 60)
        _ = try session.commit([
            Commit(
                slot: .bus, owner: .anyone,
                changes: [Change(writes: [.setText(Keys.clock, (time + .seconds(2)).text)])])
        ])
        return time
    }

    private func prepare(_ book: BenchBook) throws -> Desk {
        let desk = try book.desk()
        let session = try server.bus.session("bench")
        _ = try session.commit(book.commits(in: session.serverRun))
        return desk
    }

    private func entry(_ tick: Tick) -> RedisCommand {
        var command = RedisCommand(
            "XADD", Keys.ticks(0).text, "\(tick.quote.at.milliseconds)-*")
        for pair in tick.fields.pairs { command.append([pair.name, pair.value]) }
        return command
    }

    private func start(
        _ stage: String, _ script: ExitScript,
        _ make: @escaping @Sendable (any BusSession, WorkerName, Logger) -> any Worker
    ) -> WorkerThread {
        let name = WorkerName(stage: stage, given: "bench")
        let thread = WorkerThread(name: name.text, log: log)
        thread.start { [bus = server.bus, log] () throws(BusError) in
            make(
                RecordingSession(try bus.session(name.text), of: stage, into: script), name, log)
        }
        return thread
    }

    private func leave(_ crew: [WorkerThread]) {
        for thread in crew { thread.stop() }
        for thread in crew { _ = thread.join(within: 3) }
    }
}
