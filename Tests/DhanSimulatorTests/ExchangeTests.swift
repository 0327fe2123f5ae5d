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

@Suite("The simulator: faults of access, changes and books")
struct AccessFaultTests {
    @Test func `the broker ends a token at any call, and a new one is good`() {
        var counter = Counter { $0.rates = FaultRates([.tokenKilled: 100]) }
        #expect(counter.call("GET", "/v2/orders")?.json?["errorMessage"] == "Invalid Token")
        #expect(counter.engine.accounts[Counter.client]?.token == nil)
        counter.engine.calm()
        counter.engine.issue(to: Counter.client, "token-2", now: counter.now)
        #expect(counter.call("GET", "/v2/orders", token: "token-2")?.status == 200)
    }

    @Test func `a young token is not known for three seconds`() {
        var counter = Counter { $0.rates = FaultRates([.tokenYoung: 100]) }
        counter.wait(2_999)
        #expect(counter.call("GET", "/v2/orders")?.json?["errorCode"] == "DH-901")
        counter.wait(1)
        #expect(counter.call("GET", "/v2/orders")?.status == 200)
    }

    @Test func `a change of a working order can be refused`() {
        var counter = Counter { $0.rates = FaultRates([.changeRefused: 100]) }
        let number = counter.order()
        let change: JSON = ["orderType": "LIMIT", "validity": "DAY", "price": 99]
        #expect(counter.call("DELETE", "/v2/orders/\(number)")?.json?["errorCode"] == "DH-906")
        #expect(
            counter.call("PUT", "/v2/orders/\(number)", change)?.json?["errorCode"] == "DH-906")
        counter.wait(100)
        #expect(counter.status(number) == .pending)
        #expect(counter.engine.orders[number]?.request.price == "100.00")
    }

    @Test(
        "Rows can be some seconds old",
        arguments: ["/v2/orders", "/v2/orders/NUMBER", "/v2/orders/external/entry-1"])
    func staleRows(path: String) {
        var counter = Counter { $0.rates = FaultRates([.staleRows: 100]) }
        let number = counter.order()
        counter.wait(10_000)
        counter.quote("100.00", bid: "99.90", ask: "100.00")
        #expect(counter.status(number) == .traded)
        let path = path.replacing("NUMBER", with: number.text)
        let old = counter.call("GET", path)?.json?.array?.first
        #expect(old?["orderStatus"] == "PENDING")
        #expect(old?["filledQty"] == 0)
        counter.wait(4_000)
        #expect(counter.call("GET", path)?.json?.array?.first?["orderStatus"] == "TRADED")
    }

    @Test func `a feed that lags is late, keeps its order, and catches up`() {
        var counter = Counter {
            $0.rates = FaultRates([.feedLag: 100])
            $0.seed = 3
        }
        for count in 1...5 {
            counter.quote(Price(paise: count * 100_00))
            counter.wait(100)
        }
        counter.engine.setRates(FaultRates())
        #expect(counter.ticks.isEmpty)
        counter.wait(200_000)
        #expect(counter.ticks.map(\.quote.ltp.paise) == (1...5).map { $0 * 100_00 })
        counter.quote("600.00")
        #expect(counter.ticks.count == 6)
    }

    @Test func `packets that mean nothing have the length that they say`() {
        var counter = Counter { $0.rates = FaultRates([.feedForeign: 100]) }
        for _ in 0..<30 { counter.quote("100.00") }
        #expect(Set(counter.packets.compactMap(\.first)) == [0, 1, 7])
        for packet in counter.packets {
            #expect(packet.count == Int(packet[1]) | Int(packet[2]) << 8)
        }
    }

    @Test func `a socket can be refused for being one of too many`() async throws {
        try await ServersTests.with {
            $0.engine.rates = FaultRates([.handshakeBusy: 100])
        } _: { simulator, ports in
            let refused = try TestWebSocket(port: ports.orders)
            #expect(refused.status == 429)
            await simulator.calm()
            let socket = try TestWebSocket(port: ports.orders)
            #expect(socket.status == 101)
        }
    }
}
