import DhanSimulator
import Support
import Testing
import Trading

/// What is wrong for a while, or with a door as a whole, and how it is counted.
@Suite("The simulator: spells, doors and counts")
struct SpellTests {
    @Test func `a bad day has every fault, and each seldom enough that trading goes on`() {
        for fault in Fault.allCases where fault != .holiday {
            #expect(FaultRates.all[fault] > 0, "\(fault)")
        }
        #expect(FaultRates.all[.holiday] == 0)
        let door: [Fault] = [.refuse, .busy, .html, .address, .token]
        #expect(door.reduce(0) { $0 + FaultRates.all[$1] } <= 10)
    }

    @Test func `an address is wrong for some seconds, to all that changes something`() {
        var counter = Counter()
        let resting = counter.order()
        counter.engine.setRates(FaultRates([.address: 100]))
        #expect(counter.call("POST", "/v2/orders", Counter.body())?.isInvalidAddress == true)
        counter.engine.setRates(FaultRates())
        counter.wait(900)
        for (method, path) in [
            ("POST", "/v2/orders"), ("DELETE", "/v2/orders/\(resting)"),
            ("PUT", "/v2/orders/\(resting)"),
        ] {
            #expect(counter.call(method, path, Counter.body())?.isInvalidAddress == true)
        }
        #expect(counter.call("GET", "/v2/ip/getIP")?.json?["ordersAllowed"] == false)
        #expect(counter.call("GET", "/v2/orders")?.json?.array?.count == 1)
        #expect(counter.ledger.count { $0.event == .turnedAway } == 2)
        counter.wait(7_100)
        #expect(counter.call("DELETE", "/v2/orders/\(resting)")?.status == 200)
        #expect(counter.call("POST", "/v2/orders", Counter.body())?.status == 200)
    }

    @Test func `calm ends the spell`() {
        var counter = Counter { $0.rates = FaultRates([.address: 100]) }
        #expect(counter.call("POST", "/v2/orders", Counter.body())?.isInvalidAddress == true)
        counter.engine.calm(at: counter.now)
        #expect(counter.call("POST", "/v2/orders", Counter.body())?.status == 200)
    }

    @Test("Both sockets turn away who connects", arguments: [true, false])
    func handshake(isBusy: Bool) async throws {
        try await ServersTests.with { _, ports in
            let http = try TestHTTP(port: ports.rest)
            let share: JSON = ["handshake_busy": .int(isBusy ? 100 : 0)]
            #expect(try http.call("POST", "/control/faults", share).status == 200)
            for port in [ports.orders, ports.feed] {
                let socket = try TestWebSocket(port: port, target: FeedTests.target())
                #expect(socket.status == (isBusy ? 429 : 101))
            }
            let given = try http.call("GET", "/control/faults").json?["handshake_busy"]?.int
            #expect(given == (isBusy ? 2 : nil))
        }
    }

    @Test(
        "The feed breaks at most once a second, however much ticks",
        arguments: [Fault.feedReset, .feedDropped, .feedGap])
    func feed(fault: Fault) {
        var counter = Counter { $0.rates = FaultRates([fault: 100]) }
        for _ in 0..<30 {
            counter.quote("100.00")
            counter.wait(100)
        }
        #expect(counter.engine.given == [fault: 3])
        let end: Engine.FeedEnd? =
            switch fault {
            case .feedReset: .reset
            case .feedDropped: .dropped
            default: nil
            }
        #expect(counter.feedEnds == (end.map { [$0, $0, $0] } ?? []))
        #expect(counter.ticks.isEmpty == (fault == .feedGap))
    }

    @Test("Whether an order whose answer is lost was taken is no chance", arguments: [true, false])
    func lost(isTaken: Bool) {
        let fault: Fault = isTaken ? .answerLost : .orderLost
        for seed in 1...20 as ClosedRange<UInt64> {
            var counter = Counter {
                $0.seed = seed
                $0.rates = FaultRates([fault: 100])
            }
            counter.order()
            #expect(counter.replies.values.allSatisfy { $0.manner != .say || $0.status >= 500 })
            #expect(counter.ledger.first?.event == (isTaken ? .accepted : .turnedAway))
            #expect(counter.engine.orders.count == (isTaken ? 1 : 0))
            #expect(counter.engine.given == [fault: 1])
        }
    }

    /// A fate is drawn with the order.
    @Test func `a fault counts once it has come true`() {
        var counter = Counter {
            $0.rates = FaultRates([.cancelLost: 100, .modifyLost: 100, .hold: 100, .wordTwice: 100])
        }
        counter.send("POST", "/v2/orders", Counter.body())
        #expect(counter.engine.given == [.hold: 1])
        while counter.engine.orders.isEmpty { counter.wait(10) }
        counter.wait(50)
        #expect(counter.engine.given == [.hold: 1, .wordTwice: 2])
        let number = counter.engine.orders.keys.first ?? ""
        counter.call("DELETE", "/v2/orders/\(number)")
        counter.call("DELETE", "/v2/orders/\(number)")
        #expect(counter.engine.given[.cancelLost] == 1)
        #expect(counter.engine.given[.modifyLost] == nil)
    }
}

extension Reply {
    fileprivate var isInvalidAddress: Bool { json?["errorMessage"]?.string == "Invalid IP" }
}
