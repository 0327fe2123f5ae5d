import DhanSimulator
import Support
import Testing
import Trading

@Suite("The simulator: accounts")
struct AccountTests {
    @Test func `a round trip leaves a closed position, its profit, and its charges`() {
        var counter = Counter()
        counter.quote("100.00", bid: "99.95", ask: "100.00")
        counter.order("BUY", 70)
        counter.quote("110.00", bid: "110.00", ask: "110.05")
        counter.order("SELL", 70, at: "110.00")
        let position = counter.call("GET", "/v2/positions")?.json?.array?.first
        #expect(position?["positionType"]?.string == "CLOSED")
        #expect(position?["netQty"] == 0)
        #expect(position?["realizedProfit"]?.scalar == "700.0")
        let funds = counter.call("GET", "/v2/fundlimit")?.json
        let day = Fixtures.day
        let charges = [(TradedOrder.Side.buy, Money.rupees(7_000)), (.sell, .rupees(7_700))].map {
            ChargeSchedule().charges(
                for: TradedOrder(side: $0, segment: .nseDerivatives, value: $1, day: day)
            ).total
        }
        let expected = Money.rupees(1_000_700) - charges[0] - charges[1]
        #expect(counter.engine.available(Counter.client) == expected)
        #expect(funds?["sodLimit"]?.scalar == "1000000.0")
        #expect(funds?["availabelBalance"] != nil)
    }

    @Test func `an order that works blocks its premium`() {
        var counter = Counter(funds: .rupees(5_000))
        counter.order("BUY", 35)
        #expect(counter.engine.available(Counter.client) == .rupees(1_500))
        let second = counter.order("BUY", 35, at: "50.00", ["correlationId": "entry-2"])
        #expect(counter.status(second) == .rejected)
    }

    @Test func `averages are computed in 32 bits`() {
        var counter = Counter()
        counter.quote("100.00", bid: "99.95", ask: "100.00")
        counter.order("BUY", 35)
        counter.quote("100.05", bid: "99.95", ask: "100.05")
        counter.order("BUY", 70, at: "100.05")
        let position = counter.call("GET", "/v2/positions")?.json?.array?.first
        #expect(position?["buyAvg"]?.scalar == "100.03333")
    }

    @Test func `an amount beyond seven digits is shown with an exponent, and not as nothing`() {
        var counter = Counter(funds: .rupees(1_000_000_000)) { $0.instruments = nil }
        counter.quote("30000.00", bid: "30000.00", ask: "30000.00")
        counter.order("BUY", 1_000, at: "30000.00")
        counter.quote("60000.00", bid: "60000.00", ask: "60000.05")
        let position = counter.call("GET", "/v2/positions")?.json?.array?.first
        #expect(position?["unrealizedProfit"]?.scalar == "3e+07")
    }

    @Test func `exit all cancels and flattens the account`() {
        var counter = Counter()
        counter.quote("100.00", bid: "99.95", ask: "100.00")
        counter.order("BUY", 70)
        let resting = counter.order("BUY", 35, at: "90.00")
        #expect(counter.call("DELETE", "/v2/positions")?.json?["status"]?.string == "SUCCESS")
        counter.wait(100)
        #expect(counter.status(resting) == .cancelled)
        let position = counter.call("GET", "/v2/positions")?.json?.array?.first
        #expect(position?["netQty"] == 0)
    }

    @Test func `the kill switch needs a flat account, and then refuses orders`() {
        var counter = Counter()
        let number = counter.order()
        let path = "/v2/killswitch?killSwitchStatus="
        #expect(counter.call("POST", path + "ACTIVATE")?.status == 400)
        counter.call("DELETE", "/v2/orders/\(number)")
        counter.wait(100)
        #expect(counter.call("POST", path + "ACTIVATE")?.status == 200)
        #expect(
            counter.call("GET", "/v2/killswitch")?.json?["killSwitchStatus"]?.string == "ACTIVATE")
        #expect(counter.call("POST", "/v2/orders", Counter.body())?.status == 400)
        #expect(counter.call("POST", path + "DEACTIVATE")?.status == 200)
        #expect(counter.call("POST", "/v2/orders", Counter.body())?.status == 200)
    }

    @Test func `an account past its loss is flattened and killed`() {
        var counter = Counter()
        counter.quote("100.00", bid: "99.95", ask: "100.00")
        counter.order("BUY", 70)
        let rule: JSON = [
            "profitValue": "5000.00", "lossValue": "500.00", "productType": ["INTRADAY"],
            "enableKillSwitch": true,
        ]
        #expect(
            counter.call("POST", "/v2/pnlExit", rule)?.json?["pnlExitStatus"]?.string == "ACTIVE")
        counter.quote("93.00", bid: "92.95", ask: "93.05")
        #expect(counter.engine.accounts[Counter.client]?.isKilled == false)
        counter.quote("92.00", bid: "92.00", ask: "92.05")
        counter.wait(100)
        #expect(counter.engine.accounts[Counter.client]?.net(of: Fixtures.call) == .zero)
        #expect(counter.engine.accounts[Counter.client]?.isKilled == true)
        #expect(counter.call("GET", "/v2/pnlExit")?.json?["pnlExitStatus"]?.string == "INACTIVE")
    }

    @Test func `positions of the day are squared off at 15:20, others are not`() {
        var counter = Counter()
        counter.quote("100.00", bid: "99.95", ask: "100.00")
        counter.order("BUY", 35)
        counter.order("BUY", 35, at: "100.00", ["productType": "MARGIN"])
        counter.now = .at(15, 20)
        counter.wait(0)
        counter.wait(100)
        let rows = counter.call("GET", "/v2/positions")?.json?.array ?? []
        let net = Dictionary(
            uniqueKeysWithValues: rows.map { ($0["productType"]?.string, $0["netQty"]?.int) })
        #expect(net == ["INTRADAY": 0, "MARGIN": 35])
    }

    @Test func `overnight, what is held is carried and the books begin anew`() {
        var counter = Counter()
        counter.quote("100.00", bid: "99.95", ask: "100.00")
        counter.order("BUY", 35, at: "100.00", ["productType": "MARGIN"])
        let before = counter.engine.available(Counter.client)
        counter.now = .at(9, 20, on: Day(2025, 12, 16))
        counter.engine.issue(to: Counter.client, Counter.token, now: counter.now)
        counter.wait(0)
        #expect(counter.call("GET", "/v2/orders")?.json == [])
        #expect(counter.call("GET", "/v2/trades")?.json == [])
        let position = counter.call("GET", "/v2/positions")?.json?.array?.first
        #expect(position?["carryForwardBuyQty"] == 35)
        #expect(position?["dayBuyQty"] == 0)
        #expect(counter.engine.available(Counter.client) == before)
    }

    @Test func `a quantity above the freeze is sliced, each slice an order`() {
        var counter = Counter()
        let body = Counter.body("BUY", 1_260, at: "10.00")
        let rows = counter.call("POST", "/v2/orders/slicing", body)?.json?.array
        #expect(rows?.count == 3)
        #expect(
            counter.engine.orders.values.map(\.request.quantity.units).sorted() == [70, 595, 595])
    }
}
