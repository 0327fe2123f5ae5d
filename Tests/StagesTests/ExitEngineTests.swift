import Stages
import Support
import Testing
import Trading

@Suite struct ExitEngineTests {
    let profile = ExitProfile()
    /// Nothing was traded by hand.
    let hand = ExitEngine.Hand(trades: HandTrades(on: Fixtures.day))

    func request(_ reason: ExitReason = .manual, attempt: Int? = nil) -> ExitRequest {
        ExitRequest(
            position: OrderFixtures.active().id, account: Fixtures.account, reason: reason,
            evidence: "asked", askedBy: "person", at: .at(10, 5), attempt: attempt)
    }

    func effects(_ decision: Decision) -> [Effect] {
        guard case .commit(let effects) = decision else { return [] }
        return effects
    }

    /// Of the latest attempt, claimed at 10:05.
    func lock(of position: PositionTracker) -> ExitLock {
        ExitLock(
            attempt: position.exitAttempt, reason: .stopLoss, order: position.exitOrders[0],
            since: .at(10, 5), life: profile.lockLife)
    }

    func placed(_ decision: Decision) -> [Order] {
        effects(decision).compactMap { if case .place(let order) = $0 { order } else { nil } }
    }

    func saved(_ decision: Decision) -> PositionTracker? {
        effects(decision).compactMap { if case .save(let saved) = $0 { saved } else { nil } }.first
    }

    @Test(
        "The limit by attempt and price",
        arguments: [
            (1, "100.00", "96.00", "93.10"),  // 3 % below the bid, down to the tick
            (2, "100.00", "96.00", "90.20"),  // 6 %, 90.24
            (4, "100.00", "96.00", "76.80"),  // 20 %
            (9, "100.00", "96.00", "76.80"),  // the last step repeats
            (1, "100.00", nil, "97.00"),  // no bid: the last price
            (4, "0.05", "0.05", "0.05"),  // never below one tick
            (1, nil, nil, nil),  // no price at all: a market order
        ] as [(Int, Price?, Price?, Price?)]
    )
    func limit(attempt: Int, ltp: Price?, bid: Price?, limit: Price?) throws {
        var position = OrderFixtures.active()
        position.exitAttempt = attempt - 1
        position.watch.ltp = ltp
        position.watch.bid = bid
        position.watch.tickAt = .at(10, 5)
        let decision = ExitEngine.decide(
            request: request(), position: position, hand: hand, profile: profile, now: .at(10, 5))
        let order = try #require(placed(decision).first)
        #expect(order.price == limit)
        #expect(order.type == (limit == nil ? .market : .limit))
    }

    @Test func `a stale price is not a price`() throws {
        var position = OrderFixtures.active()
        position.watch.bid = "96.00"
        position.watch.tickAt = .at(10, 4)
        let decision = ExitEngine.decide(
            request: request(), position: position, hand: hand, profile: profile, now: .at(10, 5))
        #expect(placed(decision).map(\.type) == [.market])
    }

    @Test(
        "Slices of the freeze quantity 600 in lots of 35",
        arguments: [
            (70, [70]), (595, [595]), (600, [595, 5]), (1_400, [595, 595, 210]), (20, [20]),
        ]
    )
    func slices(quantity: Int, slices: [Int]) throws {
        let decision = ExitEngine.decide(
            request: request(), position: OrderFixtures.active(quantity: quantity),
            hand: hand, profile: profile, now: .at(10, 5))
        #expect(placed(decision).map(\.quantity.units) == slices)
        let position = try #require(saved(decision))
        #expect(position.exit.working == slices.count)
        #expect(placed(decision).map(\.id) == position.exitOrders)
    }

    /// Where the names have no room for more, the rest is the next attempt's.
    @Test func `no attempt has more slices than its orders' names have room for`() throws {
        var position = OrderFixtures.active(quantity: 595 * 150)
        position.exitAttempt = 4_999
        let decision = ExitEngine.decide(
            request: request(), position: position, hand: hand, profile: profile, now: .at(10, 5))
        #expect(placed(decision).count == 99)
        #expect(placed(decision).allSatisfy { CorrelationID(text: $0.id.text) == $0.id })
        #expect(saved(decision)?.exit.working == 99)
    }

    @Test func `a claim is one commit: position, orders, requests, lock and due times`() throws {
        let decision = ExitEngine.decide(
            request: request(), position: OrderFixtures.active(), hand: hand, profile: profile,
            now: .at(10, 5))
        let position = try #require(saved(decision))
        let order = try #require(placed(decision).first)
        #expect(position.status == .exiting)
        #expect(position.exitOrder?.reason == .manual)
        #expect(effects(decision)[1] == .unlessTradedByHand(position.account, rev: 0))
        #expect(
            effects(decision).dropFirst(3) == [
                .sendOrder(
                    OrderRequest(
                        order: order.id, account: order.account, action: .place, at: .at(10, 5),
                        trace: order.trace)),
                .scheduleOrder(order.id, at: .at(10, 5, 1)),
                .lock(
                    position.id,
                    ExitLock(
                        attempt: 1, reason: .manual, order: order.id, since: .at(10, 5),
                        life: profile.lockLife)),
                .scheduleExit(position.id, at: .at(10, 5, 2)),
                .sendPosition(PositionEvent(position, at: .at(10, 5))),
            ])
    }

    /// Pains 1 and 31: a second writer blanked the reason.
    @Test func `the first reason is never overwritten`() {
        var position = OrderFixtures.active()
        position.exitOrder = Fixtures.exitOrder(.stopLoss)
        let decision = ExitEngine.decide(
            request: request(.manual), position: position, hand: hand, profile: profile,
            now: .at(10, 5))
        #expect(saved(decision)?.exitOrder == Fixtures.exitOrder(.stopLoss))
    }

    @Test(
        "Requests that change nothing",
        arguments: [
            (PositionStatus.exited, nil, 0), (.cancelled, nil, 0),
            (.exiting, nil, 1),  // pain 5: an attempt is in flight
            (.exiting, 1, 0),  // a stale request for an attempt that was made
            (.exiting, 3, 0),  // an attempt that skips one
        ] as [(PositionStatus, Int?, Int)]
    )
    func dropped(status: PositionStatus, attempt: Int?, working: Int) {
        var position = OrderFixtures.exiting()
        position.status = status
        position.exit.working = working
        if status.isClosed { position.exit.quantity = position.entry.quantity }
        let decision = ExitEngine.decide(
            request: request(attempt: attempt), position: position, hand: hand, profile: profile,
            now: .at(10, 7))
        guard case .drop = decision else {
            Issue.record("\(decision)")
            return
        }
    }

    /// Pain 6: an intent that was set once and never resolved.
    @Test func `an attempt that rests too long is cancelled, slice by slice`() {
        let position = OrderFixtures.exiting(quantity: 1_400, slices: 3)
        let done = OrderFixtures.exitOrder(.filled, of: position, slice: 2)
        let early = ExitEngine.decide(
            due: position, orders: [done], hand: hand, profile: profile, now: .at(10, 5, 1))
        #expect(
            early
                == .commit([
                    .renewLock(position.id, lock(of: position)),
                    .scheduleExit(position.id, at: .at(10, 5, 2)),
                ]))

        let late = ExitEngine.decide(
            due: position, orders: [done], hand: hand, profile: profile, now: .at(10, 5, 2))
        let cancelled = effects(late).compactMap {
            if case .sendOrder(let request) = $0, request.action == .cancel {
                request.order.slice
            } else {
                nil as Int?
            }
        }
        #expect(cancelled == [1, 3])
        #expect(effects(late).last == .scheduleExit(position.id, at: .at(10, 5, 3)))
    }

    @Test func `an entry that still works is cancelled first`() {
        let position = OrderFixtures.pending()
        let decision = ExitEngine.decide(
            request: request(), position: position, hand: hand, profile: profile, now: .at(10, 5))
        #expect(placed(decision).isEmpty)
        #expect(saved(decision)?.status == .pending)
        #expect(saved(decision)?.exitOrder?.reason == .manual)
        #expect(effects(decision).last == .scheduleExit(position.id, at: .at(10, 5, 1)))
    }

    /// Whatever ended the first three: a broker that rejects everything is only then slowed down.
    @Test(
        "An exit that keeps failing slows down and alarms",
        arguments: [
            // the attempt that failed, pause after it, patience with the next, alarms
            (1, 0, 2, 0), (2, 0, 2, 0), (3, 0, 2, 1), (4, 1, 4, 1), (5, 2, 8, 1), (60, 32, 64, 1),
        ])
    func slowing(attempt: Int, pause: Int, patience: Int, alarms: Int) {
        var position = OrderFixtures.exiting(attempt: attempt)
        position.exit.working = 0
        let again = request(attempt: attempt + 1)
        let now = EventTime.at(10, 5) + .seconds(pause)
        position.watch.ltp = "100.00"
        position.watch.tickAt = now
        if pause > 0 {
            let early = ExitEngine.decide(
                request: again, position: position, hand: hand, profile: profile,
                now: now - .milliseconds(1))
            #expect(
                early
                    == .commit([
                        .renewLock(position.id, lock(of: position)),
                        .scheduleExit(position.id, at: now),
                    ]))
        }
        let decision = ExitEngine.decide(
            request: again, position: position, hand: hand, profile: profile, now: now)
        #expect(profile.patience(with: attempt + 1) == .seconds(patience))
        // Looked at sooner: the market may leave it behind.
        #expect(effects(decision).contains(.scheduleExit(position.id, at: now + .seconds(2))))
        #expect(
            effects(decision).count { if case .alarm = $0 { true } else { false } } == alarms)
    }

    /// Whatever the settings: an attempt that was cancelled for resting is followed at once.
    @Test(
        "No pause is longer than the orders before it may rest",
        arguments: [(2_000, 1_000), (100, 60_000), (60_000, 100)])
    func pauses(chaseAfter: Int, retryAfter: Int) {
        var profile = profile
        profile.chaseAfter = .milliseconds(chaseAfter)
        profile.retryAfter = .milliseconds(retryAfter)
        for attempt in 1...100 {
            #expect(profile.pause(after: attempt) <= profile.patience(with: attempt))
            #expect(profile.patience(with: attempt) <= .milliseconds(32 * chaseAfter))
        }
    }

    /// Pain 23: expired contracts were retried for ever.
    @Test func `an expired contract is tried once an hour`() {
        var position = OrderFixtures.exiting()
        position.exit.working = 0
        let expired = EventTime.at(10, 0, on: Fixtures.expiry + 1)
        position.exitClaimedAt = expired
        let early = ExitEngine.decide(
            due: position, orders: [], hand: hand, profile: profile, now: expired + .minutes(59))
        #expect(effects(early).last == .scheduleExit(position.id, at: expired + .minutes(60)))
        let next = ExitEngine.decide(
            due: position, orders: [], hand: hand, profile: profile, now: expired + .minutes(60))
        #expect(placed(next).count == 1)
    }

    @Test(
        "Only what rests at the broker is cancelled",
        arguments: [
            (.accepted, false), (.sending, false), (.unknown, false), (.sent, true), (.open, true),
            (.partFilled, true), (.filled, false), (.rejected, false), (nil, true),
        ] as [(OrderStatus?, Bool)]
    )
    func cancels(status: OrderStatus?, isCancelled: Bool) {
        let position = OrderFixtures.exiting()
        let orders = status.map { [OrderFixtures.exitOrder($0, of: position)] } ?? []
        let decision = ExitEngine.decide(
            due: position, orders: orders, hand: hand, profile: profile, now: .at(10, 6))
        let requests = effects(decision).count { if case .sendOrder = $0 { true } else { false } }
        #expect(requests == (isCancelled ? 1 : 0))
        // Looked at again all the same, under its lock.
        #expect(
            effects(decision).suffix(2) == [
                .renewLock(position.id, lock(of: position)),
                .scheduleExit(position.id, at: .at(10, 6, 1)),
            ])
    }

    @Test func `the lock outlives the next look, whatever the settings say`() {
        var profile = profile
        profile.lockLife = .seconds(1)
        var position = OrderFixtures.exiting(attempt: 60)
        position.exit.working = 0
        position.exitClaimedAt = .at(10, 0)
        let decision = ExitEngine.decide(
            due: position, orders: [], hand: hand, profile: profile, now: .at(10, 5))
        let lives = effects(decision).compactMap {
            if case .lock(_, let lock) = $0 { lock.life } else { nil as Span? }
        }
        let looks = effects(decision).compactMap {
            if case .scheduleExit(_, let at) = $0 { at } else { nil as EventTime? }
        }
        #expect(lives.count == 1 && looks.count == 1)
        #expect(zip(lives, looks).allSatisfy { .at(10, 5) + $0 > $1 + profile.retryAfter })
    }

    @Test func `a position with nothing left is looked at no more and its lock is released`() {
        var position = OrderFixtures.exiting()
        position.exit.quantity = position.entry.quantity + Quantity(35)
        position.exit.working = 0
        position.status = .needsReview
        let decision = ExitEngine.decide(
            due: position, orders: [], hand: hand, profile: profile, now: .at(10, 6))
        #expect(decision == .commit([.scheduleExit(position.id, at: nil), .unlock(position.id)]))
    }

    @Test func `a position that needs review is sold, and still needs review`() throws {
        var position = OrderFixtures.active()
        position.status = .needsReview
        position.reviewReason = "filled 105 of 70"
        let decision = ExitEngine.decide(
            request: request(), position: position, hand: hand, profile: profile, now: .at(10, 5))
        #expect(saved(decision)?.status == .exiting)
        #expect(saved(decision)?.reviewReason == "filled 105 of 70")
    }

    @Test func `an unknown position is an alarm`() {
        let decision = ExitEngine.decide(
            request: request(), position: nil, hand: hand, profile: profile, now: .at(10, 5))
        guard case .alarm? = effects(decision).first else {
            Issue.record("\(decision)")
            return
        }
    }
}
