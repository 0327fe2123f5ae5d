import DhanSimulator
import Support
import Testing
import Trading

@Suite("The simulator: what the exchange and its hours do")
struct ExchangeTests {
    private static func change(_ members: [String: JSON]) -> JSON {
        var all: [JSON.Member] = [.init("orderType", "LIMIT"), .init("validity", "DAY")]
        for (key, value) in members.sorted(by: { $0.key < $1.key }) {
            all.removeAll { $0.key == key }
            all.append(.init(key, value))
        }
        return .object(all)
    }

    @Test(
        "A modification is held against the exchange's rules",
        arguments: [
            (["quantity": 36], "lot size 35"), (["quantity": 630], "freeze quantity"),
            (["price": .number("100.03")], "tick size"),
            (["price": .number("141.0")], "protection"),
            (
                ["orderType": "STOP_LOSS", "price": 90, "triggerPrice": 95],
                "greater than or equal to Trigger"
            ),
        ] as [([String: JSON], String)])
    func modification(members: [String: JSON], text: String) {
        var counter = Counter()
        counter.quote("100.00", bid: "99.90", ask: "100.10")
        let number = counter.order("BUY", 35, at: "99.00")
        let reply = counter.call("PUT", "/v2/orders/\(number)", Self.change(members))
        #expect(reply?.status == 400)
        #expect(reply?.json?["errorMessage"]?.string?.contains(text) == true)
        counter.wait(100)
        #expect(counter.engine.orders[number]?.request.price == "99.00")
        #expect(counter.engine.orders[number]?.modifications == 0)
    }

    @Test(
        "A stop's trigger lies beyond the market",
        arguments: [("BUY", "99.00"), ("SELL", "101.00")])
    func trigger(side: String, trigger: String) {
        var counter = Counter()
        counter.quote("100.00", bid: "99.90", ask: "100.10")
        let changes: [String: JSON] = ["orderType": "STOP_LOSS", "triggerPrice": .number(trigger)]
        let reply = counter.call("POST", "/v2/orders", Counter.body(side, 35, at: trigger, changes))
        #expect(reply?.status == 400)
        #expect(reply?.json?["errorMessage"]?.string?.contains("Trigger Price") == true)
    }

    @Test func `a stop's limit is held against the protection once it is triggered`() {
        var counter = Counter()
        counter.quote("100.00", bid: "99.90", ask: "100.10")
        let number = counter.order(
            "SELL", 35, at: "30.00", ["orderType": "STOP_LOSS", "triggerPrice": .number("90.00")])
        #expect(counter.status(number) == .pending)
        counter.quote("90.00", bid: "89.95", ask: "90.05")
        #expect(counter.status(number) == .rejected)
        #expect(counter.engine.orders[number]?.reason.contains("protection") == true)
    }

    @Test(
        "An after-market order is pending at the broker, and goes to the exchange in time",
        arguments: [("OPEN", 0), ("PRE_OPEN", 0), ("OPEN_30", 30), ("OPEN_60", 60)])
    func afterMarket(time: String, minutes: Int) {
        var counter = Counter()
        counter.now = .at(20, 0)
        counter.engine.issue(to: Counter.client, Counter.token, now: counter.now)
        let changes: [String: JSON] = ["afterMarketOrder": true, "amoTime": .string(time)]
        let reply = counter.call("POST", "/v2/orders", Counter.body("BUY", 35, changes))
        #expect(reply?.json?["orderStatus"] == "TRANSIT")
        counter.wait(100)
        let row = counter.call("GET", "/v2/orders")?.json?.array?.first
        #expect(row?["orderStatus"] == "PENDING")
        #expect(row?["exchangeOrderId"] == "0")
        #expect(row?["exchangeTime"] == "0001-01-01 00:00:00")
        let number = OrderNumber(row?["orderId"]?.string ?? "")
        counter.quote("100.00", bid: "99.90", ask: "100.00")
        #expect(counter.status(number) == .pending)
        counter.now = EventTime(Day(2025, 12, 16), TimeOfDay(9, 15)) + .minutes(minutes)
        counter.now = counter.now - .milliseconds(1)
        counter.wait(0)
        #expect(counter.status(number) == .pending)
        counter.wait(1)
        #expect(counter.status(number) == .traded)
    }

    @Test func `an after-market order for no known time is refused`() {
        var counter = Counter()
        let changes: [String: JSON] = ["afterMarketOrder": true, "amoTime": "LATER"]
        let body = Counter.body("BUY", 35, changes)
        #expect(counter.call("POST", "/v2/orders", body)?.status == 400)
    }

    @Test("An own order on the other side is not met", arguments: [true, false])
    func selfTrade(isPrevented: Bool) {
        var counter = Counter { $0.preventsSelfTrades = isPrevented }
        counter.quote("100.00", bid: "99.90", ask: "100.10")
        counter.order("BUY", 35, at: "99.00")
        let beside = counter.order("SELL", 35, at: "99.05")
        #expect(counter.status(beside) == .traded)
        let number = counter.order("SELL", 35, at: "99.00")
        #expect(counter.status(number) == (isPrevented ? .rejected : .traded))
    }

    @Test func `a halt ends by itself, and what rests is matched then`() {
        var counter = Counter { $0.rates = FaultRates([.halt: 100]) }
        counter.quote("100.00", bid: "99.90", ask: "100.00")
        let number = counter.order()
        #expect(counter.status(number) == .pending)
        #expect(counter.packets.count == 1)
        #expect(counter.packets.first?.first == 7)
        counter.wait(300_000)
        #expect(counter.status(number) == .traded)
        #expect(counter.packets.count == 2)
    }

    @Test(
        "An index that moves too far stops the market",
        arguments: [
            ("IDX_I:13", 1_101, 45), ("IDX_I:51", 1_150, 105), ("IDX_I:13", 901, nil),
            ("IDX_I:25", 1_200, nil),
        ] as [(InstrumentID, Int, Int?)])
    func breaker(index: InstrumentID, price: Int, minutes: Int?) {
        var counter = Counter()
        counter.quote("1000.00", of: index)
        counter.quote(Price(paise: price * 100), of: index)
        #expect(counter.engine.settings.isHalted == (minutes != nil))
        guard let minutes else { return }
        counter.wait(minutes * 60_000 - 1)
        counter.quote(Price(paise: price * 100), of: index)
        #expect(counter.engine.settings.isHalted)
        counter.wait(1)
        #expect(!counter.engine.settings.isHalted)
    }

    private static let future = InstrumentID(.nseDerivatives, "61093")

    @Test(
        "Before the opening there is an auction, of futures alone",
        arguments: [
            (TimeOfDay(9, 1), "61093", "LIMIT", true), (TimeOfDay(9, 1), "61093", "MARKET", true),
            (TimeOfDay(9, 1), "51460", "LIMIT", false), (TimeOfDay(8, 59), "61093", "LIMIT", false),
            (TimeOfDay(9, 12), "61093", "LIMIT", false),
        ])
    func preOpen(time: TimeOfDay, id: String, kind: String, isTaken: Bool) {
        var counter = Counter {
            $0.profile.latency = .zero
            $0.instruments = InstrumentList([
                Fixtures.instrument(),
                Instrument(
                    id: Self.future, symbol: "BANKNIFTY-Dec2025-FUT", index: "BANKNIFTY",
                    kind: .other, lot: Quantity(35), tickSize: "0.05"),
            ])
        }
        counter.now = EventTime(Fixtures.day, time)
        counter.quote("100.00", bid: "99.95", ask: "100.00", of: Self.future)
        let price = kind == "MARKET" ? nil : "100.00"
        let number = counter.order("BUY", 35, at: price, ["securityId": .string(id)])
        #expect(counter.status(number) == (isTaken ? .pending : .rejected))
        counter.quote("100.00", bid: "99.95", ask: "100.00", of: Self.future)
        counter.now = .at(9, 8) - .milliseconds(1)
        counter.wait(0)
        #expect(counter.status(number) == (isTaken ? .pending : .rejected))
        counter.wait(1)
        #expect(counter.status(number) == (isTaken ? .traded : .rejected))
    }

    @Test func `a day can turn out to be a holiday`() {
        var counter = Counter { $0.rates = FaultRates([.holiday: 100]) }
        let number = counter.order()
        #expect(counter.status(number) == .rejected)
        #expect(counter.engine.orders[number]?.reason.contains("Offline or Blocked") == true)
    }

    @Test("The square-off of a short session comes before its end", arguments: [(34, 35), (35, 0)])
    func muhurat(minute: Int, net: Int) {
        var counter = Counter()
        counter.now = EventTime(Day(2025, 10, 21), TimeOfDay(13, 50))
        counter.engine.issue(to: Counter.client, Counter.token, now: counter.now)
        counter.quote("100.00", bid: "99.95", ask: "100.00")
        counter.order()
        counter.now = EventTime(Day(2025, 10, 21), TimeOfDay(14, minute))
        counter.wait(0)
        counter.wait(100)
        #expect(
            counter.engine.accounts[Counter.client]?.net(of: Fixtures.call) == Quantity(net))
    }
}
