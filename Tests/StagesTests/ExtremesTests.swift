import Stages
import Support
import Testing
import Trading

/// Every field of every message and of every stored state, with texts at and beyond the ends of
/// what can be read: what is read is decided upon, and nothing traps.
@Suite struct ExtremesTests {
    /// One text for one field; the rest is as usual.
    private static let texts: [String] =
        [
            Int.max, Int.min, Int.max / 100, Readable.price.upperBound, Readable.price.lowerBound,
            Readable.money.upperBound, Readable.money.lowerBound, Readable.quantity.upperBound,
            Readable.quantity.lowerBound, Readable.time.upperBound, Readable.whole.upperBound,
            Readable.whole.lowerBound, 0, 1, -1,
        ].flatMap { [String($0), Decimal.format($0, digits: 2)] }

    /// - Parameter decide: whether the fields could be read.
    private func tryAll(_ usual: Fields, _ decide: (Fields) throws -> Void) {
        #expect(throws: Never.self) { try decide(usual) }
        for pair in usual.pairs {
            for text in Self.texts {
                var fields = usual
                fields[pair.name] = text
                try? decide(fields)
            }
        }
    }

    @Test func `ticks`() {
        let look = Look()
        var tick = Fixtures.tick(at: .at(10, 1))
        tick.quote.bidQuantity = Quantity(35)
        tick.quote.askQuantity = Quantity(35)
        tick.volume = 1
        tick.lastQuantity = Quantity(35)
        tick.exchangeTime = .at(10, 1)
        tryAll(tick.fields) { fields in
            let read = try Tick(fields, at: .at(10, 1))
            _ = look.effects(on: .tick(read.quote), now: .at(10, 1))
        }
    }

    @Test(arguments: [0, Readable.time.upperBound])
    func `ticks at the ends of time`(at milliseconds: Int) {
        let look = Look()
        let time = EventTime(milliseconds: milliseconds)
        _ = look.effects(on: .tick(Fixtures.quote(at: time)), now: time)
        _ = look.effects(clock: time)
    }

    @Test func `positions under a tick, a request and an update`() {
        var position = OrderFixtures.exiting()
        position.exit.working = 0
        position.watch.ltp = "100.00"
        position.watch.bid = "100.00"
        position.watch.peak = "100.00"
        position.watch.stop = "70.00"
        position.watch.tickAt = .at(10, 5)
        let order = OrderFixtures.exitOrder(of: position)
        let update = OrderFixtures.update(order, .filled, filled: 70)
        let day = OrderFixtures.day(with: position)
        let request = ExitRequest(
            position: position.id, account: position.account, reason: .manual, evidence: "",
            askedBy: "person", at: .at(10, 6))
        tryAll(Fields(position.fields.pairs + position.watch.fields.pairs)) { fields in
            var read = try PositionTracker(fields, id: position.id)
            for balance in Self.balances {
                var trades = HandTrades(on: Fixtures.day)
                trades.set(balance, of: read.contract.instrument)
                _ = ExitEngine.decide(
                    request: request, position: read,
                    hand: ExitEngine.Hand(trades: trades, day: day), profile: ExitProfile(),
                    now: .at(10, 6))
            }
            _ = OrderUpdateHandler.decide(
                update: update, order: order, position: read, day: day, charges: ChargeSchedule(),
                now: .at(10, 6))
            read.status = .active
            read.exitOrder = nil
            let look = Look(position: read)
            _ = look.effects(ltp: Price(paise: Readable.price.upperBound))
        }
    }

    @Test(arguments: [1, 14, 200])
    func `bars between the lowest price and the highest`(period: Int) {
        var adx = ADX(period: period)
        var supertrend = Supertrend(period: period, multiplierHundredths: 10_000)
        var random = SplitMix64(seed: UInt64(period))
        let ends = [1, Readable.price.upperBound]
        for minute in 0..<3 * period + 10 {
            let prices = (0..<4).map { _ in ends[Int.random(in: 0...1, using: &random)] }
            let price = Price(paise: prices[0])
            var bar = Bar(start: .at(9, 15) + .minutes(minute), price: price)
            for other in prices { bar.add(Price(paise: other)) }
            _ = adx.add(bar)
            _ = supertrend.add(bar)
            #expect(ADX(text: adx.text) == adx)
            #expect(Supertrend(text: supertrend.text) == supertrend)
        }
    }

    @Test func `requests`() {
        let position = OrderFixtures.active()
        let request = ExitRequest(
            position: position.id, account: position.account, reason: .manual, evidence: "",
            askedBy: "person", at: .at(10, 6), attempt: 1)
        tryAll(request.fields) { fields in
            _ = ExitEngine.decide(
                request: try ExitRequest(fields), position: position,
                hand: ExitEngine.Hand(trades: nil), profile: ExitProfile(), now: .at(10, 6))
        }
    }

    private static let balances = [Readable.quantity.lowerBound, 0, Readable.quantity.upperBound]
        .flatMap { units in
            [Readable.money.lowerBound, Readable.money.upperBound].map {
                HandTrades.Balance(units: Quantity(units), value: Money(paise: $0))
            }
        }

    @Test func `trades by hand`() {
        let event = BrokerEvent(
            account: Fixtures.account, source: "socket", number: "9001", order: nil,
            instrument: Fixtures.call, side: .sell, status: "TRADED", filled: Quantity(70),
            averagePrice: "100.00", value: "7000.00", at: .at(10, 6))
        tryAll(event.fields) { fields in
            for balance in Self.balances {
                var trades = HandTrades(on: Fixtures.day)
                trades.set(balance, of: Fixtures.call)
                _ = OrderUpdateHub.byHand(
                    [try BrokerEvent(fields)], number: "9001", parked: 1, trades: trades,
                    positions: [OrderFixtures.active()], orders: [], now: .at(10, 6))
            }
        }
    }

    @Test func `broker events and updates`() {
        let position = OrderFixtures.exiting()
        let order = OrderFixtures.exitOrder(of: position)
        let event = BrokerEvent(
            account: order.account, source: "socket", number: order.number, order: order.id,
            status: "TRADED", filled: Quantity(70), averagePrice: "100.00", value: "7000.00",
            at: .at(10, 6))
        for filled in [1, 70, Readable.quantity.upperBound] {
            var event = event
            event.filled = Quantity(filled)
            for value in ["7000.00", nil] as [Money?] {
                event.value = value
                tryAll(event.fields) { fields in
                    let decision = OrderUpdateHub.decide(
                        event: try BrokerEvent(fields), order: order, now: .at(10, 6))
                    guard case .commit(let effects) = decision else { return }
                    for case .sendUpdate(let update) in effects { try handle(update.fields) }
                }
            }
        }
        tryAll(OrderFixtures.update(order, .filled, filled: 70).fields) { try handle($0) }
    }

    private func handle(_ fields: Fields) throws {
        let position = OrderFixtures.exiting()
        _ = OrderUpdateHandler.decide(
            update: try OrderUpdate(fields), order: OrderFixtures.exitOrder(of: position),
            position: position, day: OrderFixtures.day(with: position),
            charges: ChargeSchedule(), now: .at(10, 6))
    }

    @Test func `orders`() {
        let position = OrderFixtures.exiting()
        let order = OrderFixtures.exitOrder(of: position)
        let update = OrderFixtures.update(order, .filled, filled: 70)
        tryAll(order.fields) { fields in
            _ = OrderUpdateHandler.decide(
                update: update, order: try Order(fields, id: order.id), position: position,
                day: OrderFixtures.day(with: position), charges: ChargeSchedule(), now: .at(10, 6))
        }
    }

    @Test func `signals, days and budgets of an entry`() {
        let entry = Entry()
        tryAll(entry.signal.fields) { fields in
            let signal = try Signal(fields)
            _ = entry.with { $0.signal = signal }.decide()
        }
        var day = OrderFixtures.day(with: OrderFixtures.active())
        day.capital = .rupees(200_000)
        day.lastExits[Fixtures.call] = .at(9, 55)
        tryAll(day.fields) { fields in
            let day = try AccountDay(fields)
            _ = entry.with { $0.day = day }.decide()
        }
        var budget = OrderBudget()
        budget.take(at: entry.now)
        tryAll(budget.fields) { fields in
            let budget = try OrderBudget(fields)
            _ = entry.with { $0.budget = budget }.decide()
        }
    }
}
