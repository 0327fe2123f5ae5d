import Foundation
import MessageBus
import Redis
import Support
import Synchronization
import Testing
import Trading

/// Waits that others end. A wait is 60 s long and the test's limit one minute: whoever is not
/// woken fails.
@Suite("RedisBus: waits", .timeLimit(.minutes(5)))
struct RedisBusWaitTests {
    private static let long = Span.seconds(60)

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
            let session = try bench.session()
            try reading.begin(session)
            session.interrupt.wake()
            let turn = try session.turn(committing: [], count: 9, block: Self.long)
            #expect(turn.deliveries.isEmpty)
            try session.put(reading.streams[0], 1...1)
            #expect(try session.read().map(\.number) == ["1"])
        }
    }

    @Test(arguments: Reading.allCases)
    func `a refused commit does not wait for new entries`(_ reading: Reading) throws {
        try withBench(.redis) { bench in
            let session = try bench.session()
            try reading.begin(session)
            let refused = Commit(
                slot: .shard(0), owner: .anyone, changes: [Change(guards: [.present(lock)])])
            let turn = try session.turn(committing: [refused], count: 9, block: Self.long)
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
            session.interrupt.wake()
            _ = try session.turn(committing: [], count: 9, block: Self.long)
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

/// A session that waits on a thread of its own; made when the server has it among the blocked.
private final class Waiting: Sendable {
    let interrupt: any BusInterrupt
    private let outcome: Outcome

    private final class Outcome: Sendable {
        let interrupt = Mutex<(any BusInterrupt)?>(nil)
        let turn = Mutex<Result<Turn, any Error>?>(nil)
        let done = DispatchSemaphore(value: 0)
        let begun = DispatchSemaphore(value: 0)
    }

    init(_ bench: Bench, _ reading: RedisBusWaitTests.Reading) throws {
        let outcome = Outcome()
        let bus = bench.bus
        Thread.detachNewThread {
            let result = Result {
                let session = try bus.session("waiting")
                try reading.begin(session)
                outcome.interrupt.withLock { $0 = session.interrupt }
                outcome.begun.signal()
                return try session.turn(committing: [], count: 9, block: .seconds(60))
            }
            outcome.turn.withLock { $0 = result }
            outcome.begun.signal()
            outcome.done.signal()
        }
        outcome.begun.wait()
        self.outcome = outcome
        interrupt = try #require(outcome.interrupt.withLock { $0 })
        let expected = reading == .both ? "blocked_clients:2" : "blocked_clients:1"
        while try bench.redis("INFO", "clients")?.asString.contains(expected) != true {}
    }

    func result() throws -> Turn {
        outcome.done.wait()
        return try #require(outcome.turn.withLock { $0 }).get()
    }
}
