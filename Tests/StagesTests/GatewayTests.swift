import Stages
import Support
import Testing
import Trading

@Suite struct GatewayTests {
    let profile = GatewayProfile()
    let entry = OrderFixtures.entryOrder(.accepted, of: OrderFixtures.pending())
    let exit = OrderFixtures.exitOrder(.accepted, of: OrderFixtures.exiting())
    let now = EventTime.at(10, 5)

    let origin = OrderOrigin(
        run: "run-2", since: .at(9, 0), wait: .seconds(13), position: "run-2")

    func step(
        _ action: OrderAction, _ order: Order?, budget: OrderBudget = OrderBudget(),
        origin: OrderOrigin? = nil,
        refusal: Refusal? = nil, now: EventTime = .at(10, 5)
    ) -> Gateway.Step {
        Gateway.decide(
            request: OrderRequest(
                order: exit.id, account: exit.account, action: action, at: now, trace: exit.trace),
            order: order, origin: origin ?? self.origin, budget: budget, refusal: refusal,
            nonce: "n9",
            profile: profile, now: now, wall: now)
    }

    func full(_ count: Int) -> OrderBudget {
        var budget = OrderBudget()
        for _ in 0..<count { budget.take(at: now) }
        return budget
    }

    func updates(_ effects: [Effect]) -> [OrderStatus] {
        effects.compactMap { if case .sendUpdate(let update) = $0 { update.status } else { nil } }
    }

    func saved(_ effects: [Effect]) -> Order? {
        effects.compactMap { if case .saveOrder(let order) = $0 { order } else { nil } }.first
    }

    @Test func `an order is marked before the call`() {
        var marked = exit
        marked.status = .sending
        marked.nonce = "n9"
        marked.markedAt = now
        #expect(
            step(.place, exit)
                == .send([
                    .saveOrder(marked), .saveBudget(full(1), exit.account),
                    .calling(exit.id, true), .scheduleOrder(exit.id, at: now + .seconds(3)),
                ]))
    }

    /// Pain 5: an exit retried after an ambiguous failure was a second sell.
    @Test(
        "Only an accepted order is sent",
        arguments: OrderStatus.allCases.filter { $0 != .accepted })
    func redelivery(status: OrderStatus) {
        var order = exit
        order.status = status
        #expect(step(.place, order) == .drop("order is \(status.text)"))
    }

    /// Else it would hold its cash until there is room, an hour later, only to be refused then.
    @Test func `an entry waits for the budget no longer than it is worth sending`() {
        var entry = entry
        entry.expiresAt = now + .seconds(10)
        #expect(
            step(.place, entry, budget: full(900))
                == .wait([.scheduleOrder(entry.id, at: now + .seconds(10))]))
    }

    @Test func `over budget an entry waits, and the reserve is for exits`() {
        #expect(
            step(.place, entry, budget: full(8))
                == .wait([.scheduleOrder(entry.id, at: now + .milliseconds(1_150))]))
        #expect(step(.place, exit, budget: full(8)).isSend)
        #expect(
            step(.place, exit, budget: full(10))
                == .wait([.scheduleOrder(exit.id, at: now + .milliseconds(1_150))]))
    }

    @Test func `an entry is checked again, an exit never`() {
        guard case .refuse(let effects) = step(.place, entry, refusal: .halted) else {
            Issue.record("sent")
            return
        }
        #expect(updates(effects) == [.rejected])
        #expect(saved(effects)?.status == .sent && saved(effects)?.error == "not sent: halted")
        guard case .refuse = step(.place, entry, now: .at(10, 5, 10)),
            case .send = step(.place, exit, refusal: .halted)
        else {
            Issue.record("a late entry was sent, or an exit was refused")
            return
        }
    }

    @Test(
        "Cancels by where the order stands",
        arguments: [
            (.accepted, "refuse"), (.sending, "drop"), (.unknown, "drop"), (.sent, "cancel"),
            (.open, "cancel"), (.partFilled, "cancel"), (.filled, "drop"), (.absent, "cancel"),
        ] as [(OrderStatus, String)]
    )
    func cancels(status: OrderStatus, expected: String) {
        let order = OrderFixtures.exitOrder(status, of: OrderFixtures.exiting())
        let kind =
            switch step(.cancel, order) {
            case .send: "send"
            case .wait: "wait"
            case .refuse(let effects): updates(effects) == [.cancelled] ? "refuse" : "?"
            case .cancel("7001", let effects):
                effects.last == .scheduleOrder(order.id, at: now + profile.retryAfter)
                    ? "cancel" : "?"
            case .cancel: "?"
            case .drop: "drop"
            }
        #expect(kind == expected)
    }

    /// Whoever asks asks as often as the looks come; the order's end may be in the book alone.
    @Test func `between two cancels there is a look`() {
        var order = OrderFixtures.exitOrder(.open, of: OrderFixtures.exiting())
        guard case .cancel(_, let effects) = step(.cancel, order) else {
            Issue.record("not cancelled")
            return
        }
        order = saved(effects) ?? order
        let looksAt = now + profile.retryAfter
        guard case .drop = step(.cancel, order, now: looksAt),
            case .cancel = step(.cancel, order, now: looksAt + profile.retryAfter)
        else {
            Issue.record("cancelled before the look, or not again after it")
            return
        }
    }

    func outcome(_ result: Result<Placed, BrokerError>, nonce: Nonce = "n1") -> [Effect] {
        let sending = OrderFixtures.exitOrder(.sending, of: OrderFixtures.exiting())
        return Gateway.outcome(
            of: sending, nonce: nonce, result: result, profile: profile, now: now + .seconds(1))
    }

    @Test(
        "Outcomes of a call",
        arguments: [
            (.success(Placed(number: "7001", status: "TRANSIT")), .sent, 5_000, []),
            (.success(Placed(number: "7001", status: "TRADED")), .sent, 0, []),
            (.failure(.refused("no margin")), .sent, 5_000, [.rejected]),
            (.failure(.notSent("no route")), .accepted, 1_000, []),
            (.failure(.unknown("timeout")), .unknown, 1_000, []),
        ] as [(Result<Placed, BrokerError>, OrderStatus, Int, [OrderStatus])]
    )
    func outcomes(
        result: Result<Placed, BrokerError>, status: OrderStatus, wait: Int, told: [OrderStatus]
    ) {
        let effects = outcome(result)
        #expect(saved(effects)?.status == status)
        #expect(saved(effects)?.nonce == nil)
        #expect(effects.contains(.calling(exit.id, false)))
        #expect(
            effects.contains(
                .scheduleOrder(exit.id, at: now + .seconds(1) + .milliseconds(wait))))
        #expect(updates(effects) == told)
    }

    @Test func `a sender that is no longer the marker changes nothing`() {
        let placed = Result<Placed, BrokerError>.success(Placed(number: "7001", status: "TRANSIT"))
        #expect(outcome(.failure(.refused("late")), nonce: "n0").isEmpty)
        #expect(saved(outcome(placed, nonce: "n0")) == nil)
        let open = OrderFixtures.exitOrder(.open, of: OrderFixtures.exiting())
        let late = Gateway.outcome(
            of: open, nonce: "n1", result: placed, profile: profile, now: now)
        #expect(saved(late) == nil)
        #expect(late.contains(.number("7001", open.id)))
    }

    /// Else it could be called absent, and the next attempt would sell beside it.
    @Test(
        "That the broker has taken an order is a fact, however late it is told",
        arguments: [OrderStatus.accepted, .unknown, .absent])
    func takenLate(status: OrderStatus) {
        var order = OrderFixtures.exitOrder(status, of: OrderFixtures.exiting())
        order.number = nil
        order.looks = 2
        let late = Gateway.outcome(
            of: order, nonce: "n1", result: .success(Placed(number: "7001", status: "TRANSIT")),
            profile: profile, now: now)
        #expect(saved(late)?.number == "7001")
        #expect(saved(late)?.status == (status == .absent ? .absent : .sent))
        let looksAt = status == .absent ? now : now + profile.pollEvery
        #expect(late.contains(.scheduleOrder(order.id, at: looksAt)))
    }

    /// Else an hour's orders would be used up by a network that is away for minutes.
    @Test func `what has not left is not counted in the budget`() {
        var sending = OrderFixtures.exitOrder(.sending, of: OrderFixtures.exiting())
        sending.markedAt = now
        for (failure, count) in [(BrokerError.notSent("no route"), 2), (.unknown("?"), nil)] {
            let effects = Gateway.outcome(
                of: sending, nonce: "n1", result: .failure(failure), budget: full(3),
                profile: profile, now: now)
            let left = effects.compactMap { effect -> Int? in
                guard case .saveBudget(let budget, exit.account) = effect else { return nil }
                return budget.sent[.hour]?.reduce(0) { $0 + $1.count }
            }
            #expect(left == (count.map { [$0] } ?? []))
        }
    }

    /// A halted market, or an order that hangs: the account's other exits need the orders.
    @Test func `what cannot be cancelled is asked for ever more seldom`() {
        var order = OrderFixtures.exitOrder(.open, of: OrderFixtures.exiting())
        var times: [EventTime] = []
        for second in 0..<3_600 {
            let time = now + .seconds(second)
            guard case .cancel(_, let effects) = step(.cancel, order, now: time) else { continue }
            times.append(time)
            order = saved(effects) ?? order
        }
        let pauses = zip(times, times.dropFirst()).map { ($1 - $0).milliseconds / 1_000 }
        #expect(Array(pauses.prefix(8)) == [2, 2, 4, 8, 16, 32, 64, 64])
        #expect(times.count < 65)
    }

    @Test func `a sender that outlived its time is dead, and its order unknown`() {
        let sending = OrderFixtures.exitOrder(.sending, of: OrderFixtures.exiting())
        func due(_ now: EventTime) -> Gateway.Due {
            Gateway.due(
                sending, origin: origin, budget: OrderBudget(), profile: profile, now: now,
                wall: now)
        }
        let end = now + .seconds(3)
        #expect(due(end - .milliseconds(1)) == .commit([.scheduleOrder(exit.id, at: end)]))
        guard case .commit(let effects) = due(end) else {
            Issue.record("nothing done")
            return
        }
        #expect(saved(effects)?.status == .unknown)
    }

    @Test func `an entry that rests too long is cancelled, with looks between the cancels`() {
        var resting = OrderFixtures.entryOrder(.open, of: OrderFixtures.pending())
        func due(_ now: EventTime) -> Gateway.Due {
            Gateway.due(
                resting, origin: origin, budget: OrderBudget(), profile: profile, now: now,
                wall: now)
        }
        #expect(due(.at(10, 5, 9)) == .look)
        guard case .cancel("7001", let effects) = due(.at(10, 5, 10)) else {
            Issue.record("not cancelled")
            return
        }
        resting = saved(effects) ?? resting
        #expect(due(.at(10, 5, 11)) == .look)
        guard case .cancel = due(.at(10, 5, 15)) else {
            Issue.record("not cancelled again")
            return
        }
    }
}
