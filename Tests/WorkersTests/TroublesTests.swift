import Brokers
import MessageBus
import Support
import Synchronization
import Testing
import Trading
import Workers

@Suite("What is wrong with an account at its broker") struct TroublesTests {
    private let bench = Bench()
    private let troubles = Troubles()

    private func worker() -> TroubleWorker {
        TroubleWorker(troubles, session: bench.bus.session("broker-watch"))
    }

    private func alarms() throws -> [String?] {
        try bench.entries(Keys.alarms).map { $0["severity"] }
    }

    @Test(
        "Who may not enter any more, and how loud it is said",
        arguments: [
            (DhanTrouble.invalidIP, true, "critical"), (.accountBlocked, true, "critical"),
            (.deadToken, false, "critical"), (.noDataPlan, false, "critical"),
            (.rateLimited, false, "warning"), (.tokenEnding, false, "critical"),
            (.noAddress, false, "warning"), (.unchecked, false, "warning"),
            (.foreignToken, true, "critical"),
        ])
    func trouble(kind: DhanTrouble, halts: Bool, severity: String) throws {
        troubles.tell("alpha", kind)
        try worker().turns(2)
        let stored = Halts(try bench.fields(Keys.halt))
        #expect((stored.reason(for: "alpha") != nil) == halts)
        #expect(stored.reason(for: "bravo") == nil)
        #expect(try alarms() == [severity])
    }

    @Test(arguments: [
        (DhanTrouble.noAddress, "web.dhan.co"),
        (.unchecked, "squareoff doctor --account alpha"),
        (.foreignToken, "squareoff resume --account alpha"),
    ])
    func `what may keep orders out names the account, and what to do:`(
        kind: DhanTrouble, advice: String
    ) {
        let alarm = Troubles.Trouble("alpha", kind).alarm(at: Bench.morning)
        #expect(alarm.account == "alpha" && alarm.message.hasPrefix("alpha: "))
        #expect(alarm.message.hasSuffix(advice))
    }

    @Test func `the same is said once a minute, however often it is told`() throws {
        let worker = worker()
        for _ in 0..<20 {
            troubles.tell("alpha", .deadToken)
            try worker.turns(1)
        }
        #expect(try alarms().count == 1)
        bench.bus.advance(by: .seconds(61))
        troubles.tell("alpha", .deadToken)
        try worker.turns(1)
        #expect(try alarms().count == 2)
    }

    @Test func `a person's halt keeps its reason, and the alarm comes all the same`() throws {
        let field = Halts.haltField(.account("alpha"))
        try bench.write(.set(Keys.halt, [field: "lunch"]), in: .bus)
        troubles.tell("alpha", .invalidIP)
        try worker().turns(1)
        #expect(try bench.fields(Keys.halt)[field] == "lunch")
        #expect(try alarms() == ["critical"])
    }

    @Test func `what could not be written is told again`() throws {
        let isDown = Mutex(true)
        let failing = MemoryBus(wall: Bench.morning) { _ in
            isDown.withLock { $0 } ? .unreachable : nil
        }
        let worker = TroubleWorker(troubles, session: failing.session("w"))
        troubles.tell("alpha", .invalidIP)
        #expect(throws: BusError.self) { try worker.turn(wait: false) }
        isDown.withLock { $0 = false }
        try worker.turns(1)
        #expect(try Bench(failing).entries(Keys.alarms).count == 1)
    }
}
