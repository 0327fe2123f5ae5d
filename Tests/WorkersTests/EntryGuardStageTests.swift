import MessageBus
import Support
import Synchronization
import Testing
import Trading
import Workers

@Suite struct EntryGuardStageTests {
    private let accounts: [AccountID] = ["alpha", "bravo", "charlie"]
    private let instrument = Fixtures.instrument()
    private let signal = Fixtures.signal(
        quote: Fixtures.quote("100.00", ask: "100.50", openInterest: 500_000))

    private func bench(_ bus: MemoryBus = MemoryBus(wall: Bench.morning)) throws -> Bench {
        let bench = Bench(bus)
        try bench.setUp(instruments: [instrument])
        try bench.write(.append(Keys.signals, signal.fields), in: .bus)
        return bench
    }

    private func worker(_ bench: Bench) throws -> GroupWorker {
        GroupWorker(EntryGuardStage(try Bench.desk()), bench.bus, name: "guard")
    }

    private func verdict(_ account: AccountID, _ bench: Bench) throws -> String? {
        try bench.text(Keys.verdict(0, signal.id, account))
    }

    private func pending(_ bench: Bench) throws -> Int {
        try bench.pending(Keys.signals, "entry-guard")
    }

    @Test func `every account has its verdict, position, order and reservation`() throws {
        let bench = try bench()
        try worker(bench).turns(3)
        for account in accounts {
            #expect(try verdict(account, bench)?.hasPrefix("entered ") == true)
            #expect(try bench.count(Keys.open(0, account)) == 1)
            #expect(try bench.fields(Keys.account(0, account, Fixtures.day))["trades"] == "1")
        }
        #expect(try bench.entries(Keys.entryOrders(0)).count == 3)
        #expect(try pending(bench) == 0)
    }

    @Test func `an account whose state is unreadable is refused aloud, the others enter`() throws {
        let bench = try bench()
        try bench.write(.set(Keys.account(0, "bravo", Fixtures.day), ["rev": "many"]))
        try worker(bench).turns(3)
        #expect(try verdict("alpha", bench)?.hasPrefix("entered ") == true)
        #expect(try verdict("charlie", bench)?.hasPrefix("entered ") == true)
        #expect(try verdict("bravo", bench)?.hasPrefix("refused halted: stored state") == true)
        #expect(try bench.entries(Keys.alarms).map { $0["account"] } == ["bravo"])
        #expect(try pending(bench) == 0)
    }

    /// Another worker changes one account's day before each call of the guard.
    @Test func `an account that changes all the time delays no other and is not forgotten`() throws
    {
        let meddles = Mutex(true)
        let buses = Mutex<MemoryBus?>(nil)
        let day = Keys.account(0, "bravo", Fixtures.day)
        let bus = MemoryBus(wall: Bench.morning) { session in
            if session == "guard", meddles.withLock({ $0 }), let bus = buses.withLock({ $0 }) {
                let change = Change(writes: [.add(day, field: "rev", by: 1)])
                _ = try? bus.session("meddler").commit([
                    Commit(slot: .shard(0), owner: .anyone, changes: [change])
                ])
            }
            return nil
        }
        let bench = try bench(bus)
        try bench.write(
            .set(day, AccountDay().fields), .set(day, ["rev": "1"]))
        buses.withLock { $0 = bus }
        let worker = try worker(bench)
        try worker.turns(3)
        #expect(try verdict("alpha", bench)?.hasPrefix("entered ") == true)
        #expect(try verdict("charlie", bench)?.hasPrefix("entered ") == true)
        #expect(try verdict("bravo", bench) == nil)
        #expect(try pending(bench) == 1)
        meddles.withLock { $0 = false }
        bus.advance(by: .seconds(1))
        try worker.turns(3)
        #expect(try verdict("bravo", bench)?.hasPrefix("entered ") == true)
        #expect(try bench.entries(Keys.entryOrders(0)).count == 3)
        #expect(try pending(bench) == 0)
    }

    @Test func `a signal that comes again changes nothing`() throws {
        let bench = try bench()
        let worker = try worker(bench)
        try worker.turns(3)
        let before = try accounts.map { account in
            try bench.fields(Keys.account(0, account, Fixtures.day))
        }
        let verdicts = try accounts.map { try verdict($0, bench) }
        try bench.write(.append(Keys.signals, signal.fields), in: .bus)
        try worker.turns(3)
        // And redelivered: taken by a worker that died before it acknowledged.
        try bench.write(.append(Keys.signals, signal.fields), in: .bus)
        let first = GroupWorker(EntryGuardStage(try Bench.desk()), bench.bus, name: "other")
        try first.turns(1)
        let second = GroupWorker(EntryGuardStage(try Bench.desk()), bench.bus, name: "other")
        try second.turns(3)
        #expect(try accounts.map { try verdict($0, bench) } == verdicts)
        #expect(
            try accounts.map { try bench.fields(Keys.account(0, $0, Fixtures.day)) } == before)
        #expect(try bench.entries(Keys.entryOrders(0)).count == 3)
        #expect(try pending(bench) == 0)
    }

    @Test func `half of the accounts done, the rest is taken up by who finds it`() throws {
        let bench = try bench()
        try bench.write(
            .setText(Keys.verdict(0, signal.id, "alpha"), "refused halted: by hand"))
        try worker(bench).turns(3)
        #expect(try verdict("alpha", bench) == "refused halted: by hand")
        #expect(try verdict("bravo", bench)?.hasPrefix("entered ") == true)
        #expect(try bench.entries(Keys.entryOrders(0)).count == 2)
    }

    @Test func `a signal that nobody follows, and one that nobody can read`() throws {
        let bench = try bench()
        var orphan = signal
        orphan.strategy = "nobody's"
        try bench.write(.append(Keys.signals, orphan.fields), in: .bus)
        try bench.write(.append(Keys.signals, ["direction": "sideways"]), in: .bus)
        try worker(bench).turns(4)
        let reasons = try bench.entries(Keys.deadLetters(.bus)).map { $0["reason"] }
        #expect(reasons.count == 2)
        #expect(reasons.contains("no account follows strategy 'nobody's'"))
        #expect(try verdict("alpha", bench)?.hasPrefix("entered ") == true)
        #expect(try pending(bench) == 0)
    }

    /// An instrument's sizes change, and the id of one that has expired becomes another's.
    @Test(arguments: [true, false])
    func `a list of another day takes the place of the one in hand:`(isListed: Bool) throws {
        let bench = Bench()
        func put(_ instrument: Instrument, of day: Day) throws {
            try bench.commit(
                Change(writes: InstrumentBook.writes([instrument], of: day)), in: .bus)
        }
        try bench.setUp(instruments: [])
        try put(instrument, of: Fixtures.day + -1)
        let early = Fixtures.signal("supertrend-BANKNIFTY-1", at: .at(9, 50))
        try bench.write(.append(Keys.signals, early.fields), in: .bus)
        let worker = try worker(bench)
        try worker.turns(3)
        let refusal = try bench.text(Keys.verdict(0, early.id, "alpha"))
        #expect(refusal?.hasPrefix("refused signal_expired") == true)

        let other = Fixtures.instrument(Fixtures.put, side: .put)
        try put(isListed ? Fixtures.instrument(lot: 70, freeze: 140) : other, of: Fixtures.day)
        try bench.write(.append(Keys.signals, signal.fields), in: .bus)
        try worker.turns(3)
        let verdict = try verdict("alpha", bench)
        #expect(verdict?.hasPrefix(isListed ? "entered " : "refused unknown_contract") == true)
        let id = PositionID(signal: signal.id, account: "alpha", day: Fixtures.day)
        let position = try bench.fields(Keys.position(0, id))
        #expect(position["lot"] == (isListed ? "70" : nil))
        #expect(position["freeze_quantity"] == (isListed ? "140" : nil))
    }
}
