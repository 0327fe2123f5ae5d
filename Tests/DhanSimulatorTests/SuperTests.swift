import DhanSimulator
import Support
import Testing
import Trading

@Suite("The simulator: super and forever orders")
struct SuperTests {
    private static func body(_ changes: [String: JSON] = [:]) -> JSON {
        let exits: [String: JSON] = [
            "targetPrice": .number("120.0"), "stopLossPrice": .number("90.0"), "validity": .null,
        ]
        return Counter.body("BUY", 35, at: "100.00", exits.merging(changes) { $1 })
    }

    /// Bought at 100, with its legs waiting.
    private static func bought(
        _ changes: [String: JSON] = [:], _ change: (inout EngineSettings) -> Void = { _ in }
    ) -> (Counter, String) {
        var counter = Counter(change)
        counter.quote("100.00", bid: "99.90", ask: "100.00")
        let reply = counter.call("POST", "/v2/super/orders", body(changes))
        counter.wait(100)
        return (counter, reply?.json?["orderId"]?.string ?? "")
    }

    private static func legs(_ counter: inout Counter) -> [String?: JSON] {
        let row = counter.call("GET", "/v2/super/orders")?.json?.array?.first
        let legs = row?["legDetails"]?.array ?? []
        return Dictionary(legs.map { ($0["legName"]?.string, $0) }) { $1 }
    }

    private static func net(_ counter: Counter) -> Int? {
        counter.engine.accounts[Counter.client]?.net(of: Fixtures.call).units
    }

    @Test func `legs wait at the broker under numbers of their own once the entry is filled`() {
        var (counter, entry) = Self.bought()
        let row = counter.call("GET", "/v2/super/orders")?.json?.array?.first
        #expect(row?["orderStatus"] == "TRADED")
        #expect(row?["ltp"]?.scalar == "100.0")
        let legs = Self.legs(&counter)
        #expect(legs["STOP_LOSS_LEG"]?["price"]?.scalar == "90.0")
        #expect(legs["TARGET_LEG"]?["price"]?.scalar == "120.0")
        #expect(legs.values.allSatisfy { $0["orderId"]?.string == entry })
        #expect(legs.values.allSatisfy { $0["orderStatus"] == "PENDING" })
        let book = counter.call("GET", "/v2/orders")?.json?.array ?? []
        #expect(
            Set(book.compactMap { $0["legName"]?.string })
                == ["ENTRY_LEG", "TARGET_LEG", "STOP_LOSS_LEG"])
        #expect(Set(book.compactMap { $0["orderId"]?.string }).count == 3)
        #expect(book.last?["exchangeOrderId"] == "0")
    }

    @Test func `before the entry is filled there are no legs`() {
        var counter = Counter()
        counter.quote("101.00", bid: "100.90", ask: "101.10")
        counter.call("POST", "/v2/super/orders", Self.body())
        counter.wait(100)
        counter.quote("85.00", bid: "101.00", ask: "101.00")
        #expect(counter.engine.orders.count == 1)
        #expect(Self.legs(&counter).count == 2)
    }

    @Test(
        "A leg that is reached ends the position and closes the order",
        arguments: [("90.00", "STOP_LOSS_LEG"), ("120.00", "TARGET_LEG")] as [(Price, String)])
    func reached(price: Price, leg: String) {
        var (counter, entry) = Self.bought()
        counter.quote(price, bid: price, ask: price + "0.05")
        #expect(Self.legs(&counter)[leg]?["orderStatus"] == "TRIGGERED")
        counter.wait(100)
        #expect(Self.net(counter) == 0)
        let row = counter.call("GET", "/v2/super/orders")?.json?.array?.first
        #expect(row?["orderStatus"] == "CLOSED")
        let others = Self.legs(&counter).filter { $0.key != leg }.values
        #expect(others.map { $0["orderStatus"] } == ["CANCELLED"])
        let words = counter.words.compactMap { JSON(parsing: $0)?["Data"] }.filter {
            $0["algoOrdNo"]?.string == entry
        }
        #expect(Set(words.compactMap { $0["legNo"]?.int }) == [2, 3])
        let statuses = Set(words.compactMap { $0["status"]?.string })
        #expect(statuses.isSuperset(of: ["Active", "Triggered"]))
        #expect(words.allSatisfy { $0["correlationId"]?.string?.hasPrefix("SQROFF") == true })
        #expect(words.allSatisfy { $0["orderPlatform"] == "VTT SL" })
    }

    @Test("What was closed by other means is sold once more", arguments: [true, false])
    func survives(byExitAll: Bool) {
        var (counter, _) = Self.bought()
        if byExitAll {
            counter.call("DELETE", "/v2/positions")
        } else {
            counter.order("SELL", 35, at: "99.00", ["correlationId": "exit-1"])
        }
        counter.wait(100)
        #expect(Self.net(counter) == 0)
        counter.quote("90.00", bid: "89.95", ask: "90.05")
        counter.wait(100)
        #expect(Self.net(counter) == -35)
    }

    @Test func `the broker's square-off takes the legs with it`() {
        var (counter, _) = Self.bought()
        counter.now = .at(15, 20)
        counter.wait(0)
        counter.wait(100)
        #expect(Self.net(counter) == 0)
        #expect(Self.legs(&counter).values.allSatisfy { $0["orderStatus"] == "CANCELLED" })
    }

    @Test func `the stop follows the price in steps and never back`() {
        var (counter, _) = Self.bought(["trailingJump": 5])
        counter.quote("109.00", bid: "108.90", ask: "109.10")
        #expect(Self.legs(&counter)["STOP_LOSS_LEG"]?["price"]?.scalar == "95.0")
        counter.quote("112.00", bid: "111.90", ask: "112.10")
        #expect(Self.legs(&counter)["STOP_LOSS_LEG"]?["price"]?.scalar == "100.0")
        counter.quote("105.00", bid: "104.90", ask: "105.10")
        #expect(Self.legs(&counter)["STOP_LOSS_LEG"]?["price"]?.scalar == "100.0")
        counter.quote("100.00", bid: "99.95", ask: "100.05")
        counter.wait(100)
        #expect(Self.net(counter) == 0)
    }

    @Test func `legs are changed and cancelled, and a cancelled one is gone`() {
        var (counter, entry) = Self.bought(["trailingJump": 5])
        let path = "/v2/super/orders/\(entry)"
        let change: JSON = ["legName": "STOP_LOSS_LEG", "stopLossPrice": 95]
        #expect(counter.call("PUT", path, change)?.status == 200)
        let stop = Self.legs(&counter)["STOP_LOSS_LEG"]
        #expect(stop?["price"]?.scalar == "95.0")
        #expect(stop?["trailingJump"]?.scalar == "0.0")
        #expect(counter.call("DELETE", path + "/TARGET_LEG")?.status == 202)
        #expect(Self.legs(&counter)["TARGET_LEG"]?["orderStatus"] == "CANCELLED")
        let again: JSON = ["legName": "TARGET_LEG", "targetPrice": 130]
        #expect(counter.call("PUT", path, again)?.status == 400)
        counter.quote("130.00", bid: "130.00", ask: "130.05")
        counter.wait(100)
        #expect(Self.net(counter) == 35)
        #expect(counter.call("DELETE", path + "/ENTRY_LEG")?.status == 202)
        counter.quote("80.00", bid: "80.00", ask: "80.05")
        counter.wait(100)
        #expect(Self.net(counter) == 35)
    }

    @Test(
        "What is refused",
        arguments: [
            ["targetPrice": .null, "stopLossPrice": .null], ["targetPrice": 99],
            ["stopLossPrice": 101], ["orderType": "STOP_LOSS", "triggerPrice": 99],
        ] as [[String: JSON]])
    func refused(changes: [String: JSON]) {
        var counter = Counter()
        #expect(counter.call("POST", "/v2/super/orders", Self.body(changes))?.status == 400)
        #expect(counter.engine.orders.isEmpty)
    }

    @Test func `a leg can be missing after the entry is filled`() {
        let (counter, _) = Self.bought { $0.rates = FaultRates([.legMissing: 100]) }
        #expect(counter.engine.orders.count == 2)
    }

    @Test func `legs that were never reached expire with the session`() {
        var (counter, _) = Self.bought(["productType": "MARGIN"])
        counter.now = .at(15, 30)
        counter.wait(0)
        #expect(Self.legs(&counter).values.allSatisfy { $0["orderStatus"] == "EXPIRED" })
    }

    private static func forever(_ changes: [String: JSON]) -> JSON {
        let own: [String: JSON] = [
            "orderFlag": "SINGLE", "productType": "MARGIN", "triggerPrice": .number("90.0"),
        ]
        return Counter.body("SELL", 35, at: "89.00", own.merging(changes) { $1 })
    }

    @Test func `a trigger rests beside the book, and becomes an order`() {
        var counter = Counter()
        counter.quote("100.00", bid: "99.90", ask: "100.00")
        let reply = counter.call("POST", "/v2/forever/orders", Self.forever([:]))
        #expect(reply?.status == 200)
        #expect(counter.call("GET", "/v2/orders")?.json == [])
        let row = counter.call("GET", "/v2/forever/orders")?.json?.array?.first
        #expect(row?["orderStatus"] == "CONFIRM")
        #expect(row?["orderType"] == "SINGLE")
        // It succeeds, and does nothing.
        let number = reply?.json?["orderId"]?.string ?? ""
        #expect(counter.call("DELETE", "/v2/orders/\(number)")?.status == 200)
        counter.quote("90.00", bid: "89.95", ask: "90.05")
        counter.wait(100)
        #expect(
            counter.call("GET", "/v2/forever/orders")?.json?.array?.first?["orderStatus"]
                == "TRIGGERED")
        #expect(Self.net(counter) == -35)
        #expect(counter.call("GET", "/v2/forever/all")?.status == 404)
    }

    @Test func `of a pair, one cancels the other`() {
        var counter = Counter()
        counter.quote("100.00", bid: "99.90", ask: "100.00")
        let pair: [String: JSON] = [
            "orderFlag": "OCO", "price": 119, "triggerPrice": 120, "price1": 79,
            "triggerPrice1": 80, "quantity1": 35,
        ]
        counter.call("POST", "/v2/forever/orders", Self.forever(pair))
        counter.quote("120.00", bid: "120.00", ask: "120.05")
        let rows = counter.call("GET", "/v2/forever/orders")?.json?.array ?? []
        #expect(rows.map { $0["legName"] } == ["TARGET_LEG", "STOP_LOSS_LEG"])
        #expect(rows.map { $0["orderStatus"] } == ["TRIGGERED", "CANCELLED"])
        counter.quote("80.00", bid: "80.00", ask: "80.05")
        counter.wait(100)
        #expect(counter.engine.orders.count == 1)
    }

    @Test func `a trigger is moved, survives the night, and is cancelled`() {
        var counter = Counter()
        counter.quote("100.00", bid: "99.90", ask: "100.00")
        let reply = counter.call("POST", "/v2/forever/orders", Self.forever([:]))
        let path = "/v2/forever/orders/\(reply?.json?["orderId"]?.string ?? "")"
        let change: JSON = [
            "orderType": "LIMIT", "validity": "DAY", "triggerPrice": 80, "price": 79,
        ]
        #expect(counter.call("PUT", path, change)?.status == 200)
        counter.now = .at(10, 0, on: Day(2025, 12, 16))
        counter.engine.issue(to: Counter.client, Counter.token, now: counter.now)
        counter.quote("90.00", bid: "89.95", ask: "90.05")
        #expect(counter.engine.orders.isEmpty)
        #expect(counter.call("DELETE", path)?.status == 200)
        #expect(counter.call("DELETE", path)?.status == 400)
        counter.quote("80.00", bid: "80.00", ask: "80.05")
        #expect(counter.engine.orders.isEmpty)
    }

    @Test(
        "A trigger that is refused",
        arguments: [
            ["orderFlag": "BOTH"], ["triggerPrice": .null], ["productType": "INTRADAY"],
            ["orderFlag": "OCO"],
        ] as [[String: JSON]])
    func refusedForever(changes: [String: JSON]) {
        var counter = Counter()
        let reply = counter.call("POST", "/v2/forever/orders", Self.forever(changes))
        #expect(reply?.status == 400)
    }
}
