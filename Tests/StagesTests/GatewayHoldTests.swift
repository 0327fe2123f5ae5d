import Stages
import Support
import Testing
import Trading

@Suite("Gateway: an exit after nobody has looked at what is held")
struct GatewayHoldTests {
    private let exit = OrderFixtures.exitOrder(.accepted, of: OrderFixtures.exiting())
    private let now = EventTime.at(10, 6)

    private func step(
        _ order: Order, read age: Int?, isMissing: Bool = false, isCarried: Bool = false
    ) -> Gateway.Step {
        let held = HeldSight(
            readAt: age.map { now - .seconds($0) }, missing: isMissing ? [order.instrument] : [],
            isCarried: isCarried)
        return Gateway.decide(
            request: OrderRequest(
                order: order.id, account: order.account, action: .place, at: now,
                trace: order.trace),
            order: order,
            origin: OrderOrigin(
                run: "run-2", since: .at(9, 0), wait: .seconds(13), position: "run-2"),
            held: held, budget: OrderBudget(), refusal: nil, nonce: "n9",
            profile: GatewayProfile(), now: now, wall: now)
    }

    @Test(
        "It waits for a comparison that is young, of a carried position for one of its own",
        arguments: [
            // accepted at 10:05, decided at 10:06
            (0, false, false, true), (45, false, false, true), (46, false, false, false),
            (600, false, false, false), (nil, false, false, true),
            (0, true, false, false),
            (30, false, true, true), (59, false, true, false), (61, false, true, false),
            (nil, false, true, false),
        ] as [(Int?, Bool, Bool, Bool)]
    )
    func waits(age: Int?, isMissing: Bool, isCarried: Bool, isSent: Bool) throws {
        let step = step(exit, read: age, isMissing: isMissing, isCarried: isCarried)
        #expect(step.isSend == isSent)
        guard !isSent else { return }
        var held = exit
        held.heldAt = now
        #expect(step == .wait([.saveOrder(held), .scheduleOrder(exit.id, at: now + .seconds(1))]))
    }

    @Test(
        "It waits fifteen seconds, and longer only where the books show that it would sell short",
        arguments: [(14, false, false), (15, false, true), (74, true, false), (75, true, true)])
    func bounded(waited: Int, isMissing: Bool, isSent: Bool) {
        var held = exit
        held.heldAt = now - .seconds(waited)
        let step = step(held, read: isMissing ? 1 : 600, isMissing: isMissing)
        #expect(step.isSend == isSent)
        guard case .send(let effects) = step else { return }
        // Should it not leave, it waits anew.
        for case .saveOrder(let order) in effects { #expect(order.heldAt == nil) }
    }

    /// Else it would wait for one after the other.
    @Test func `the time in which the book is asked for it counts`() {
        let step = Gateway.decide(
            request: OrderRequest(
                order: exit.id, account: exit.account, action: .place, at: now, trace: exit.trace),
            order: exit,
            origin: OrderOrigin(
                run: "run-2", since: .at(9, 0), wait: .seconds(13), position: "run-1"),
            held: HeldSight(readAt: nil, missing: [], isCarried: false), budget: OrderBudget(),
            refusal: nil, nonce: "n9", profile: GatewayProfile(), now: now, wall: now)
        guard case .wait(let effects) = step else {
            Issue.record("sent")
            return
        }
        let saved = effects.compactMap { effect -> Order? in
            if case .saveOrder(let order) = effect { order } else { nil }
        }
        #expect(saved.map(\.status) == [.unknown] && saved.first?.heldAt == now)
    }

    @Test func `an entry and a cancel wait for nothing`() {
        var entry = OrderFixtures.entryOrder(.accepted, of: OrderFixtures.pending())
        entry.expiresAt = nil
        #expect(step(entry, read: 600, isMissing: true, isCarried: true).isSend)
    }
}
