import Stages
import Support
import Testing
import Trading

/// P5: a server that was restarted may have forgotten the mark of an order that was sent.
@Suite struct GatewayRestartTests {
    let profile = GatewayProfile()
    let exit = OrderFixtures.exitOrder(.accepted, of: OrderFixtures.exiting(attempt: 2))
    let entry = OrderFixtures.entryOrder(.accepted, of: OrderFixtures.pending())
    let now = EventTime.at(10, 5)

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
        return saved.map(\.status) == [.unknown] && saved.map(\.markedAt) == [now]
            && saved.map(\.run) == [nil]
            && effects.contains(.scheduleOrder(order.id, at: now))
    }

    @Test(
        "An order is sent where no earlier run can have seen it sent",
        arguments: [
            // the position's run, the run of the attempt before, sent
            ("b", nil, true),
            ("b", "a", true),  // cannot be, and is harmless
            ("a", nil, false),  // the claim may have been forgotten, and its mark
            ("a", "a", false),  // sent in the run before, and this one perhaps too
            ("a", "b", true),  // the attempt before was sent, or looked for in vain, in this run
            (nil, nil, false),
        ] as [(RunID?, RunID?, Bool)]
    )
    func origins(position: RunID?, attemptBefore: RunID?, isSent: Bool) {
        let step = step(
            exit, OrderOrigin(run: "b", position: position, attemptBefore: attemptBefore))
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
        let other = OrderOrigin(run: "b", position: "a")
        #expect(isLookedUp(step(entry, other, refusal: .halted), entry))
        #expect(isLookedUp(step(entry, other, .cancel), entry))
        #expect(isLookedUp(step(exit, other, .cancel), exit))
    }

    @Test func `an order found at the broker vouches for no later attempt`() {
        var asked = exit
        asked.status = .unknown
        asked.markedAt = now
        let book = [
            BrokerOrder(
                number: "7001", correlation: exit.id, status: "CANCELLED", quantity: Quantity(70),
                filled: .zero, value: .zero, reason: nil)
        ]
        let effects = Gateway.looked(
            asked, book: book, rule: AbsenceRule(reads: 3, span: .seconds(10)), run: "b",
            profile: profile, now: now, wall: now)
        let saved = effects.compactMap {
            if case .saveOrder(let order) = $0 { order } else { nil }
        }
        #expect(saved.map(\.status) == [.sent] && saved.map(\.run) == [nil])
    }

    @Test func `an account enters again when its book was read, and not before`() {
        let account = exit.account
        #expect(
            Gateway.reconciled(
                account, isReadable: false, profile: profile, now: now, wall: .at(11, 0))
                == [.unreconciled(account, until: .at(11, 0, 1))])
        let read = Gateway.reconciled(
            account, isReadable: true, profile: profile, now: now, wall: .at(11, 0))
        #expect(read.first == .unreconciled(account, until: nil))
    }
}
