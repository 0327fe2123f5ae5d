import Stages
import Support
import Testing
import Trading

/// One entry that every check admits, to be spoilt by a test.
struct Entry {
    var signal = Fixtures.signal()
    var account = Fixtures.accountProfile()
    var day = AccountDay()
    var halts = Halts()
    var server = ServerView(run: "run-1")
    var instrument: Instrument? = Fixtures.instrument()
    var session = Fixtures.session
    var budget = OrderBudget()
    var gateway = GatewayProfile()
    var now = EventTime.at(10, 0)

    func decide() -> Decision {
        EntryGuard().decide(
            signal, account: account, day: day, halts: halts, server: server,
            instrument: instrument, session: session, budget: budget, gateway: gateway, now: now)
    }

    var effects: [Effect] {
        if case .commit(let effects) = decide() { effects } else { [] }
    }

    var verdict: Verdict? {
        effects.compactMap { if case .verdict(_, _, let verdict) = $0 { verdict } else { nil } }
            .first
    }

    var refusal: Refusal? {
        if case .refused(let refusal, _) = verdict { refusal } else { nil }
    }

    var position: PositionTracker? {
        effects.compactMap { if case .open(let position) = $0 { position } else { nil } }.first
    }

    var lots: Int { position.map { $0.quantity.units / $0.contract.lot.units } ?? 0 }

    func with(_ change: (inout Entry) -> Void) -> Entry {
        var entry = self
        change(&entry)
        return entry
    }

    /// The same signal, quoted otherwise.
    func quoted(
        ltp: Price = "100.00", bid: Price? = "100.00", ask: Price? = "101.00",
        openInterest: Int? = 100_000, age: Span = .zero
    ) -> Entry {
        with {
            $0.signal.quote = Quote(
                ltp: ltp, bid: bid, ask: ask, openInterest: openInterest, at: $0.now - age)
        }
    }

    func at(_ time: EventTime) -> Entry {
        with {
            $0.now = time
            $0.signal.at = time
            $0.signal.expiresAt = time + .seconds(15)
            $0.signal.quote.at = time
        }
    }
}

@Suite("Entry guard")
struct EntryGuardTests {
    /// Nine lots at 103.00 are 32 445.00; buying and selling them costs 107.48: brokerage 40.00,
    /// transaction tax 32, exchange 23.06, regulator 0.06, stamp duty 1, service tax 11.36.
    @Test func `an entry is verdict, position, order, reservation, due time: one commit`() {
        let entry = Entry()
        let now = entry.now
        var position = PositionTracker(
            id: PositionID(signal: entry.signal.id, account: Fixtures.account, day: Fixtures.day),
            account: Fixtures.account, strategy: Fixtures.strategy, signal: entry.signal.id,
            index: Fixtures.index, contract: Fixtures.contract(), quantity: Quantity(315),
            reserved: "32552.48", createdAt: now)
        position.entry.working = 1
        position.run = "run-1"
        let order = Order(
            id: position.entryOrder, account: Fixtures.account, instrument: Fixtures.call,
            side: .buy, type: .limit, price: "103.00", quantity: Quantity(315), acceptedAt: now,
            expiresAt: now + .seconds(10), trace: entry.signal.id)
        var day = AccountDay()
        day.capital = .rupees(200_000)
        day.reserved = position.reserved
        day.trades = 1
        day.open = 1
        day.openBooks = [AccountDay.Book(Fixtures.index, .call): 1]
        let expected: [Effect] = [
            .verdict(entry.signal.id, Fixtures.account, .entered(position.id)),
            .open(position),
            .place(order),
            .sendOrder(
                OrderRequest(
                    order: order.id, account: Fixtures.account, action: .place, at: now,
                    trace: entry.signal.id)),
            .saveDay(day, Fixtures.account, Fixtures.day),
            .addOpen(Fixtures.account, position.id),
            .scheduleOrder(order.id, at: now + .seconds(10)),
            .sendPosition(PositionEvent(position, at: now)),
        ]
        #expect(entry.effects == expected)
    }

    @Test func `a refusal writes its verdict and nothing else`() {
        let entry = Entry().with { $0.day.trades = 20 }
        let expected: [Effect] = [
            .verdict(
                entry.signal.id, Fixtures.account,
                .refused(.tradeCount, detail: "trades=20 limit=20"))
        ]
        #expect(entry.effects == expected)
    }

    @Test func `pain 9: the same signal twice opens the same position`() {
        #expect(Entry().decide() == Entry().decide())
        let later = Entry().with { $0.now = .at(10, 0, 1) }
        #expect(later.position?.id == Entry().position?.id)
        let other = Entry().with { $0.account = Fixtures.accountProfile("paper-2") }
        #expect(other.position?.id != Entry().position?.id)
    }

    @Test func `an account that does not follow the strategy drops the signal`() {
        let entry = Entry().with { $0.account.strategies = ["other"] }
        #expect(entry.decide() == .drop("paper-1 does not follow supertrend"))
    }

    @Test func `the day keeps what was in it`() {
        let entry = Entry().with {
            $0.day.rev = 7
            $0.day.capital = .rupees(150_000)
            $0.day.trades = 3
            $0.day.open = 1
            $0.day.openBooks = [AccountDay.Book(Fixtures.index, .put): 1]
            $0.day.reserved = .rupees(10_000)
        }
        let saved = entry.effects.compactMap { effect -> AccountDay? in
            if case .saveDay(let day, _, _) = effect { day } else { nil }
        }.first
        #expect(saved?.rev == 7)
        #expect(saved?.capital == .rupees(150_000))
        #expect(saved?.trades == 4)
        #expect(saved?.open == 2)
        #expect(
            saved?.openBooks == [
                AccountDay.Book(Fixtures.index, .put): 1, AccountDay.Book(Fixtures.index, .call): 1,
            ])
        #expect(saved?.reserved == "42552.48")
    }

    @Test(
        "The gateway looks again before it sends",
        arguments: [
            // halted, session, now, refusal
            (false, Fixtures.session, .at(10, 0, 9), nil),
            (true, Fixtures.session, .at(10, 0, 9), .halted),
            (false, Fixtures.session, .at(10, 0, 10), .signalExpired),
            (false, .unknown, .at(10, 0, 9), .calendar),
            (false, .closed(.weekend), .at(10, 0, 9), .calendar),
            (true, .unknown, .at(10, 0, 10), .halted),
        ] as [(Bool, SessionAnswer, EventTime, Refusal?)]
    )
    func recheck(halted: Bool, session: SessionAnswer, now: EventTime, refusal: Refusal?) {
        let order = Fixtures.order(acceptedAt: .at(10, 0))
        var halts = Halts()
        if halted { halts.flattened = [.everything: "flatten"] }
        let found = EntryGuard.recheck(
            order, halts: halts, isReconciled: true, session: session, profile: EntryProfile(),
            now: now)
        #expect(found == refusal)
    }

    @Test func `an order that waited past the window is not sent`() {
        let order = Fixtures.order(acceptedAt: .at(15, 14, 55))
        let found = EntryGuard.recheck(
            order, halts: Halts(), isReconciled: true, session: Fixtures.session,
            profile: EntryProfile(), now: .at(15, 15))
        #expect(found == .entryWindow)
    }

    @Test func `P7: an order of an account whose book nobody has read is not sent`() {
        let order = Fixtures.order(acceptedAt: .at(10, 0))
        let found = EntryGuard.recheck(
            order, halts: Halts(), isReconciled: false, session: Fixtures.session,
            profile: EntryProfile(), now: .at(10, 0, 1))
        #expect(found == .unreconciled)
    }

    @Test func `a position knows the server's run in which it was created`() {
        #expect(Entry().position?.run == "run-1")
    }
}
