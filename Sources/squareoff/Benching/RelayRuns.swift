import Glibc
import Logging
import MessageBus
import Redis
import Trading
import Workers

/// Squareoff's own loop under ``RelayStage``: as many workers as the run asks for.
struct RelayRuns {
    let server: BenchServer
    let log: Logger

    struct Result {
        var times: [Double] = []
        var rate: Double?
        /// Microseconds of the server a message.
        var spent: BenchServer.Spent
        /// The least and the most messages that one of the workers got, and their mean batch.
        var share: (least: Int, most: Int, batch: Double)?
    }

    /// Messages at a rate, through one worker on each of `length` streams.
    func chain(rate: Int, seconds: Int, length: Int) throws -> Result {
        try prepare()
        let arrivals = (0..<length).map { _ in Arrivals() }
        let crew = (0..<length).map { place in
            start("relay-\(place)") {
                RelayStage(
                    from: RelayStage.route[place],
                    to: place + 1 == length ? nil : RelayStage.route[place + 1],
                    arrivals: arrivals[place])
            }
        }
        defer { leave(crew) }
        usleep(200_000)
        let count = rate * seconds
        let before = try server.spent()
        let began = Nanoseconds.now()
        for number in 0..<count {
            Nanoseconds.sleep(until: began + number * (1_000_000_000 / rate))
            try server.connection.call(
                append(RelayStage.route[0], RelayStage.message(number, sent: Nanoseconds.now())))
        }
        try wait("the end of the chain") { arrivals[length - 1].times.count == count }
        return Result(
            times: arrivals[length - 1].times, spent: (try server.spent() - before) / count)
    }

    /// One worker gets through what is there already.
    func throughput(messages: Int, batch: Int) throws -> Result {
        try prepare()
        try fill(RelayStage.route[0], messages)
        let arrivals = Arrivals()
        let worker = worker(
            RelayStage(from: RelayStage.route[0], to: RelayStage.route[1], arrivals: arrivals),
            session: try server.bus.session("relay"), name: "w", batch: batch)
        let before = try server.spent()
        let began = Nanoseconds.now()
        while arrivals.messages < messages { try worker.turn(wait: false) }
        try worker.leave()
        let elapsed = Double(Nanoseconds.now() - began) / 1e9
        return Result(
            rate: Double(messages) / elapsed, spent: (try server.spent() - before) / messages)
    }

    /// A stage in front hands on whole batches, which wait for sixteen workers.
    func share(messages: Int, workers: Int = 16, batch: Int = 100) throws -> Result {
        try prepare()
        try fill(RelayStage.route[0], messages)
        let front = worker(
            RelayStage(from: RelayStage.route[0], to: RelayStage.route[1], arrivals: Arrivals()),
            session: try server.bus.session("front"), name: "front", batch: batch)
        let arrivals = (0..<workers).map { _ in Arrivals() }
        let crew = (0..<workers).map { number in
            start("relay-\(number)") {
                RelayStage(
                    from: RelayStage.route[1], to: RelayStage.route[2], arrivals: arrivals[number])
            }
        }
        defer { leave(crew) }
        usleep(300_000)
        let before = try server.spent()
        let turns = messages / batch + 2
        for _ in 0..<turns {
            try front.turn(wait: false)
            usleep(2_000)
        }
        try wait("the last share") { arrivals.reduce(0) { $0 + $1.messages } == messages }
        let shares = arrivals.map(\.messages)
        let batches = arrivals.map(\.meanBatch).filter { $0 > 0 }
        return Result(
            spent: (try server.spent() - before) / messages,
            share: (
                shares.min() ?? 0, shares.max() ?? 0,
                batches.reduce(0, +) / Double(max(1, batches.count))
            ))
    }
}

extension RelayRuns {
    private func prepare() throws {
        try server.empty()
        _ = try server.bus.session("bench").commit([RelayStage.commit()])
    }

    private func append(_ stream: Key, _ fields: Fields) -> RedisCommand {
        var command = RedisCommand("XADD", stream.text, "*")
        for pair in fields.pairs { command.append([pair.name, pair.value]) }
        return command
    }

    private func fill(_ stream: Key, _ count: Int) throws {
        for start in stride(from: 0, to: count, by: 500) {
            let some = start..<min(start + 500, count)
            _ = try server.connection.pipeline(
                some.map { append(stream, RelayStage.message($0, sent: 0)) })
        }
    }

    private func worker(
        _ stage: RelayStage, session: any BusSession, name: String, batch: Int
    ) -> GroupWorker {
        GroupWorker(
            stage, session: session, name: WorkerName(stage: stage.name, given: name), log: log,
            batch: batch)
    }

    private func start(
        _ name: String, _ stage: @escaping @Sendable () -> RelayStage
    ) -> WorkerThread {
        let thread = WorkerThread(name: name, log: log)
        thread.start { [bus = server.bus, log] () throws(BusError) in
            GroupWorker(
                stage(), session: try bus.session(name),
                name: WorkerName(stage: RelayStage.group, given: name), log: log)
        }
        return thread
    }

    private func leave(_ crew: [WorkerThread]) {
        for thread in crew { thread.stop() }
        for thread in crew { _ = thread.join(within: 3) }
    }
}

extension BenchServer.Spent {
    static func / (total: BenchServer.Spent, count: Int) -> BenchServer.Spent {
        BenchServer.Spent(
            processor: total.processor / Double(count), functions: total.functions / Double(count))
    }
}
