import MessageBus
import Redis
import Support
import Synchronization
import Testing
import Trading

/// What the conformance suite runs on: one behaviour, four ways to have it.
enum Backend: String, CaseIterable, CustomTestStringConvertible {
    case memory
    case redis
    /// One node that owns all slots and enforces them.
    case cluster
    /// The same server over TLS.
    case tls

    static let servers: [Backend] = [.redis, .cluster, .tls]

    var testDescription: String { rawValue }
}

/// A bus of a test's own, and what only a person or a janitor does to it.
struct Bench {
    let bus: any Bus
    let memory: MemoryBus?
    let server: RedisServer?

    /// 2 January 2026, the morning.
    static let morning = EventTime(milliseconds: 1_767_325_500_000)

    func session(_ name: String = "one") throws -> any BusSession { try bus.session(name) }

    func trim(_ stream: Key, below id: EntryID) throws {
        memory?.trim(stream, below: id)
        try redis("XTRIM", stream.text, "MINID", id.text)
    }

    func remove(_ key: Key) throws {
        memory?.remove(key)
        try redis("DEL", key.text)
    }

    /// Lets time pass: at once in memory, and really on a server, whose clock nobody can set.
    func pass(_ span: Span, until isOver: () throws -> Bool) throws {
        memory?.advance(by: span + .milliseconds(1))
        guard memory == nil else {
            #expect(try isOver())
            return
        }
        let end = ContinuousClock.now + .seconds(10)
        while try !isOver() {
            try #require(ContinuousClock.now < end, "did not end within 10 s")
        }
    }

    @discardableResult
    func redis(_ words: String...) throws -> RedisValue? {
        guard let server else { return nil }
        var command = RedisCommand()
        command.append(words)
        return try server.connect().call(command)
    }
}

func withBench(_ backend: Backend, _ body: (Bench) throws -> Void) throws {
    if backend == .memory {
        let bus = MemoryBus(wall: Bench.morning)
        return try body(Bench(bus: bus, memory: bus, server: nil))
    }
    let server = try Pool.take(backend)
    let bus = RedisBus(endpoint: server.tlsEndpoint ?? server.endpoint)
    let bench = Bench(bus: bus, memory: nil, server: server)
    try body(bench)
    // After a test that threw, the server is stopped: what it holds may be the reason.
    try bench.redis("FLUSHALL")
    Pool.give(server, backend)
}

/// Empty servers that wait for the next test: a cluster's node takes two seconds to accept writes.
private enum Pool {
    private static let idle = Mutex<[Backend: [RedisServer]]>([:])

    static func take(_ backend: Backend) throws -> RedisServer {
        if let server = idle.withLock({ $0[backend]?.popLast() }) { return server }
        let options = RedisServer.Options(
            tls: backend == .tls ? .init() : nil, cluster: backend == .cluster)
        // A port that was free may be another process' a moment later.
        return try (try? RedisServer(options)) ?? RedisServer(options)
    }

    static func give(_ server: RedisServer, _ backend: Backend) {
        idle.withLock { $0[backend, default: []].append(server) }
    }
}

/// The names that all tests use: group `g`, consumer `a` unless a test needs a second one.
let exits = Keys.exits(0)
let entries = Keys.entryOrders(0)
let updates = Keys.orderUpdates(0)
let position = Key(.shard(0), "position:p1")
let order = Key(.shard(0), "order:o1")
let due = Keys.exitsDue(0)
let lock = Key(.shard(0), "exit-lock:p1")
let risk = Keys.fence(.shard(0), "risk-manager", 0)

extension BusSession {
    /// One commit by nobody of one change.
    @discardableResult
    func write(_ writes: Write..., guards: [Guard] = []) throws -> CommitVerdict {
        try one(.anyone, Change(guards: guards, writes: writes))
    }

    func one(_ owner: Owner, _ change: Change) throws -> CommitVerdict {
        let verdicts = try commit([Commit(slot: .shard(0), owner: owner, changes: [change])])
        return try #require(verdicts.first?.first)
    }

    func put(_ stream: Key, _ numbers: ClosedRange<Int>) throws {
        for number in numbers { try write(.append(stream, ["n": String(number)])) }
    }

    /// What is there, without a wait.
    func read(_ count: Int = 100) throws -> [Delivery] {
        try turn(committing: [], count: count, block: .zero).deliveries
    }

    func settle(
        _ delivery: Delivery, as name: String = "a", guards: [Guard] = [], _ writes: Write...
    ) throws -> CommitVerdict {
        try one(
            .consumer(group: "g", name: name), delivery.settled(guards: guards, writes: writes))
    }

    func answer(_ query: Query) throws -> Answer {
        try #require(try load([query]).answers.first)
    }

    func entries(of stream: Key) throws -> [Entry] {
        guard case .entries(let found) = try answer(.range(stream, from: .zero, limit: 1_000))
        else { throw OtherAnswer() }
        return found
    }

    func pending(_ stream: Key) throws -> [PendingEntry] {
        guard case .pending(let rows) = try answer(.pending(stream, group: "g", limit: 1_000))
        else { throw OtherAnswer() }
        return rows
    }

    func fields(of key: Key) throws -> Fields {
        guard case .fields(let fields) = try answer(.hash(key)) else { throw OtherAnswer() }
        return fields
    }

    /// Claims from the consumers with these names; nil for all.
    func take(_ stream: Key, as name: String, from dead: Set<String>?) throws -> Int {
        try claim(stream, group: "g", consumer: name) { dead?.contains($0) ?? true }.count
    }

    func joined(_ streams: Key..., as name: String = "a") throws -> Self {
        try join(streams, group: "g", consumer: name)
        return self
    }
}

struct OtherAnswer: Error {}

extension Delivery {
    func settled(guards: [Guard] = [], writes: [Write] = []) -> Change {
        Change(acknowledges: Acknowledgement(stream, id), guards: guards, writes: writes)
    }

    var number: String? { fields?["n"] }
}
