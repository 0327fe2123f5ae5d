import Stages
import Support
import Testing
import Trading

/// Orders that were placed at the broker by hand, and the exits of what they have sold.
@Suite struct ByHandTests {
    let profile = ExitProfile()

    func trades(sold units: Int) -> HandTrades {
        var trades = HandTrades(on: Fixtures.day)
        trades.rev = 3
        trades.set(
            HandTrades.Balance(units: Quantity(-units), value: Price("96.00") * Quantity(units)),
            of: Fixtures.call)
        return trades
    }

    func hand(sold units: Int, _ position: PositionTracker) -> ExitEngine.Hand {
        ExitEngine.Hand(trades: trades(sold: units), day: OrderFixtures.day(with: position))
    }

    func effects(_ decision: Decision) -> [Effect] {
        guard case .commit(let effects) = decision else { return [] }
        return effects
    }

    func saved(_ decision: Decision) -> PositionTracker? {
        effects(decision).compactMap { if case .save(let saved) = $0 { saved } else { nil } }.first
    }

    func left(_ decision: Decision) -> Quantity? {
        effects(decision).compactMap {
            if case .saveHandTrades(let trades, _) = $0 {
                trades.sold(of: Fixtures.call)
            } else {
                nil
            }
        }.first
    }

    func sent(_ decision: Decision) -> [OrderAction] {
        effects(decision).compactMap {
            if case .sendOrder(let request) = $0 { request.action } else { nil }
        }
    }

    func request(_ position: PositionTracker) -> ExitRequest {
        ExitRequest(
            position: position.id, account: position.account, reason: .manual, evidence: "asked",
            askedBy: "person", at: .at(10, 5))
    }

    @Test(
        "An exit leaves out what was sold by hand, and sells the rest afterwards",
        arguments: [
            // held, sold by hand; left to sell, left of what was sold by hand
            (70, 35, 35, 0), (70, 70, 0, 0), (70, 105, 0, 35),
        ]
    )
    func leavesOut(held: Int, sold: Int, remaining: Int, rest: Int) throws {
        let position = OrderFixtures.active(quantity: held)
        let first = ExitEngine.decide(
            request: request(position), position: position, hand: hand(sold: sold, position),
            profile: profile, now: .at(10, 6))
        let reduced = try #require(saved(first))
        #expect(reduced.remaining == Quantity(remaining) && left(first) == Quantity(rest))
        #expect(reduced.byHand.quantity == Quantity(held - remaining))
        #expect(reduced.exit.quantity == .zero && sent(first).isEmpty)
        #expect(reduced.exitOrder?.reason == .manual)
        guard remaining > 0 else {
            #expect(reduced.status == .exited && reduced.closedAt == .at(10, 6))
            #expect(effects(first).contains(.scheduleExit(position.id, at: nil)))
            return
        }
        #expect(effects(first).last == .scheduleExit(position.id, at: .at(10, 6)))
        let second = ExitEngine.decide(
            due: reduced, orders: [], hand: hand(sold: 0, position), profile: profile,
            now: .at(10, 6))
        let orders = effects(second).compactMap {
            if case .place(let order) = $0 { order.quantity } else { nil }
        }
        #expect(orders == [Quantity(remaining)])
        #expect(effects(second).contains(.unlessTradedByHand(position.account, rev: 3)))
    }

    @Test func `a position that was sold by hand ends, booked at what that brought`() throws {
        let position = OrderFixtures.active()
        let decision = ExitEngine.decide(
            due: position, orders: [], hand: hand(sold: 70, position), profile: profile,
            now: .at(10, 6))
        let closed = try #require(saved(decision))
        #expect(closed.status == .exited && closed.exitOrder?.reason == .byHand)
        #expect(closed.exitOrder?.evidence == "70 of 70 sold by hand")
        #expect(closed.exit.quantity == .zero && closed.gross == "-280.00")
        #expect(
            effects(decision).contains(.removeOpen(position.account, position.id))
                && effects(decision).contains(.unlock(position.id))
                && effects(decision).contains(.scheduleExit(position.id, at: nil)))
        let day = effects(decision).compactMap {
            if case .saveDay(let day, _, _) = $0 { day } else { nil }
        }.first
        #expect(day?.realised == "-280.00" && day?.open == 0 && day?.reserved == .zero)
    }

    @Test func `what is left of a position that nobody asked to close stays open`() throws {
        let position = OrderFixtures.active()
        let decision = ExitEngine.decide(
            due: position, orders: [], hand: hand(sold: 35, position), profile: profile,
            now: .at(10, 6))
        let reduced = try #require(saved(decision))
        #expect(reduced.status == .active && reduced.exitOrder == nil)
        #expect(reduced.remaining == Quantity(35))
        #expect(effects(decision).last == .scheduleExit(position.id, at: nil))
        #expect(effects(decision).contains(.sendPosition(PositionEvent(reduced, at: .at(10, 6)))))
    }

    @Test func `an attempt that would sell it again is cancelled at once`() {
        let position = OrderFixtures.exiting()
        let open = OrderFixtures.exitOrder(.open, of: position)
        let now = EventTime.at(10, 5) + .milliseconds(300)
        let decision = ExitEngine.decide(
            due: position, orders: [open], hand: hand(sold: 35, position), profile: profile,
            now: now)
        #expect(sent(decision) == [.cancel] && saved(decision) == nil)
        #expect(effects(decision).last == .scheduleExit(position.id, at: now + .seconds(1)))
    }

    @Test func `an attempt that was not sent yet is cancelled before it sells what is gone`() {
        let position = OrderFixtures.exiting()
        let waiting = OrderFixtures.exitOrder(.accepted, of: position)
        func decide(sold units: Int) -> Decision {
            ExitEngine.decide(
                due: position, orders: [waiting], hand: hand(sold: units, position),
                profile: profile, now: .at(10, 6))
        }
        #expect(sent(decide(sold: 35)) == [.cancel])
        #expect(sent(decide(sold: 0)).isEmpty)
    }

    /// Two positions on one contract: what one has left out is not there for the other.
    @Test func `two positions leave out what was sold once`() throws {
        var trades = trades(sold: 70)
        var left: [Int] = []
        for signal in 1...2 {
            let position = Fixtures.position(quantity: 70, signal: SignalID("s-\(signal)"))
            let decision = ExitEngine.decide(
                request: request(position), position: position,
                hand: ExitEngine.Hand(trades: trades), profile: profile, now: .at(10, 6))
            left.append(try #require(saved(decision)).remaining.units)
            for case .saveHandTrades(let next, _) in effects(decision) { trades = next }
        }
        #expect(left == [0, 35 + 35])
    }

    @Test func `what cannot be read holds no exit back, and is an alarm`() {
        let position = OrderFixtures.active()
        let decision = ExitEngine.decide(
            request: request(position), position: position, hand: ExitEngine.Hand(trades: nil),
            profile: profile, now: .at(10, 6))
        #expect(sent(decision) == [.place])
        #expect(effects(decision).contains { if case .alarm = $0 { true } else { false } })
    }

    // The hub.

    func event(
        _ units: Int?, _ side: OrderSide? = .sell, of instrument: InstrumentID? = Fixtures.call,
        at price: Price? = "96.00"
    ) -> BrokerEvent {
        BrokerEvent(
            account: Fixtures.account, source: "socket", number: "9001", order: nil,
            instrument: instrument, side: side, status: "TRADED",
            filled: units.map(Quantity.init), averagePrice: price, at: .at(10, 6))
    }

    func noted(
        _ events: [BrokerEvent], _ positions: [PositionTracker]?,
        _ trades: HandTrades = HandTrades(on: Fixtures.day)
    ) -> [Effect] {
        effects(
            OrderUpdateHub.byHand(
                events, number: "9001", parked: events.count, trades: trades,
                positions: positions, orders: [], now: .at(10, 6, 10)))
    }

    @Test func `what was sold by hand is taken down, and each position on the contract looks`()
        throws
    {
        let position = OrderFixtures.active()
        var other = Fixtures.position(signal: "s-2")
        other.contract = Fixtures.contract(Fixtures.put)
        let effects = noted([event(35), event(nil), event(70)], [position, other])
        #expect(effects.first == .discard("9001", 3))
        #expect(left(.commit(effects)) == Quantity(70))
        let looks = effects.filter { if case .scheduleExit = $0 { true } else { false } }
        #expect(looks == [.scheduleExit(position.id, at: .at(10, 6, 10))])
        let alarms = effects.compactMap {
            if case .alarm(let alarm) = $0 { alarm.severity } else { nil }
        }
        #expect(alarms == [.critical])
    }

    @Test(
        "What changes nothing that we hold is a notice",
        arguments: [
            (70, .buy, Fixtures.call), (70, .sell, Fixtures.put), (0, .sell, Fixtures.call),
            (nil, .sell, Fixtures.call), (70, nil, Fixtures.call), (70, .sell, nil),
        ] as [(Int?, OrderSide?, InstrumentID?)]
    )
    func notice(units: Int?, side: OrderSide?, instrument: InstrumentID?) {
        let effects = noted([event(units, side, of: instrument)], [OrderFixtures.active()])
        #expect(!effects.contains { if case .scheduleExit = $0 { true } else { false } })
        #expect(left(.commit(effects)) ?? .zero == .zero)
        let alarms = effects.compactMap {
            if case .alarm(let alarm) = $0 { alarm.severity } else { nil }
        }
        #expect(alarms == [.notice])
    }

    @Test(
        "No more is taken down than the positions can have",
        arguments: [
            // while the entry works, it may have bought all of it
            (70, 0, 105, 70), (0, 1, 105, 70), (35, 1, 105, 70), (35, 0, 105, 35),
        ]
    )
    func cap(bought: Int, working: Int, sold: Int, taken: Int) {
        var position = OrderFixtures.pending()
        position.entry.quantity = Quantity(bought)
        position.entry.working = working
        #expect(left(.commit(noted([event(sold)], [position]))) == Quantity(taken))
    }

    @Test func `where a position cannot be read, all of it is taken down`() {
        #expect(left(.commit(noted([event(105)], nil))) == Quantity(105))
    }

    @Test func `a price that the broker leaves out is the last one seen`() {
        var position = OrderFixtures.active()
        position.watch.ltp = "90.00"
        let effects = noted([event(70, at: nil)], [position])
        let balance = effects.compactMap {
            if case .saveHandTrades(let trades, _) = $0 {
                trades.balances[Fixtures.call]
            } else {
                nil
            }
        }.first
        #expect(balance?.value == "6300.00")
    }

    @Test func `said again it is no news`() {
        let position = OrderFixtures.active()
        var trades = HandTrades(on: Fixtures.day)
        for case .saveHandTrades(let next, _) in noted([event(35)], [position]) { trades = next }
        let again = OrderUpdateHub.byHand(
            [event(35)], number: "9001", parked: 0, trades: trades, positions: [position],
            orders: [], now: .at(10, 7))
        #expect(again == .drop("no news of 9001"))
    }

    /// Counted as sold by hand, what it has sold would be left out once more.
    @Test(
        "A number that may be that of an order of ours waits",
        arguments: [
            (.sending, true), (.unknown, true), (.accepted, false), (.sent, false),
            (.filled, false),
        ] as [(OrderStatus, Bool)]
    )
    func ours(status: OrderStatus, waits: Bool) {
        let position = OrderFixtures.exiting()
        let order = OrderFixtures.exitOrder(status, of: position)
        func decide(_ event: BrokerEvent) -> Decision {
            OrderUpdateHub.byHand(
                [event], number: "9001", parked: 1, trades: HandTrades(on: Fixtures.day),
                positions: [position], orders: [order], now: .at(10, 6, 10))
        }
        let again = Decision.commit([.scheduleForeign("9001", at: .at(10, 6, 11))])
        #expect((decide(event(70)) == again) == waits)
        #expect(decide(event(70, .buy)) != again)
        #expect(decide(event(70, of: Fixtures.put)) != again)
    }

    @Test(
        "At first sight it was placed by hand, unless an order of ours may have that number",
        arguments: [
            (nil, true), (.accepted, false), (.sending, false), (.unknown, false), (.open, true),
            (.filled, true),
        ] as [(OrderStatus?, Bool)]
    )
    func atFirstSight(status: OrderStatus?, isByHand: Bool) {
        let position = status == nil ? OrderFixtures.active() : OrderFixtures.exiting()
        let order = status.map { OrderFixtures.exitOrder($0, of: position) }
        func decide(_ event: BrokerEvent, knowing orders: [Order]) -> Decision? {
            OrderUpdateHub.atFirstSight(
                event, number: "9001", trades: HandTrades(on: Fixtures.day), positions: [position],
                orders: Dictionary(uniqueKeysWithValues: orders.map { ($0.id, $0) }),
                now: .at(10, 6))
        }
        let known = [order].compactMap(\.self)
        let decision = decide(event(35), knowing: known)
        #expect((decision != nil) == isByHand)
        if let decision { #expect(left(decision) == Quantity(35)) }
        // Of our order nothing is known: it may be anything.
        if order != nil { #expect(decide(event(35), knowing: []) == nil) }
        #expect(decide(event(35, nil), knowing: known) == nil)
        #expect(decide(event(35, of: nil), knowing: known) == nil)
        // A restarted server may have forgotten an order of ours, and its name tells.
        var named = event(35)
        named.order = OrderFixtures.exitOrder(of: position).id
        #expect(decide(named, knowing: known) == nil)
    }
}
