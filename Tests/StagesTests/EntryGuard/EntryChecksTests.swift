import Stages
import Support
import Testing
import Trading

/// Each check alone, on and beside its boundary.
@Suite("Entry checks")
struct EntryChecksTests {
    @Test func `the checks stand in the order of the refusals`() {
        #expect(EntryChecks.inOrder.map(\.reason) == Refusal.allCases)
    }

    /// Every check spoilt at once, then mended from the first on.
    @Test("First refusal wins", arguments: Refusal.allCases.indices)
    func precedence(mended: Int) {
        let faults: [(inout Entry) -> Void] = [
            { $0.halts.halted = [.everything: "halt"] },
            { $0.server.unreconciled = "nobody has looked" },
            { $0.signal.expiresAt = $0.now - .milliseconds(1) },
            { $0.session = .unknown },
            { $0.account.entry.windowStart = TimeOfDay(11, 0) },
            { $0.signal.quote.at = $0.now - .seconds(6) },
            { $0.day.realised = .rupees(-10_000) },
            { $0.day.peakRealised = .rupees(20_000) },
            { $0.day.trades = 20 },
            { $0.day.open = 3 },
            { $0.day.openBooks[AccountDay.Book(Fixtures.index, .put)] = 2 },
            { $0.day.openBooks[AccountDay.Book(Fixtures.index, .call)] = 1 },
            { $0.day.lastExits[Fixtures.call] = $0.now },
            { $0.instrument = nil },
            { $0.signal.quote.ltp = "19.95" },
            { $0.signal.quote.bid = "90.00" },
            { $0.signal.quote.openInterest = 49_999 },
            { $0.account.entry.maxLots = 0 },
            { $0.server.pause = "backlog=9" },
            { $0.budget.sent[.day] = [.init(number: $0.now.day.number, count: 7_000)] },
        ]
        var entry = Entry()
        for fault in faults.dropFirst(mended) { fault(&entry) }
        #expect(entry.refusal == Refusal.allCases[mended])
        #expect(faults.count == Refusal.allCases.count)
    }

    @Test(
        "Halted",
        arguments: [
            ("all", true), ("account:paper-1", true), ("account:paper-2", false),
            ("flatten:all", true), ("flatten:account:paper-1", true),
            ("acount:paper-2", true),  // mistyped: a halt halts
        ]
    )
    func halted(scope: String, refused: Bool) {
        let entry = Entry().with { $0.halts = Halts([scope: "why"]) }
        #expect(entry.refusal == (refused ? .halted : nil))
    }

    @Test(
        "Signal expired",
        arguments: [(15_000, nil), (15_001, .signalExpired)] as [(Int, Refusal?)])
    func expired(milliseconds: Int, refusal: Refusal?) {
        let entry = Entry().with {
            $0.now = $0.signal.at + .milliseconds(milliseconds)
            $0.signal.quote.at = $0.now
        }
        #expect(entry.refusal == refusal)
    }

    @Test(
        "Pain 39: the calendar fails closed",
        arguments: [
            (Fixtures.session, nil),
            (.unknown, .calendar),
            (.closed(.weekend), .calendar),
            (.closed(.holiday("Christmas")), .calendar),
            (.closed(.notAnnounced("Muhurat")), .calendar),
            (
                .open(
                    MarketSession(
                        Fixtures.day + 1, from: TimeOfDay(9, 15), to: TimeOfDay(15, 30))),
                .calendar
            ),  // the answer for another day
        ] as [(SessionAnswer, Refusal?)]
    )
    func calendar(session: SessionAnswer, refusal: Refusal?) {
        #expect(Entry().with { $0.session = session }.refusal == refusal)
    }

    @Test(
        "Entry window",
        arguments: [
            // now, expiry, session end of the risk profile, refused
            (.at(9, 19, 59), Fixtures.expiry, TimeOfDay(15, 15), true),
            (.at(9, 20), Fixtures.expiry, TimeOfDay(15, 15), false),
            (.at(15, 14, 59), Fixtures.expiry, TimeOfDay(15, 15), false),
            (.at(15, 15), Fixtures.expiry, TimeOfDay(15, 15), true),
            (.at(15, 9, 59), Fixtures.day, TimeOfDay(15, 15), false),
            (.at(15, 10), Fixtures.day, TimeOfDay(15, 15), true),  // it would be closed at once
            (.at(14, 0), Fixtures.expiry, TimeOfDay(14, 0), true),
        ] as [(EventTime, Day, TimeOfDay, Bool)]
    )
    func window(now: EventTime, expiry: Day, sessionEnd: TimeOfDay, refused: Bool) {
        let entry = Entry().at(now).with {
            $0.instrument = Fixtures.instrument(expiry: expiry)
            $0.account.risk.sessionEnd = sessionEnd
        }
        #expect(entry.refusal == (refused ? .entryWindow : nil))
    }

    @Test func `the window does not reach past a short session`() {
        let entry = Entry().at(.at(14, 45)).with {
            $0.session = .open(
                MarketSession(
                    Fixtures.day, .muhurat, from: TimeOfDay(13, 45), to: TimeOfDay(14, 45)))
        }
        #expect(entry.refusal == .entryWindow)
        #expect(entry.at(.at(14, 39)).refusal == nil)
    }

    @Test("Feed", arguments: [(5_000, nil), (5_001, .staleFeed)] as [(Int, Refusal?)])
    func feed(age: Int, refusal: Refusal?) {
        #expect(Entry().quoted(age: .milliseconds(age)).refusal == refusal)
    }

    @Test(
        "Pain 34: daily loss, profit lock, counts",
        arguments: [
            // realised, peak, trades, open, refusal
            ("-9999.99", "0.00", 0, 0, nil),
            ("-10000.00", "0.00", 0, 0, .dailyLoss),
            ("11999.99", "19999.99", 0, 0, nil),
            ("12000.00", "20000.00", 0, 0, nil),
            ("11999.99", "20000.00", 0, 0, .profitLock),
            ("0.00", "0.00", 19, 0, nil),
            ("0.00", "0.00", 20, 0, .tradeCount),
            ("0.00", "0.00", 0, 2, nil),
            ("0.00", "0.00", 0, 3, .openPositions),
        ] as [(Money, Money, Int, Int, Refusal?)]
    )
    func day(realised: Money, peak: Money, trades: Int, open: Int, refusal: Refusal?) {
        let entry = Entry().with {
            $0.day.realised = realised
            $0.day.peakRealised = peak
            $0.day.trades = trades
            $0.day.open = open
        }
        #expect(entry.refusal == refusal)
    }

    @Test(
        "Open positions of index and side",
        arguments: [
            // index, calls, puts, refusal of a BANKNIFTY call
            ("BANKNIFTY", 0, 1, nil),
            ("BANKNIFTY", 0, 2, .openPerIndex),
            ("BANKNIFTY", 1, 0, .openPerSide),
            ("BANKNIFTY", 1, 1, .openPerIndex),
            ("NIFTY", 2, 2, nil),
        ] as [(IndexName, Int, Int, Refusal?)]
    )
    func books(index: IndexName, calls: Int, puts: Int, refusal: Refusal?) {
        let entry = Entry().with {
            $0.day.openBooks[AccountDay.Book(index, .call)] = calls
            $0.day.openBooks[AccountDay.Book(index, .put)] = puts
        }
        #expect(entry.refusal == refusal)
    }

    @Test(
        "Cooldown of the contract",
        arguments: [
            (Fixtures.call, 179_999, .cooldown), (Fixtures.call, 180_000, nil),
            (Fixtures.put, 0, nil),
        ] as [(InstrumentID, Int, Refusal?)]
    )
    func cooldown(instrument: InstrumentID, since: Int, refusal: Refusal?) {
        let entry = Entry().with { $0.day.lastExits[instrument] = $0.now - .milliseconds(since) }
        #expect(entry.refusal == refusal)
    }

    @Test(
        "Pain 37: lot and freeze quantity come from the list, and an unknown contract never trades",
        arguments: [
            // instrument, refusal
            (Fixtures.instrument(), nil),
            (Fixtures.instrument(freeze: nil), nil),  // the table's of that day
            (nil, .unknownContract),
            (Fixtures.instrument(Fixtures.put), .unknownContract),  // another security
            (Fixtures.instrument(side: .put), .unknownContract),
            (Fixtures.instrument(index: "NIFTY"), .unknownContract),
            (Fixtures.instrument(expiry: Fixtures.day + -1), .unknownContract),
            (Fixtures.instrument(lot: 0), .unknownContract),
        ] as [(Instrument?, Refusal?)]
    )
    func contract(instrument: Instrument?, refusal: Refusal?) {
        #expect(Entry().with { $0.instrument = instrument }.refusal == refusal)
    }

    @Test func `no freeze quantity anywhere is an unknown contract`() {
        let entry = Entry().with {
            $0.signal.index = "BANKEX"
            $0.instrument = Fixtures.instrument(index: "BANKEX", freeze: nil)
        }
        #expect(entry.refusal == .unknownContract)
        #expect(
            entry.with { $0.instrument = Fixtures.instrument(index: "BANKEX") }.refusal == nil)
    }

    @Test(
        "What a limit needs and the quote lacks is a refusal",
        arguments: [
            // ltp, bid, ask, open interest, refusal
            ("19.95", "100.00", "101.00", 100_000, .premium),
            ("20.00", "100.00", "101.00", 100_000, nil),
            ("1000.00", "100.00", "101.00", 100_000, nil),
            ("1000.05", "100.00", "101.00", 100_000, .premium),
            ("100.00", "100.00", "103.00", 100_000, nil),
            ("100.00", "100.00", "103.05", 100_000, .spread),
            ("100.00", "166.70", "171.75", 100_000, .spread),  // 3.029 %
            ("100.00", nil, "101.00", 100_000, .spread),
            ("100.00", "100.00", nil, 100_000, .spread),
            ("100.00", "0.00", "101.00", 100_000, .spread),
            ("100.00", "101.00", "100.00", 100_000, .spread),  // crossed
            ("100.00", "100.00", "101.00", 49_999, .openInterest),
            ("100.00", "100.00", "101.00", 50_000, nil),
            ("100.00", "100.00", "101.00", nil, .openInterest),
        ] as [(Price, Price?, Price?, Int?, Refusal?)]
    )
    func quote(ltp: Price, bid: Price?, ask: Price?, openInterest: Int?, refusal: Refusal?) {
        let entry = Entry().quoted(ltp: ltp, bid: bid, ask: ask, openInterest: openInterest)
        #expect(entry.refusal == refusal)
    }

    @Test func `a spread just above its limit is not rounded down to it`() {
        // 3.005 % in basis points is 300.
        let entry = Entry().quoted(ltp: "200.00", bid: "199.70", ask: "205.70")
        #expect(entry.refusal == .spread)
        #expect(Entry().quoted(ltp: "200.00", bid: "200.00", ask: "206.00").refusal == nil)
    }

    @Test func `a limit that is switched off asks for nothing`() {
        let entry = Entry().with {
            $0.account.entry.dailyLoss = nil
            $0.account.entry.maxTrades = nil
            $0.account.entry.maxSpread = nil
            $0.account.entry.minOpenInterest = nil
            $0.account.entry.minPremium = nil
            $0.day.trades = 1_000
            $0.day.realised = .rupees(-50_000)
        }
        #expect(entry.quoted(ltp: "1.00", bid: nil, openInterest: nil).refusal == nil)
        // …but no entry has a limit without an ask.
        #expect(entry.quoted(ask: nil).refusal == .size)
    }

    @Test(
        "Order budget: entries leave the exits' share alone",
        arguments: [
            (OrderBudget.Window.second, 7, nil), (.second, 8, .orderBudget),
            (.day, 5_599, nil), (.day, 5_600, .orderBudget),
        ] as [(OrderBudget.Window, Int, Refusal?)]
    )
    func orderBudget(window: OrderBudget.Window, sent: Int, refusal: Refusal?) {
        let entry = Entry().with {
            let number =
                window == .day ? $0.now.day.number : $0.now.milliseconds / 50
            $0.budget.sent[window] = [.init(number: number, count: sent)]
        }
        #expect(entry.refusal == refusal)
    }
}
