import MessageBus
import Synchronization
import Testing
import Trading

@Suite("MemoryBus")
struct MemoryBusTests {
    @Test func `time stands still until it is moved`() throws {
        let bus = MemoryBus(wall: EventTime(milliseconds: 1_000))
        let session = bus.session("one")
        try session.put(exits, 1...2)
        bus.advance(by: .milliseconds(5))
        try session.put(exits, 3...3)
        let steady = session.steady
        bus.wall = EventTime(milliseconds: 900)
        #expect(session.steady == steady)
        try session.put(exits, 4...4)
        let ids = [(1_000, 0), (1_000, 1), (1_005, 0), (1_005, 1)].map { EntryID($0.0, $0.1) }
        #expect(try session.entries(of: exits).map(\.id) == ids)
        #expect(try session.load([]).now == EventTime(milliseconds: 900))
    }

    /// Which fault a call meets, and what its verdict is when it is asked again.
    static let faults: [(MemoryBus.Fault, BusError, CommitVerdict)] = [
        (.unreachable, .retry("the bus cannot be reached (simulated)"), .applied),
        (.answerLost, .unknown("the answer was lost (simulated)"), .lost),
    ]

    @Test(arguments: faults.indices)
    func `a fault leaves what a real one leaves`(_ row: Int) throws {
        let (fault, expected, again) = Self.faults[row]
        let faults = NextFault()
        let bus = MemoryBus(wall: Bench.morning) { _ in faults.take() }
        let session = try bus.session("one").joined(exits)
        try session.put(exits, 1...2)
        let found = try session.read()
        faults.set(fault)
        #expect(throws: expected) { try session.settle(found[0], .push(order, "x")) }
        #expect(try session.settle(found[0], .push(order, "x")) == again)
        #expect(try session.answer(.list(order)) == .texts(["x"]))
        // What is still pending comes again.
        #expect(try session.read().map(\.id) == [found[1].id])
    }

    @Test func `a lost tail takes entries, acknowledgements and fields with it, more than once`()
        throws
    {
        let bus = MemoryBus(wall: Bench.morning)
        let session = try bus.session("one").joined(exits)
        try session.put(exits, 1...2)
        let found = try session.read()
        bus.sync()
        for _ in 0..<2 {
            try session.put(exits, 3...3)
            #expect(try session.settle(found[0], .push(order, "x")) == .applied)
            bus.loseTail()
            #expect(try session.entries(of: exits).map(\.id) == found.map(\.id))
            #expect(try session.answer(.list(order)) == .texts([]))
        }
        #expect(try session.settle(found[0], .push(order, "x")) == .applied)
    }
}

private final class NextFault: Sendable {
    private let fault = Mutex<MemoryBus.Fault?>(nil)

    func set(_ fault: MemoryBus.Fault) { self.fault.withLock { $0 = fault } }

    func take() -> MemoryBus.Fault? {
        fault.withLock { fault in
            defer { fault = nil }
            return fault
        }
    }
}
