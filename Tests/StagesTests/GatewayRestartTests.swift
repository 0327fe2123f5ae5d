import Stages
import Support
import Testing
import Trading

extension Gateway.Step {
    var isSend: Bool {
        if case .send = self { true } else { false }
    }
}

/// P5: a server that was restarted may have forgotten the mark of an order that was sent.
@Suite struct GatewayRestartTests {
    let profile = GatewayProfile()
    let exit = OrderFixtures.exitOrder(.accepted, of: OrderFixtures.exiting(attempt: 2))
    let entry = OrderFixtures.entryOrder(.accepted, of: OrderFixtures.pending())
    let since = EventTime.at(9, 58)
    let now = EventTime.at(10, 5)
    let rule = AbsenceRule(reads: 3, span: .seconds(10))

    func step(
        _ order: Order, _ origin: OrderOrigin, _ action: OrderAction = .place,
        refusal: Refusal? = nil
    ) -> Gateway.Step {
        Gateway.decide(
            request: OrderRequest(
                order: order.id, account: order.account, action: action, at: now,
                trace: order.trace),
            order: order, origin: origin, budget: OrderBudget(), refusal: refusal, nonce: "n9",
            profile: profile, now: now, wall: now)
    }

    func origin(
        since: EventTime? = nil, position: RunID?, book: SeenBook? = nil
    ) -> OrderOrigin {
        OrderOrigin(
            run: "b", since: since ?? self.since, wait: .seconds(13), position: position,
            book: book)
    }

    /// What a book without the order says, that was asked for and answered then.
    func looked(
        _ order: Order, since: EventTime, at now: EventTime, asked: EventTime? = nil
    ) -> [Effect] {
        Gateway.looked(
            order, book: [], rule: rule, origin: origin(since: since, position: "a"),
            profile: profile, now: now, wall: now, asked: asked ?? now)
    }

    func isLookedUp(_ step: Gateway.Step, _ order: Order) -> Bool {
        guard case .wait(let effects) = step else { return false }
        let saved = effects.compactMap {
            if case .saveOrder(let order) = $0 { order } else { nil }
        }
        return saved.map(\.status) == [.unknown] && saved.map(\.markedAt) == [since]
            && saved.map(\.run) == ["b"]
            && effects.contains(.scheduleOrder(order.id, at: now))
    }

    @Test(
        "An order is sent where no earlier run can have seen it sent",
        arguments: [
            // the position's run, the run in which the broker was asked for the order, sent
            ("b", nil, true),
            ("a", nil, false),  // the claim may have been forgotten, and its mark
            ("a", "a", false),  // asked for in the run before, and then perhaps sent
            ("a", "b", true),
            (nil, nil, false),
        ] as [(RunID?, RunID?, Bool)]
    )
    func origins(position: RunID?, asked: RunID?, isSent: Bool) {
        var exit = exit
        exit.run = asked
        let step = step(exit, origin(position: position))
        if isSent { #expect(step.isSend) } else { #expect(isLookedUp(step, exit)) }
    }

    @Test func `not even a refusal or a cancel ends such an order before it was looked up`() {
        let other = origin(position: "a")
        #expect(isLookedUp(step(entry, other, refusal: .halted), entry))
        #expect(isLookedUp(step(entry, other, .cancel), entry))
        #expect(isLookedUp(step(exit, other, .cancel), exit))
    }

    @Test func `an order found at the broker is one that was sent`() {
        var asked = exit
        asked.status = .unknown
        asked.markedAt = now
        asked.run = "b"
        let book: OrderBook = [
            BrokerOrder(
                number: "7001", correlation: exit.id, status: "CANCELLED", quantity: Quantity(70),
                filled: .zero, value: .zero, reason: nil)
        ]
        let effects = Gateway.looked(
            asked, book: book, rule: rule, origin: origin(position: "a"), profile: profile,
            now: now, wall: now, asked: now)
        let saved = effects.compactMap {
            if case .saveOrder(let order) = $0 { order } else { nil }
        }
        #expect(saved.map(\.status) == [.sent] && saved.map(\.run) == [nil])
    }

    /// What vouched for it before it was sent vouches for nothing once it may have been.
    @Test func `an order that was asked for, sent and lost is looked for as any other`() {
        var sending = exit
        sending.status = .sending
        sending.nonce = "n1"
        sending.run = "b"
        let effects = Gateway.outcome(
            of: sending, nonce: "n1", result: .failure(.unknown("timeout")), profile: profile,
            now: now)
        let saved = effects.compactMap {
            if case .saveOrder(let order) = $0 { order } else { nil }
        }
        #expect(saved.map(\.status) == [.unknown] && saved.map(\.run) == [nil])
    }

    /// The run that asked may have sent it after all, and forgotten that in its turn: the time of
    /// the one before counts for nothing then.
    @Test(
        "Not in the book: what was asked for before it was sent may be sent, and is never absent",
        arguments: [("b", 20, true), ("a", 20, true), ("a", 12, false), ("b", 12, false)]
            as [(RunID, Int, Bool)]
    )
    func notFound(asked: RunID, seconds: Int, isCleared: Bool) {
        var order = exit
        order.status = .unknown
        order.markedAt = now - .seconds(30)
        order.run = asked
        order.looks = 2
        order.firstLookAt = now - .seconds(27)
        let effects = looked(order, since: now, at: now + .seconds(seconds))
        let saved = effects.compactMap {
            if case .saveOrder(let order) = $0 { order } else { nil }
        }
        #expect(saved.map(\.status) == [isCleared ? .accepted : .unknown])
        #expect(saved.map(\.run) == ["b"])
        #expect(!effects.contains { if case .sendUpdate = $0 { true } else { false } })
    }

    @Test func `one whose sender is gone is absent all the same`() {
        var order = exit
        order.status = .unknown
        order.markedAt = now
        order.looks = 2
        order.firstLookAt = now + .seconds(3)
        let effects = looked(order, since: now + .seconds(15), at: now + .seconds(20))
        #expect(effects.contains { if case .sendUpdate = $0 { true } else { false } })
    }

    /// Marked at 10:05:00 at the latest, dead by 10:05:03, in the book by 10:05:13.
    @Test(
        "One look clears an order that was not sent, once the broker must show what was",
        arguments: [
            // seconds to the question, to its answer, and from there to the next look
            (0, 0, 13), (5, 5, 8), (12, 12, 1), (13, 13, nil), (600, 600, nil),
            // The answer of a slow read is not waited for twice.
            (2, 10, 3), (2, 14, 1), (13, 21, nil),
        ] as [(Int, Int, Int?)]
    )
    func oneLook(asked: Int, answered: Int, again: Int?) {
        var order = exit
        order.status = .unknown
        order.run = "b"
        let later = now + .seconds(answered)
        let effects = looked(order, since: now, at: later, asked: now + .seconds(asked))
        let statuses = effects.compactMap {
            if case .saveOrder(let order) = $0 { order.status } else { nil }
        }
        #expect(statuses == [again == nil ? .accepted : .unknown])
        #expect(effects.contains(.scheduleOrder(order.id, at: later + .seconds(again ?? 0))))
    }

    /// What one look says of an order that was never sent, it does not say of one that was.
    @Test func `one look, however late, does not call an order absent that may have been sent`() {
        var order = exit
        order.status = .unknown
        order.markedAt = now
        let effects = looked(order, since: now, at: now + .seconds(600))
        #expect(!effects.contains { if case .sendUpdate = $0 { true } else { false } })
    }

    /// It was asked for on behalf of another order.
    @Test func `a book that was asked for before the order was marked says nothing of it`() {
        var order = exit
        order.status = .unknown
        order.markedAt = now
        let effects = looked(
            order, since: now, at: now + .seconds(1), asked: now - .milliseconds(1))
        #expect(effects == [.scheduleOrder(order.id, at: now + .seconds(2))])
    }

    /// The server has forgotten how the attempt before ended, and that this one was made.
    @Test func `an attempt is over where a later one is at the broker, and is not sent`() {
        let later = CorrelationID(exit.position, .exit, attempt: 3, slice: 1)
        let there = BrokerOrder(
            number: "7001", correlation: later, status: "PENDING", quantity: Quantity(70),
            filled: .zero, value: .zero, reason: nil)
        let seen = SeenBook([there], asked: since + .seconds(600))
        #expect(isLookedUp(step(exit, origin(position: "a", book: seen)), exit))

        var order = exit
        order.status = .unknown
        order.run = "b"
        let effects = Gateway.looked(
            order, book: [there], rule: rule, origin: origin(position: "a"), profile: profile,
            now: now, wall: now, asked: now)
        let words = effects.compactMap {
            if case .sendUpdate(let update) = $0 { update.status } else { nil }
        }
        #expect(words == [.rejected])
        // Entries have one attempt, and the exits of a position say nothing of its entry.
        #expect(step(entry, origin(position: "a", book: seen)).isSend)
    }

    /// Two marks of one order, and the server kept the first. How the call under it ended is known
    /// where its answer was kept.
    @Test(
        "A mark without an answer counts from the last moment at which it may have been made",
        arguments: [(2, 2), (-2, 0)])
    func abandoned(since: Int, counted: Int) {
        var order = exit
        order.status = .sending
        order.markedAt = now
        let effects = Gateway.abandoned(
            order, origin(since: now + .seconds(since), position: "a"), profile: profile,
            now: now + .seconds(4))
        let marked = effects.compactMap {
            if case .saveOrder(let order) = $0 { order.markedAt } else { nil }
        }
        #expect(marked == [now + .seconds(counted)])
    }

    @Test(arguments: ["a", "b"] as [RunID])
    func `after another restart an exit waits anew for what is held`(run: RunID) {
        var order = exit
        order.status = .unknown
        order.run = run
        order.heldAt = now - .seconds(600)
        let effects = looked(order, since: now - .seconds(20), at: now)
        let held = effects.compactMap {
            if case .saveOrder(let order) = $0 { order.heldAt } else { nil }
        }
        #expect(held == [run == "b" ? now - .seconds(600) : now])
    }

    @Test(
        "A book that shows all of the runs before vouches for each order that is not in it",
        arguments: [
            // seconds from the last mark of a run before to the question, the order in it, sent
            (12, false, false), (13, false, true), (13, true, false),
        ])
    func seen(seconds: Int, isThere: Bool, isSent: Bool) {
        let entry = BrokerOrder(
            number: "7001", correlation: isThere ? exit.id : entry.id, status: "TRADED",
            quantity: Quantity(70), filled: .zero, value: .zero, reason: nil)
        let book = SeenBook([entry], asked: since + .seconds(seconds))
        let step = step(exit, origin(position: "a", book: book))
        if isSent { #expect(step.isSend) } else { #expect(isLookedUp(step, exit)) }
    }
}
