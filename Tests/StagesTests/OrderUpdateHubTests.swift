import Stages
import Support
import Testing
import Trading

@Suite struct OrderUpdateHubTests {
    let order = OrderFixtures.exitOrder(.sent, of: OrderFixtures.exiting())

    func event(
        _ status: String, filled: Int? = nil, average: Price? = "100.00", value: Money? = nil,
        number: OrderNumber? = "7001"
    ) -> BrokerEvent {
        BrokerEvent(
            account: order.account, source: "socket", number: number, order: order.id,
            status: status, filled: filled.map(Quantity.init), averagePrice: average, value: value,
            at: .at(10, 6))
    }

    func effects(_ event: BrokerEvent, on order: Order?) -> [Effect] {
        let decision = OrderUpdateHub.decide(event: event, order: order, now: .at(10, 6))
        guard case .commit(let effects) = decision else { return [] }
        return effects
    }

    func update(_ event: BrokerEvent, on order: Order) -> OrderUpdate? {
        effects(event, on: order).compactMap {
            if case .sendUpdate(let update) = $0 { update } else { nil }
        }.first
    }

    @Test(
        "The broker's words, for an order of 70",
        arguments: [
            ("PENDING", nil, .open), ("Pending", 0, .open),
            ("Pending", 35, .partFilled),  // the socket has no word for it
            ("PART_TRADED", 35, .partFilled),
            ("Traded", 35, .partFilled),  // one of several trades
            ("TRADED", 70, .filled), ("rejected", nil, .rejected),
            ("CANCELLED", 35, .cancelled), ("EXPIRED", 0, .expired),
        ] as [(String, Int?, OrderStatus)]
    )
    func words(word: String, filled: Int?, status: OrderStatus) {
        let update = update(event(word, filled: filled), on: order)
        #expect(update?.status == status)
        #expect(update?.filled == filled.map(Quantity.init))
        #expect(update?.value == filled.map { Price("100.00") * Quantity($0) })
    }

    @Test func `the exact value wins over the average`() {
        let update = update(event("TRADED", filled: 70, value: "6999.95"), on: order)
        #expect(update?.value == "6999.95")
    }

    @Test(
        "What leaves the fills out is not believed: the book is asked",
        arguments: ["TRADED", "CANCELLED", "EXPIRED"])
    func incomplete(word: String) {
        #expect(effects(event(word), on: order) == [.scheduleOrder(order.id, at: .at(10, 6))])
        let unpriced = effects(event(word, filled: 70, average: nil), on: order)
        #expect(unpriced == [.scheduleOrder(order.id, at: .at(10, 6))])
    }

    @Test func `an unknown word never ends an order, and its fills count`() {
        let effects = effects(event("INACTIVE", filled: 35), on: order)
        #expect(effects.count == 2)
        guard case .alarm(let alarm)? = effects.first else {
            Issue.record("no alarm")
            return
        }
        #expect(alarm.severity == .warning)
        #expect(update(event("INACTIVE", filled: 35), on: order)?.status == .sent)
    }

    @Test(
        "No news",
        arguments: [("TRANSIT", nil), ("PENDING", 0), ("PENDING", 35), ("PART_TRADED", 35)]
            as [(String, Int?)])
    func dropped(word: String, filled: Int?) {
        var known = order
        known.status = .partFilled
        known.filled = Quantity(35)
        known.value = "3500.00"
        #expect(effects(event(word, filled: filled), on: known).isEmpty)
    }

    /// Pain 14: an update that came before its row was lost.
    @Test func `a message before its number waits ten seconds, counted from the first`() {
        let early = event("PENDING")
        #expect(
            effects(early, on: nil)
                == [.park(early, "7001"), .scheduleForeign("7001", at: .at(10, 6, 10))])
        #expect(effects(event("PENDING", number: nil), on: nil).isEmpty)
        let second = OrderUpdateHub.decide(
            event: early, order: nil, isAwaited: true, now: .at(10, 6, 5))
        #expect(second == .commit([.park(early, "7001")]))
    }

    @Test func `a twin under the same correlation id speaks for itself only`() {
        let effects = effects(event("REJECTED", number: "7002"), on: order)
        #expect(effects.first == .scheduleOrder(order.id, at: .at(10, 6)))
        guard case .alarm(let alarm)? = effects.last else {
            Issue.record("no alarm")
            return
        }
        #expect(alarm.severity == .critical && effects.count == 2)
    }
}
