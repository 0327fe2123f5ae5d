import Stages
import Support
import Testing
import Trading

@Suite("Reconciler: books that are late, empty or at odds")
struct ReconcilerDoubtTests {
    private let position = OrderFixtures.active()

    /// The same books, read again and again.
    private func read(
        _ books: BrokerBooks, _ ours: inout Reconciler.Ours, every: Span = .seconds(3), times: Int
    ) -> [Effect] {
        var all: [Effect] = []
        for turn in 0..<times {
            let now = EventTime.at(10, 10) + Span(milliseconds: every.milliseconds * turn)
            let effects = Reconciler.decide(
                books: books, ours: ours, profile: ReconcilerProfile(), now: now, asked: now,
                wall: now)
            for case .saveReconciliation(let record, _) in effects { ours.record = record }
            for case .saveHandTrades(let trades, _) in effects { ours.trades = trades }
            all += effects
        }
        return all
    }

    private func ours(
        _ positions: [PositionTracker], knowing listings: [BrokerOrder]
    ) -> Reconciler.Ours {
        var ours = Reconciler.Ours(
            account: Fixtures.account, trades: HandTrades(on: Fixtures.day),
            record: Reconciliation(on: Fixtures.day))
        ours.positions = positions
        ours.know(listings)
        return ours
    }

    private func listing(
        _ id: CorrelationID?, _ side: OrderSide, _ units: Int, number: OrderNumber
    ) -> BrokerOrder {
        BrokerOrder(
            number: number, correlation: id, instrument: Fixtures.call, side: side,
            status: "TRADED", quantity: Quantity(units), filled: Quantity(units),
            value: "100.00" * Quantity(units), reason: nil)
    }

    private var bought: BrokerOrder { listing(position.entryOrder, .buy, 70, number: "1") }

    private func isTouched(_ effects: [Effect]) -> Bool {
        effects.contains {
            switch $0 {
            case .saveHandTrades, .scheduleExit: true
            default: false
            }
        }
    }

    private func alarms(_ effects: [Effect]) -> [Severity] {
        effects.compactMap { if case .alarm(let alarm) = $0 { alarm.severity } else { nil } }
    }

    /// The orders show what we bought, and nobody sold it.
    @Test func `an empty list of positions closes nothing, and is told after a minute`() {
        var state = ours([position], knowing: [bought])
        let effects = read(BrokerBooks(orders: [bought], net: [:]), &state, times: 200)
        #expect(!isTouched(effects))
        // Ten minutes: after one, and five later.
        #expect(alarms(effects) == [.critical, .critical])
        let good = BrokerBooks(orders: [bought], net: [Fixtures.call: Quantity(70)])
        #expect(
            read(good, &state, times: 3).allSatisfy { if case .alarm = $0 { false } else { true } })
    }

    /// What was traded earlier on the day comes to nothing, as what is held does.
    @Test func `a book that lags behind our fill closes nothing`() {
        var earlier = Fixtures.position(.exited, quantity: 70, signal: "s-1")
        earlier.exitAttempt = 1
        let old = [
            listing(earlier.entryOrder, .buy, 70, number: "1"),
            listing(earlier.exitOrders[0], .sell, 70, number: "2"),
        ]
        var state = ours([position], knowing: old)
        #expect(!isTouched(read(BrokerBooks(orders: old, net: [:]), &state, times: 3)))
        let found = old + [listing(position.entryOrder, .buy, 70, number: "3")]
        state.know(found)
        let good = BrokerBooks(orders: found, net: [Fixtures.call: Quantity(70)])
        #expect(!isTouched(read(good, &state, times: 3)))
    }

    /// Else the exit sells what is gone.
    @Test(
        "What was heard to be sold by hand is not taken back by an older read",
        arguments: [false, true])
    func older(isListed: Bool) {
        var state = ours([position], knowing: [bought])
        let fill = HandTrades.Fill(
            instrument: Fixtures.call, side: .sell, units: Quantity(35), value: "3500.00")
        _ = state.trades.note(fill, of: "H1", held: Quantity(70))
        let sold = listing(nil, .sell, 35, number: "H1")
        let late = BrokerBooks(
            orders: [bought] + (isListed ? [sold] : []), net: [Fixtures.call: Quantity(70)])
        #expect(!isTouched(read(late, &state, times: 30)))
        let good = BrokerBooks(orders: [bought, sold], net: [Fixtures.call: Quantity(35)])
        #expect(!isTouched(read(good, &state, times: 3)))
        #expect(state.trades.sold(of: Fixtures.call) == Quantity(35))
    }

    @Test func `units that were left out and are there after all are an alarm`() {
        var state = ours([], knowing: [])
        state.trades.set(.init(units: Quantity(-70), value: "7000.00"), of: Fixtures.call)
        _ = state.trades.leaveOut(Quantity(70), of: Fixtures.call)
        let books = BrokerBooks(orders: [], net: [Fixtures.call: Quantity(70)])
        #expect(alarms(read(books, &state, times: 3)) == [.critical])
    }

    /// Nobody was here when the broker squared it off, and the exit waits at the gateway.
    @Test func `an exit that was not sent yet does not hide that there is nothing to sell`() {
        var exiting = OrderFixtures.exiting()
        exiting.createdAt = exiting.createdAt - .days(1)
        let order = OrderFixtures.exitOrder(.accepted, of: exiting)
        var state = ours([exiting], knowing: [])
        state.orders[order.id] = order
        let nothing = BrokerBooks(orders: [], net: [:])
        #expect(!isTouched(read(nothing, &state, times: 19)))
        #expect(state.record.missing == [Fixtures.call])
        #expect(isTouched(read(nothing, &state, every: .seconds(60), times: 2)))
        #expect(state.trades.sold(of: Fixtures.call) == Quantity(70))
        // Until it is left out, no exit goes.
        _ = read(nothing, &state, times: 1)
        #expect(state.record.missing == [Fixtures.call])
        _ = state.trades.leaveOut(Quantity(70), of: Fixtures.call)
        state.positions = []
        _ = read(nothing, &state, times: 1)
        #expect(state.record.missing.isEmpty)

        var sent = ours([exiting], knowing: [])
        sent.orders[order.id] = OrderFixtures.exitOrder(.open, of: exiting)
        #expect(!isTouched(read(nothing, &sent, every: .seconds(60), times: 3)))
        #expect(sent.record.missing.isEmpty)
    }

    @Test func `a sale by hand that the hub does not know yet keeps exits waiting`() {
        var state = ours([position], knowing: [bought])
        let sold = listing(nil, .sell, 70, number: "H1")
        _ = read(BrokerBooks(orders: [bought, sold], net: [:]), &state, times: 1)
        #expect(state.record.missing == [Fixtures.call])
    }

    /// Counted again on the day after, it would be left out of what was bought since.
    @Test(
        "A trade by hand counts on its day", arguments: [(0, 1), (-1, 0)] as [(Int, Int)])
    func midnight(days: Int, events: Int) {
        var state = ours([], knowing: [])
        var sold = listing(nil, .sell, 70, number: "H1")
        sold.day = Fixtures.day + days
        let effects = read(BrokerBooks(orders: [sold], net: [:]), &state, times: 1)
        let told = effects.filter { if case .sendBrokerEvent = $0 { true } else { false } }
        #expect(told.count == events)
    }
}
