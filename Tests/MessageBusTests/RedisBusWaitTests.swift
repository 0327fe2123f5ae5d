import Foundation
import MessageBus
import Redis
import Support
import Synchronization
import Testing
import Trading

/// Waits that others end. A wait is an hour long, and the test gives up before: whoever is not
/// woken fails.
@Suite("RedisBus: waits", .timeLimit(.minutes(5)))
struct RedisBusWaitTests {
    fileprivate static let long = Span.seconds(3_600)

    /// How a session reads when it waits.
    enum Reading: CaseIterable {
        case group, follow, both

        func begin(_ session: any BusSession) throws {
            if self != .follow { try session.join([exits], group: "g", consumer: "a") }
            if self != .group { try session.follow(updates, after: .zero) }
        }

        /// The streams on which an append must end the wait.
        var streams: [Key] {
            switch self {
            case .group: [exits]
            case .follow: [updates]
            case .both: [exits, updates]
            }
        }
    }

    @Test(arguments: Backend.servers, Reading.allCases)
    func `an append from another session ends the wait`(
        _ backend: Backend, _ reading: Reading
    ) throws {
        try withBench(backend) { bench in
            for stream in reading.streams {
                let waiting = try Waiting(bench, reading)
                let other = try bench.session("other")
                try other.put(stream, 7...7)
                let turn = try waiting.result()
                #expect(turn.deliveries.map(\.number) == ["7"])
                try bench.redis("DEL", stream.text)
            }
        }
    }

    @Test(arguments: Backend.servers)
    func `all messages of a batch wake one waiting consumer, who gets them all`(
        _ backend: Backend
    ) throws {
        try withBench(backend) { bench in
            let waiting = try Waiting(bench, .group)
            let upstream = try bench.session("upstream").joined(entries)
            try upstream.put(entries, 1...9)
            let batch = try upstream.read()
            let changes = batch.map { delivery in
                delivery.settled(writes: [.append(exits, delivery.fields ?? Fields())])
            }
            let owner = Owner.consumer(group: "g", name: "a")
            _ = try upstream.turn(
                committing: [Commit(slot: .shard(0), owner: owner, changes: changes)], count: 9,
                block: .zero)
            #expect(try waiting.result().deliveries.map(\.number) == (1...9).map { "\($0)" })
        }
    }

    @Test(arguments: Reading.allCases)
    func `the interrupt ends the wait`(_ reading: Reading) throws {
        try withBench(.redis) { bench in
            let waiting = try Waiting(bench, reading)
            waiting.interrupt.wake()
            #expect(try waiting.result().deliveries.isEmpty)
        }
    }

    @Test(arguments: Reading.allCases)
    func `an interrupt before the wait is not lost`(_ reading: Reading) throws {
        try withBench(.redis) { bench in
            let (first, second) = try inTime(bench) { session in
                try reading.begin(session)
                session.interrupt.wake()
                let turn = try session.turn(committing: [], count: 9, block: Self.long)
                try session.put(reading.streams[0], 1...1)
                return (turn.deliveries, try session.read())
            }
            #expect(first.isEmpty)
            #expect(second.map(\.number) == ["1"])
        }
    }

    @Test(arguments: Reading.allCases)
    func `a refused commit does not wait for new entries`(_ reading: Reading) throws {
        try withBench(.redis) { bench in
            let refused = Commit(
                slot: .shard(0), owner: .anyone, changes: [Change(guards: [.present(lock)])])
            let turn = try inTime(bench) { session in
                try reading.begin(session)
                return try session.turn(committing: [refused], count: 9, block: Self.long)
            }
            #expect(turn.verdicts == [[.refused(guardAt: 0)]])
        }
    }

    @Test(arguments: Reading.allCases)
    func `a wait that finds nothing ends by itself`(_ reading: Reading) throws {
        try withBench(.redis) { bench in
            let session = try bench.session()
            try reading.begin(session)
            for _ in 0..<3 {
                let turn = try session.turn(committing: [], count: 9, block: .milliseconds(5))
                #expect(turn.deliveries.isEmpty)
            }
            try session.put(reading.streams[0], 1...1)
            #expect(try session.read().map(\.number) == ["1"])
        }
    }

    @Test func `a session that reads nothing waits all the same`() throws {
        try withBench(.redis) { bench in
            let session = try bench.session()
            let begin = ContinuousClock.now
            _ = try session.turn(committing: [], count: 9, block: .milliseconds(20))
            #expect(ContinuousClock.now - begin >= .milliseconds(19))
            let turn = try inTime(bench) { session in
                session.interrupt.wake()
                return try session.turn(committing: [], count: 9, block: Self.long)
            }
            #expect(turn.deliveries.isEmpty)
        }
    }

    @Test(arguments: Backend.servers)
    func `a stream removed under a waiting session is read again`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let waiting = try Waiting(bench, .group)
            try bench.redis("DEL", exits.text)
            #expect(try waiting.result().deliveries.isEmpty)
            let second = try Waiting(bench, .group)
            try bench.redis("XGROUP", "DESTROY", exits.text, "g")
            #expect(try second.result().deliveries.isEmpty)
            let third = try Waiting(bench, .group)
            try bench.session("other").put(exits, 1...1)
            #expect(try third.result().deliveries.map(\.number) == ["1"])
        }
    }
}

/// What is done on a thread of its own, which is left behind when it does not end.
private final class Aside<Value: Sendable>: Sendable {
    private let outcome = Mutex<Result<Value, any Error>?>(nil)
    private let done = DispatchSemaphore(value: 0)

    /// Far shorter than the wait of which nobody is woken, and than the test's limit.
    private static var patience: Double { 120 }

    init(_ body: @escaping @Sendable () throws -> Value) {
        Thread.detachNewThread { [self] in
            let result = Result { try body() }
            outcome.withLock { $0 = result }
            done.signal()
        }
    }

    var isOver: Bool { outcome.withLock { $0 != nil } }

    func result() throws -> Value {
        let end = done.wait(timeout: .now() + Self.patience)
        try #require(end == .success, "nobody has ended the wait")
        return try #require(outcome.withLock { $0 }).get()
    }
}

/// What a session comes to that must not wait for long.
private func inTime<Value: Sendable>(
    _ bench: Bench, _ body: @escaping @Sendable (any BusSession) throws -> Value
) throws -> Value {
    let bus = bench.bus
    return try Aside { try body(try bus.session("one")) }.result()
}

/// A session that waits on a thread of its own; made when the server has it among the blocked.
private final class Waiting: Sendable {
    let interrupt: any BusInterrupt
    private let turn: Aside<Turn>

    private final class Start: Sendable {
        let interrupt = Mutex<(any BusInterrupt)?>(nil)
        let begun = DispatchSemaphore(value: 0)
    }

    init(_ bench: Bench, _ reading: RedisBusWaitTests.Reading) throws {
        let start = Start()
        let bus = bench.bus
        turn = Aside {
            // Also where it throws before it has begun.
            defer { start.begun.signal() }
            let session = try bus.session("waiting")
            try reading.begin(session)
            start.interrupt.withLock { $0 = session.interrupt }
            start.begun.signal()
            return try session.turn(committing: [], count: 9, block: RedisBusWaitTests.long)
        }
        start.begun.wait()
        interrupt = try #require(start.interrupt.withLock { $0 })
        let expected = reading == .both ? "blocked_clients:2" : "blocked_clients:1"
        while try bench.redis("INFO", "clients")?.asString.contains(expected) != true {
            try #require(!turn.isOver, "it does not wait")
            usleep(500)
        }
    }

    func result() throws -> Turn { try turn.result() }
}
