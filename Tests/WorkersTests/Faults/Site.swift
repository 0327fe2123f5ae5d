import Foundation
import Logging
import MessageBus
import Proxy
import Redis
import Support
import Synchronization
import Testing
import Trading
import Workers

/// A real server with one worker of each kind on threads, as a process has them, and a person who
/// looks at the server and does things to it.
final class Site {
    let server: RedisServer
    let proxy: RedisProxy
    let words = Words()
    private let bus: RedisBus
    /// Made before there was any trouble: some of it lets nobody else in.
    private let person: RedisConnection
    private var threads: [WorkerThread] = []

    static let group = "tally"
    static let ordered = "scribe"
    static let input = Keys.exits(0)
    static let followed = Keys.positions(0)
    static let tallied = Key(.shard(0), "tallied")
    static let scribed = Key(.shard(0), "scribed")

    init(_ options: RedisServer.Options, user: String? = nil) throws {
        server = try RedisServer(options)
        proxy = try RedisProxy(to: server)
        person = try server.connect()
        bus = RedisBus(
            endpoint: proxy.endpoint,
            credentials: user.map { RedisCredentials(user: $0, password: "secret") })
    }

    deinit {
        stop()
        proxy.stop()
        server.stop()
    }

    /// - Parameter isGuarded: its decisions look at the state first, as those of all real stages
    ///   do; without, a second delivery would count twice.
    func start(isGuarded: Bool) {
        let (bus, log) = (bus, words.logger)
        start(Self.group) { () throws(BusError) in
            GroupWorker(
                Tally(isGuarded: isGuarded), session: try bus.session(Self.group),
                name: WorkerName(stage: Self.group, given: "w"), log: log)
        }
        start(Self.ordered) { () throws(BusError) in
            OrderedWorker(
                Scribe(), session: try bus.session(Self.ordered),
                name: WorkerName(stage: Self.ordered, given: "w"), log: log)
        }
    }

    private func start(_ name: String, _ make: @escaping MakeWorker) {
        let thread = WorkerThread(name: name, log: words.logger)
        thread.start(make)
        threads.append(thread)
    }

    func stop() {
        for thread in threads { thread.stop() }
        for thread in threads { _ = thread.join(within: 10) }
        threads = []
    }
}

extension Site {
    @discardableResult
    func redis(_ words: String...) throws -> RedisValue {
        var command = RedisCommand()
        command.append(words)
        if !person.isOpen { try person.reconnect() }
        return try person.call(command)
    }

    static func put(_ number: Int) -> [RedisCommand] {
        [input, followed].map { RedisCommand("XADD", $0.text, "*", "n", String(number)) }
    }

    /// Each number to both workers.
    func put(_ numbers: ClosedRange<Int>) throws {
        for reply in try server.connect().pipeline(numbers.flatMap(Self.put)) {
            _ = try reply.orThrow()
        }
    }

    /// The same, and the commands behind them, in one step: no worker sees one without the others.
    func put(_ numbers: ClosedRange<Int>, and commands: [String]...) throws {
        var all = [RedisCommand("MULTI")] + numbers.flatMap(Self.put)
        for words in commands {
            var command = RedisCommand()
            command.append(words)
            all.append(command)
        }
        let replies = try server.connect().pipeline(all + [RedisCommand("EXEC")])
        for reply in try (replies.last ?? .null).asArray { _ = try reply.orThrow() }
    }

    /// How often each number was counted.
    func counts(_ key: Key) throws -> [Int: Int] {
        let reply = try server.connect().call(RedisCommand("HGETALL", key.text))
        return Dictionary(
            uniqueKeysWithValues: try reply.asPairs.map { (Int($0.name) ?? 0, Int($0.value) ?? 0) })
    }

    func wait(for what: String, _ condition: () throws -> Bool) throws {
        let end = ContinuousClock.now + .seconds(120)
        while (try? condition()) != true {
            try #require(
                ContinuousClock.now < end, "waited for \(what) in vain; last said:\n\(words.tail)")
            usleep(3_000)
        }
    }

    func waitUntilCounted(_ numbers: ClosedRange<Int>) throws {
        try wait(for: "\(numbers) to be counted") {
            let done = [try counts(Self.tallied), try counts(Self.scribed)]
            return done.allSatisfy { counted in numbers.allSatisfy { counted[$0] != nil } }
        }
    }

    /// Both wait for input and use no time: the opposite of a hot loop.
    func waitUntilBlocked() throws {
        try wait(for: "both workers to wait for input") {
            let list = try redis("CLIENT", "LIST").asString.split(separator: "\n")
            let blocked = list.filter { $0.contains(" name=squareoff") && $0.contains(" flags=b") }
            return [Self.group, Self.ordered].allSatisfy { name in
                blocked.contains { $0.contains(":\(name)") }
            }
        }
    }
}

/// Counts what it reads.
private final class Tally: GroupStage {
    let name = Site.group
    let slot = Slot.shard(0)
    let streams = [Site.input]
    private let isGuarded: Bool

    init(isGuarded: Bool) { self.isGuarded = isGuarded }

    func settle(_ work: Work, _ session: any BusSession) throws(BusError) -> [Step] {
        guard !work.isEmpty else { return [] }
        var counted = Fields()
        if case .fields(let fields)? = try session.load([.hash(Site.tallied)]).answers.first {
            counted = fields
        }
        return work.deliveries.map { delivery in
            let number = delivery.fields?["n"] ?? "?"
            if isGuarded, counted[number] != nil { return Step(delivery, .commit(Change())) }
            let guards: [Guard] = isGuarded ? [.fieldAbsent(Site.tallied, number)] : []
            return Step(
                delivery,
                .commit(
                    Change(guards: guards, writes: [.add(Site.tallied, field: number, by: 1)])))
        }
    }
}

private final class Scribe: OrderedStage {
    let name = Site.ordered
    let number = 0
    let slot = Slot.shard(0)
    let streams = [Site.followed]

    func load(_ session: any BusSession) throws(BusError) {}

    func decide(
        _ deliveries: [Delivery], due: [[DueTime]], _ session: any BusSession
    ) throws(BusError) -> OrderedDecision {
        OrderedDecision(
            changes: deliveries.map {
                Change(writes: [.add(Site.scribed, field: $0.fields?["n"] ?? "?", by: 1)])
            })
    }

    func refused(_ change: Int, _ session: any BusSession) throws(BusError) {}
}

/// What workers said.
final class Words: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }
    var tail: String { all.suffix(12).joined(separator: "\n") }
    var logger: Logger { Logger(label: "site") { _ in Handler(words: self) } }

    func forget() { lines.withLock { $0 = [] } }

    /// The pauses that a worker announced after its errors, in milliseconds.
    func pauses(of worker: String) -> [Double] {
        all.filter { $0.hasPrefix("\(worker): ") }.compactMap { line in
            line.firstMatch(of: /again in ([0-9.]+) seconds/).flatMap { Double($0.1) }
        }.map { $0 * 1_000 }
    }

    private struct Handler: LogHandler {
        let words: Words
        var logLevel = Logger.Level.info
        var metadata: Logger.Metadata = [:]

        init(words: Words) { self.words = words }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let worker = event.metadata?["worker"].map { " [\($0)]" } ?? ""
            words.lines.withLock { $0.append("\(event.message)\(worker)") }
        }
    }
}
