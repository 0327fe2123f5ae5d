import DhanSimulator
import Support
import Testing
import Trading

@Suite("The simulator: faults of access, changes and books")
struct AccessFaultTests {
    @Test func `the broker ends a token once a minute, and a new one is good`() {
        var counter = Counter { $0.rates = FaultRates([.tokenKilled: 100]) }
        #expect(counter.call("GET", "/v2/orders")?.json?["errorMessage"] == "Invalid Token")
        #expect(counter.engine.accounts[Counter.client]?.token == nil)
        counter.engine.issue(to: Counter.client, "token-2", now: counter.now)
        for _ in 0..<3 {
            #expect(counter.call("GET", "/v2/orders", token: "token-2")?.status == 200)
        }
        counter.wait(60_000)
        #expect(counter.call("GET", "/v2/orders", token: "token-2")?.status == 400)
        #expect(counter.engine.given == [.tokenKilled: 2])
    }

    @Test func `an order that came with an ended token stands in the ledger`() {
        var counter = Counter { $0.rates = FaultRates([.tokenKilled: 100]) }
        for _ in 0..<2 {
            #expect(counter.call("POST", "/v2/orders", Counter.body())?.status == 400)
        }
        #expect(counter.call("POST", "/v2/orders", Counter.body(), token: "no one's") != nil)
        #expect(counter.ledger.map(\.event) == [.turnedAway, .turnedAway])
        #expect(counter.engine.orders.isEmpty)
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

    @Test func `calm ends a halt, and a feed that lags catches up`() {
        var counter = Counter { $0.rates = FaultRates([.feedLag: 100, .halt: 100]) }
        let number = counter.order(at: "100.00")
        counter.wait(100)
        counter.quote("99.00", bid: "98.90", ask: "99.00")
        #expect(counter.ticks.isEmpty)
        #expect(counter.status(number) == .pending)
        counter.engine.calm(at: counter.now)
        counter.wait(100)
        #expect(counter.ticks.map(\.quote.ltp) == ["99.00"])
        #expect(counter.status(number) == .traded)
        #expect(counter.engine.isQuiet)
    }

    @Test func `in a halt nothing ticks, and the last price comes when trading goes on`() {
        var counter = Counter()
        let number = counter.order(at: "100.00")
        counter.engine.setHalted(true, at: counter.now)
        for ltp in ["98.00", "99.00"] as [Price] {
            counter.quote(ltp, bid: ltp - "0.10", ask: ltp)
        }
        #expect(counter.ticks.isEmpty && counter.status(number) == .pending)
        counter.engine.setHalted(false, at: counter.now)
        counter.wait(100)
        #expect(counter.ticks.map(\.quote.ltp) == ["99.00"])
        #expect(counter.status(number) == .traded)
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
