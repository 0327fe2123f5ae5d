import Stages
import Support
import Testing
import Trading

/// Exits that meet: askers, positions of one contract, entries and fills that come late.
@Suite struct ExitRacesTests {
    let profile = ExitProfile()
    let hand = ExitEngine.Hand(trades: HandTrades(on: Fixtures.day))

    func effects(_ decision: Decision) -> [Effect] {
        guard case .commit(let effects) = decision else { return [] }
        return effects
    }

    func saved(_ decision: Decision) -> PositionTracker? {
        effects(decision).compactMap { if case .save(let saved) = $0 { saved } else { nil } }.first
    }

    func placed(_ decision: Decision) -> [Order] {
        effects(decision).compactMap { if case .place(let order) = $0 { order } else { nil } }
    }

    func request(_ reason: ExitReason, of position: PositionTracker) -> ExitRequest {
        ExitRequest(
            position: position.id, account: position.account, reason: reason, evidence: "x",
            askedBy: reason.text, at: .at(10, 5))
    }

    /// Pains 1, 3: each asker had an exit routine of its own. A rule freezes its reason in its own
    /// commit, a person and a flatten only ask.
    @Test(arguments: 0..<24 as Range<UInt64>)
    func `asked for by a rule, a person and a flatten at once, it is one exit`(seed: UInt64)
        throws
    {
        var random = SplitMix64(seed: seed)
        var position = OrderFixtures.active()
        if Bool.random(using: &random) { position.exitOrder = Fixtures.exitOrder(.stopLoss) }
        let reasons: [ExitReason] = [.stopLoss, .manual, .flatten, .manual, .stopLoss]
        var orders: [Order] = []
        var first = position.exitOrder?.reason
        for reason in reasons.shuffled(using: &random) {
            let decision = ExitEngine.decide(
                request: request(reason, of: position), position: position, hand: hand,
                profile: profile, now: .at(10, 5))
            first = first ?? reason
            orders += placed(decision)
            position = saved(decision) ?? position
        }
        #expect(orders.map(\.quantity) == [Quantity(70)])
        #expect(position.exitAttempt == 1 && position.exit.working == 1)
        #expect(position.exitOrder?.reason == first)
    }

    /// Pain 7: an exit sold the broker's net quantity of the contract.
    @Test func `two positions on one contract each sell their own`() throws {
        let positions = [(1, 70), (2, 35)].map { number, quantity in
            Fixtures.position(quantity: quantity, signal: SignalID("s-\(number)"))
        }
        let claims = positions.map {
            ExitEngine.decide(
                request: request(.manual, of: $0), position: $0, hand: hand, profile: profile,
                now: .at(10, 5))
        }
        #expect(claims.flatMap(placed).map(\.quantity) == [Quantity(70), Quantity(35)])
        let order = try #require(placed(claims[0]).first)
        let update = OrderFixtures.update(order, .filled, filled: 70)
        let closing = OrderUpdateHandler.decide(
            update: update, order: order, position: saved(claims[0]),
            day: OrderFixtures.day(with: positions[0]), charges: ChargeSchedule(), now: .at(10, 6))
        #expect(saved(closing)?.status == .exited)
        let touched = effects(closing).compactMap { effect in
            switch effect {
            case .unlock(let id), .removeOpen(_, let id), .scheduleExit(let id, _): id
            default: nil
            }
        }
        #expect(Set(touched) == [positions[0].id])
    }

    /// Pain 9: an entry that still worked was forgotten. Its fill arrives while its cancel is on
    /// the way, and again after the cancel was acknowledged.
    @Test(
        "A fill that arrives during the entry's cancel is sold, once",
        arguments: [[35, 35], [35, 70], [0, 70], [70, 70]])
    func entryFills(during: [Int]) throws {
        var position = OrderFixtures.pending()
        var entry = OrderFixtures.entryOrder(of: position)
        var day = OrderFixtures.day(with: position)
        func take(_ update: OrderUpdate) -> [Effect] {
            let effects = effects(
                OrderUpdateHandler.decide(
                    update: update, order: entry, position: position, day: day,
                    charges: ChargeSchedule(), now: .at(10, 6)))
            for case .saveOrder(let order) in effects { entry = order }
            for case .saveDay(let saved, _, _) in effects { day = saved }
            for case .save(let saved) in effects { position = saved }
            return effects
        }
        let asked = ExitEngine.decide(
            request: request(.manual, of: position), position: position, hand: hand,
            profile: profile, now: .at(10, 5))
        position = try #require(saved(asked))
        #expect(placed(asked).isEmpty && entry.id == position.entryOrder)

        _ = take(OrderFixtures.update(entry, .cancelled, filled: during[0]))
        _ = take(OrderFixtures.update(entry, .partFilled, filled: during[1]))
        var sold = Quantity.zero
        for _ in 0..<3 where !position.status.isClosed {
            let claim = ExitEngine.decide(
                due: position, orders: [], hand: hand, profile: profile, now: .at(10, 6))
            position = saved(claim) ?? position
            for exit in placed(claim) {
                sold += exit.quantity
                for case .save(let closed) in effects(
                    OrderUpdateHandler.decide(
                        update: OrderFixtures.update(
                            exit, .filled, filled: exit.quantity.units),
                        order: exit, position: position, day: day, charges: ChargeSchedule(),
                        now: .at(10, 6)))
                { position = closed }
            }
        }
        #expect(position.status == .exited && sold == Quantity(during[1]))
    }
}
