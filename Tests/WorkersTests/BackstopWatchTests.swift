import MessageBus
import Support
import Synchronization
import Testing
import Trading
import Workers

/// At a broker that answers at once.
@Suite("The loss limit, and what is noted of it", .timeLimit(.minutes(10)))
struct BackstopWatchTests {
    private static let isSet = "closes all at a loss of 12500.00"
    private static let isGone = "the broker's loss limit of 12500.00 has fired"
    private static let isUnreadable = "what is noted of the broker's loss limit cannot be read"
    private static let key = Keys.lossLimit(0, "alpha")

    /// The session's end takes it too.
    @Test func `after the session nobody is told that it is gone, and it is not set again`()
        throws
    {
        let (broker, bench) = (PickyBroker(), Bench(MemoryBus(wall: .at(15, 20))))
        broker.takes.withLock { $0 = true }
        let reconciler = try BackstopSide.reconciler(broker, bench)
        try reconciler.turns(6)
        broker.stands.withLock { $0 = nil }
        bench.bus.advance(by: .minutes(11))
        try reconciler.turns(6)
        #expect(broker.sets.count == 1)
        #expect(try Self.told(bench) == ["alpha: the broker " + Self.isSet])
    }

    @Test(
        "While what is noted cannot be read, none is set, and a minute later it is tried again",
        arguments: [
            Write.setText(key, "x"), .set(key, ["day": "2025-12-15", "loss": "lots", "rev": "1"]),
        ])
    func unreadable(write: Write) throws {
        let (broker, bench) = (PickyBroker(), Bench(MemoryBus(wall: .at(10, 0))))
        broker.takes.withLock { $0 = true }
        try bench.write(write)
        let reconciler = try BackstopSide.reconciler(broker, bench)
        try reconciler.turns(6)
        #expect(broker.sets.count == 0)
        #expect(try Self.told(bench).count { $0.contains(Self.isUnreadable) } == 1)
        bench.bus.remove(Self.key)
        try reconciler.turns(6)
        #expect(broker.sets.count == 0)
        bench.bus.advance(by: .minutes(1))
        try reconciler.turns(6)
        #expect(broker.sets.count == 1)
    }

    /// Somebody else has set it and it has fired, all between a look and its answer.
    @Test func `an answer that is older than what is noted decides nothing`() throws {
        let (broker, bench) = (PickyBroker(), Bench(MemoryBus(wall: .at(10, 0))))
        broker.takes.withLock { $0 = true }
        let reconciler = try BackstopSide.reconciler(broker, bench)
        try reconciler.turns(1)
        var limit = LossLimit(on: Fixtures.day, "12500.00")
        limit.rev = 1
        try bench.write(.set(Self.key, limit.fields))
        broker.stands.withLock { $0 = "12500.00" }
        try reconciler.turns(6)
        #expect(broker.sets.count == 0)
        #expect(try Self.told(bench) == [])
    }

    @Test("A bus that fails at any call forgets no limit that was set", arguments: 0..<5)
    func failingBus(calls: Int) throws {
        let fuse = Fuse("r")
        let bench = Bench(MemoryBus(wall: .at(10, 0)) { fuse.fault($0) })
        let broker = PickyBroker()
        broker.takes.withLock { $0 = true }
        let reconciler = try BackstopSide.reconciler(broker, bench)
        while broker.sets.count == 0, !Task.isCancelled { try reconciler.turns(1) }
        fuse.left = calls
        do {
            try reconciler.turns(6)
        } catch {
            reconciler.failed()
        }
        fuse.left = nil
        broker.stands.withLock { $0 = nil }
        bench.bus.advance(by: .minutes(5))
        try reconciler.turns(12)
        #expect(broker.sets.count == 1)
        #expect(try Self.told(bench).count { $0.contains(Self.isGone) } == 1)
    }

    @Test func `a limit that the broker does not take is told, and tried again`() throws {
        let (broker, bench) = (PickyBroker(), Bench())
        let reconciler = try BackstopSide.reconciler(broker, bench)
        try reconciler.turns(6)
        let refused = "alpha: the broker does not take the loss limit of 12500.00"
        let messages = try Self.told(bench)
        #expect(messages.count == 1 && messages[0].hasPrefix(refused))
        broker.takes.withLock { $0 = true }
        try reconciler.turns(6)
        #expect(broker.stands.withLock { $0 } == nil)
        bench.bus.advance(by: .minutes(1))
        try reconciler.turns(6)
        #expect(broker.stands.withLock { $0 } == .rupees(12_500))
        #expect(try Self.told(bench).last == "alpha: the broker " + Self.isSet)
    }

    private static func told(_ bench: Bench) throws -> [String] {
        try bench.entries(Keys.alarms).compactMap { $0["message"] }.filter { $0.contains("loss") }
    }
}
