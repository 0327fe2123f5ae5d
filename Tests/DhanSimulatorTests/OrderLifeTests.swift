import DhanSimulator
import Support
import Testing
import Trading

@Suite("The simulator: an order's life")
struct OrderLifeTests {
    @Test func `an order is in transit, then rests, then is filled by a quote that reaches it`() {
        var counter = Counter()
        counter.quote("101.00", bid: "100.90", ask: "101.10")
        let reply = counter.call("POST", "/v2/orders", Counter.body())
        #expect(reply?.status == 200)
        #expect(reply?.json?["orderStatus"]?.string == "TRANSIT")
        let number = OrderNumber(reply?.json?["orderId"]?.string ?? "")
        counter.wait(50)
        #expect(counter.status(number) == .pending)
        counter.quote("100.00", bid: "99.90", ask: "100.00")
        #expect(counter.status(number) == .traded)
        #expect(counter.ledger.map(\.event) == [.accepted, .opened, .filled])
        #expect(counter.engine.orders[number]?.value == Money.rupees(3_500))
    }

    @Test func `a purchase pays the ask, not its limit`() {
        var counter = Counter()
        counter.quote("95.00", bid: "94.90", ask: "95.10")
        let number = counter.order()
        #expect(counter.engine.orders[number]?.value == Price("95.10") * Quantity(35))
    }

    @Test func `a market order becomes a limit with protection`() {
        var counter = Counter()
        counter.quote("100.00", bid: "99.90", ask: "103.00")
        let number = counter.order("BUY", 35, at: nil)
        #expect(counter.status(number) == .pending)
        let row = counter.call("GET", "/v2/orders")?.json?.array?.first
        #expect(row?["orderType"]?.string == "LIMIT")
        #expect(row?["price"]?.scalar == "102.0")
        counter.quote("101.00", bid: "100.90", ask: "101.50")
        #expect(counter.status(number) == .traded)
    }

    @Test func `the profile's share of orders is rejected, by their names`() {
        var words: [[SimulatedOrder.Status?]] = []
        for _ in 0..<2 {
            var counter = Counter { $0.profile.rejectRate = .percent(50) }
            counter.quote("100.00", bid: "99.90", ask: "100.00")
            words.append(
                (0..<40).map { place in
                    let name: [String: JSON] = ["correlationId": .string("order-\(place)")]
                    let number = counter.order("BUY", 35, at: "100.00", name)
                    return counter.status(number)
                })
        }
        #expect(words[0] == words[1])
        #expect((10...30).contains(words[0].count { $0 == .rejected }))
        #expect(words[0].allSatisfy { $0 == .rejected || $0 == .traded })
    }

    @Test func `a part is filled in whole lots, then the rest`() {
        var counter = Counter { $0.profile.fillShare = .percent(40) }
        counter.quote("100.00", bid: "99.90", ask: "100.00")
        let number = counter.order("BUY", 105)
        #expect(counter.status(number) == .partTraded)
        #expect(counter.engine.orders[number]?.filled == Quantity(35))
        counter.quote("100.00", bid: "99.90", ask: "100.00")
        counter.quote("100.00", bid: "99.90", ask: "100.00")
        #expect(counter.status(number) == .traded)
    }

    @Test func `a fill of several lots can be several trades, which add up`() {
        var counter = Counter()
        counter.quote("100.00", bid: "99.90", ask: "100.00")
        for count in 1...6 { counter.order("BUY", 35 * count, at: "100.00") }
        let trades = counter.call("GET", "/v2/trades")?.json?.array ?? []
        #expect(trades.count > 6)
        let units = trades.compactMap { $0["tradedQuantity"]?.int }
        #expect(units.reduce(0, +) == 35 * 21)
        #expect(units.allSatisfy { $0 % 35 == 0 })
        #expect(Set(trades.compactMap { $0["exchangeTradeId"]?.string }).count == trades.count)
    }

    @Test func `in transit a cancel is refused and a modification is not`() {
        var counter = Counter()
        let reply = counter.call("POST", "/v2/orders", Counter.body())
        let number = reply?.json?["orderId"]?.string ?? ""
        let refused = counter.call("DELETE", "/v2/orders/\(number)")
        #expect(refused?.status == 400)
        #expect(refused?.json?["errorMessage"]?.string == "Order is in Transit state")
        let change: JSON = ["orderType": "LIMIT", "validity": "DAY", "price": .number("99.5")]
        #expect(counter.call("PUT", "/v2/orders/\(number)", change)?.status == 200)
        counter.wait(100)
        #expect(counter.engine.orders[OrderNumber(number)]?.request.price == "99.50")
        #expect(counter.call("DELETE", "/v2/orders/\(number)")?.status == 200)
        counter.wait(100)
        #expect(counter.status(OrderNumber(number)) == .cancelled)
    }

    @Test func `after 25 modifications there is no more`() {
        var counter = Counter()
        let number = counter.order()
        let statuses = (1...26).map { count in
            let change: JSON = [
                "orderType": "LIMIT", "validity": "DAY", "price": .number("\(count).0"),
            ]
            return counter.call("PUT", "/v2/orders/\(number)", change)?.status
        }
        #expect(statuses == Array(repeating: 200, count: 25) + [400])
    }

    @Test func `a second order with the same correlation id is a second order`() {
        var counter = Counter()
        let first = counter.order()
        #expect(counter.order() != first)
        #expect(counter.call("GET", "/v2/orders")?.json?.array?.count == 2)
    }

    @Test func `a correlation id is not found while its order is in transit`() {
        var counter = Counter()
        counter.call("POST", "/v2/orders", Counter.body())
        let early = counter.call("GET", "/v2/orders/external/entry-1")
        #expect(early?.status == 404)
        #expect(early?.json?["errorCode"]?.string == "DH-906")
        counter.wait(50)
        let found = counter.call("GET", "/v2/orders/external/entry-1")?.json?.array
        #expect(found?.first?["correlationId"]?.string == "entry-1")
        #expect(counter.call("GET", "/v2/orders/999")?.json == [])
    }

    @Test func `a stop waits for its trigger`() {
        var counter = Counter()
        counter.quote("100.00", bid: "99.90", ask: "100.10")
        counter.order("BUY", 35, at: "101.00")
        let number = counter.order(
            "SELL", 35, at: "89.00",
            ["orderType": "STOP_LOSS", "triggerPrice": .number("90.00")])
        #expect(counter.status(number) == .pending)
        counter.quote("90.05", bid: "90.00", ask: "90.10")
        #expect(counter.status(number) == .pending)
        counter.quote("90.00", bid: "89.95", ask: "90.05")
        #expect(counter.status(number) == .traded)
    }

    @Test func `what rests at the end of the session expires`() {
        var counter = Counter()
        let number = counter.order()
        counter.now = .at(15, 29, 59)
        counter.wait(0)
        #expect(counter.status(number) == .pending)
        counter.wait(1_000)
        #expect(counter.status(number) == .expired)
    }

    @Test func `an order for now only leaves nothing behind`() {
        var counter = Counter()
        counter.quote("101.00", bid: "100.90", ask: "101.10")
        let number = counter.order("BUY", 35, at: "100.00", ["validity": "IOC"])
        #expect(counter.status(number) == .expired)
    }
}
