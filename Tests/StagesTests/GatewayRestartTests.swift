import Stages
import Support
import Testing
import Trading

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
        let step = step(exit, OrderOrigin(run: "b", since: since, position: position))
        if isSent {
            guard case .send = step else {
                Issue.record("not sent: \(step)")
                return
            }
        } else {
            #expect(isLookedUp(step, exit))
        }
    }

    @Test func `not even a refusal or a cancel ends such an order before it was looked up`() {
        let other = OrderOrigin(run: "b", since: since, position: "a")
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
            asked, book: book, rule: rule, run: "b",
            profile: profile, now: now, asked: now)
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

    @Test(
        "Not in the book: an order that was asked for may be sent, one that was sent is absent",
        arguments: [("b", true), ("a", false), (nil, false)] as [(RunID?, Bool)]
    )
    func notFound(asked: RunID?, isCleared: Bool) {
        var order = exit
        order.status = .unknown
        order.markedAt = now
        order.run = asked
        order.looks = 2
        order.firstLookAt = now + .seconds(3)
        let later = now + .seconds(20)
        let effects = Gateway.looked(
            order, book: [], rule: rule, run: "b",
            profile: profile, now: later, asked: later)
        let statuses = effects.compactMap {
            if case .saveOrder(let order) = $0 { order.status } else { nil }
        }
        #expect(statuses == [isCleared ? .accepted : .unknown])
        #expect(effects.contains { if case .sendUpdate = $0 { true } else { false } } == !isCleared)
    }

    /// Marked at 10:05:00 at the latest, dead by 10:05:03, in the book by 10:05:13.
    @Test(
        "One look clears an order that was not sent, once the broker must show what was",
        arguments: [(0, 13), (5, 8), (12, 1), (13, nil), (600, nil)] as [(Int, Int?)]
    )
    func oneLook(seconds: Int, again: Int?) {
        var order = exit
        order.status = .unknown
        order.markedAt = now
        order.run = "b"
        let asked = now + .seconds(seconds)
        let effects = Gateway.looked(
            order, book: [], rule: rule, run: "b", profile: profile, now: asked, asked: asked)
        let statuses = effects.compactMap {
            if case .saveOrder(let order) = $0 { order.status } else { nil }
        }
        #expect(statuses == [again == nil ? .accepted : .unknown])
        #expect(
            effects.contains(.scheduleOrder(order.id, at: asked + .seconds(again ?? 0))))
    }

    /// What one look says of an order that was never sent, it does not say of one that was.
    @Test func `one look, however late, does not call an order absent that may have been sent`() {
        var order = exit
        order.status = .unknown
        order.markedAt = now
        let asked = now + .seconds(600)
        let effects = Gateway.looked(
            order, book: [], rule: rule, run: "b", profile: profile, now: asked, asked: asked)
        #expect(!effects.contains { if case .sendUpdate = $0 { true } else { false } })
    }

    /// It was asked for on behalf of another order.
    @Test func `a book that was asked for before the order was marked says nothing of it`() {
        var order = exit
        order.status = .unknown
        order.markedAt = now
        let effects = Gateway.looked(
            order, book: [], rule: rule, run: "b", profile: profile, now: now + .seconds(1),
            asked: now - .milliseconds(1))
        #expect(effects == [.scheduleOrder(order.id, at: now + .seconds(2))])
    }
}
