import MessageBus
import Support
import Synchronization
import Testing
import Trading
import Workers

/// One signal, many accounts.
@Suite struct FanOutTests {
    private let signal = Fixtures.signal(
        quote: Fixtures.quote("100.00", ask: "100.50", openInterest: 500_000))

    private func desk(accounts: Int) throws -> Desk {
        let lines = (0..<accounts).map {
            "  a\($0): { capital: 200000, strategies: [supertrend] }"
        }
        return try Bench.desk(
            """
            indices: [BANKNIFTY]
            accounts:
            \(lines.joined(separator: "\n"))
            strategies:
              supertrend: { indices: [BANKNIFTY] }
            """)
    }

    /// - Returns: the calls to the server until the signal was acknowledged, and the orders.
    private func enter(accounts: Int) throws -> (calls: Int, orders: Int) {
        let calls = Mutex(0)
        let bus = MemoryBus(wall: Bench.morning) { session in
            if session == "guard" { calls.withLock { $0 += 1 } }
            return nil
        }
        let bench = Bench(bus)
        try bench.setUp(instruments: [Fixtures.instrument()])
        let worker = GroupWorker(
            EntryGuardStage(try desk(accounts: accounts)), bus, name: "guard")
        try worker.turns(3)
        try bench.write(.append(Keys.signals, signal.fields), in: .bus)
        let before = calls.withLock { $0 }
        try worker.turns(2)
        #expect(try bench.pending(Keys.signals, "entry-guard") == 0)
        return (calls.withLock { $0 } - before, try bench.entries(Keys.entryOrders(0)).count)
    }

    @Test func `fifty accounts enter on a signal with as many calls as one`() throws {
        let (one, many) = (try enter(accounts: 1), try enter(accounts: 50))
        #expect(one.orders == 1 && many.orders == 50)
        #expect(one.calls == many.calls)
    }
}
