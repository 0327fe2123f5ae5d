import DhanSimulator
import Support
import Testing
import Trading

@Suite("The simulator: faults")
struct FaultTests {
    /// A morning of orders, cancels and prices under every fault, then a calm end.
    static func morning(seed: UInt64) -> Counter {
        var counter = Counter(funds: .rupees(100_000_000)) {
            $0.seed = seed
            $0.rates = .all
        }
        var random = SplitMix64(seed: seed)
        var numbers: [OrderNumber] = []
        for count in 0..<60 {
            counter.wait(.random(in: 0...400, using: &random))
            counter.replaceToken()
            let price = Price(paise: .random(in: 1_950...2_050, using: &random) * 5)
            counter.quote(price, bid: price - "0.05", ask: price + "0.05")
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                let side = Bool.random(using: &random) ? "BUY" : "SELL"
                let body = Counter.body(
                    side, 35 * .random(in: 1...6, using: &random), at: "100.00",
                    ["correlationId": .string("order-\(count)")])
                counter.send("POST", "/v2/orders", body)
            case 1:
                numbers = counter.engine.orders.keys.sorted()
                guard let number = numbers.randomElement(using: &random) else { continue }
                counter.send("DELETE", "/v2/orders/\(number)")
            default: counter.send("GET", "/v2/orders")
            }
        }
        counter.engine.calm(at: counter.now)
        for _ in 0..<20 where !counter.engine.isQuiet { counter.wait(1_000) }
        return counter
    }

    @Test("Fills only rise, and end what they may", arguments: 0..<64 as Range<UInt64>)
    func ledgerIsSound(seed: UInt64) {
        let counter = Self.morning(seed: seed)
        #expect(counter.engine.isQuiet)
        var last: [OrderNumber: LedgerLine] = [:]
        for line in counter.ledger where line.event != .turnedAway {
            let order = line.order
            let before = last[order.number]
            #expect((before == nil) == (line.event == .accepted))
            #expect(order.filled <= order.request.quantity)
            #expect(order.filled >= before?.order.filled ?? .zero)
            #expect(order.filled.units % 35 == 0)
            if let before, !before.order.status.isWorking {
                #expect(line.isAfterAll)
                #expect(order.request.side == .buy)
            }
            last[order.number] = line
        }
    }

    @Test(
        "Books, trades, positions and ledger agree in the end", arguments: 0..<32 as Range<UInt64>)
    func booksAgree(seed: UInt64) {
        var counter = Self.morning(seed: seed)
        let traded = counter.engine.orders.values.reduce(0) { $0 + $1.filled.units }
        let rows = counter.call("GET", "/v2/trades")?.json?.array ?? []
        #expect(rows.compactMap { $0["tradedQuantity"]?.int }.reduce(0, +) == traded)
        let book = counter.call("GET", "/v2/orders")?.json?.array ?? []
        #expect(book.count == counter.engine.orders.count)
        #expect(book.compactMap { $0["filledQty"]?.int }.reduce(0, +) == traded)
        let net = counter.engine.orders.values.reduce(0) { net, order in
            net + order.filled.units * (order.request.side == .buy ? 1 : -1)
        }
        let positions = counter.call("GET", "/v2/positions")?.json?.array ?? []
        #expect(positions.compactMap { $0["netQty"]?.int }.reduce(0, +) == net)
    }

    @Test("A seed tells one story", arguments: [1, 2, 3] as [UInt64])
    func sameStory(seed: UInt64) {
        let first = Self.morning(seed: seed)
        let second = Self.morning(seed: seed)
        #expect(first.ledger == second.ledger)
        #expect(first.words == second.words)
        #expect(Self.morning(seed: seed + 100).words != first.words)
    }

    @Test func `in many mornings every fault of an order happens`() {
        var replies: Set<Int> = []
        var manners: Set<String> = []
        var events: Set<LedgerLine.Event> = []
        var lateFills = 0
        for seed in 0..<40 as Range<UInt64> {
            let counter = Self.morning(seed: seed)
            for reply in counter.replies.values {
                replies.insert(reply.status)
                manners.insert("\(reply.manner)")
            }
            events.formUnion(counter.ledger.map(\.event))
            lateFills += counter.ledger.count { $0.isAfterAll }
        }
        #expect(replies.isSuperset(of: [200, 400, 403, 429, 500, 504]))
        #expect(manners == ["say", "never", "close", "reset"])
        #expect(events.isSuperset(of: [.accepted, .opened, .filled, .finished, .turnedAway]))
        #expect(lateFills > 0)
    }

    @Test func `an order that is held is accepted later, and an answer can come after its words`() {
        var counter = Counter { $0.rates = FaultRates([.hold: 100, .late: 100]) }
        let id = counter.send("POST", "/v2/orders", Counter.body())
        #expect(counter.ledger.isEmpty)
        while counter.words.isEmpty { counter.wait(10) }
        #expect(counter.ledger.first?.event == .accepted)
        #expect(counter.reply(to: id) == nil)
        counter.wait(2_500)
        #expect(counter.reply(to: id)?.status == 200)
    }

    @Test func `a hidden order is neither in the book nor told of`() {
        var counter = Counter { $0.rates = FaultRates([.hide: 100]) }
        let number = counter.order()
        #expect(counter.status(number) == .pending)
        #expect(counter.call("GET", "/v2/orders")?.json == [])
        #expect(counter.words.isEmpty)
        counter.wait(2_000)
        #expect(counter.call("GET", "/v2/orders")?.json?.array?.count == 1)
        #expect(counter.words.count == 2)
    }

    @Test func `a cancel that is lost is done the second time`() {
        var counter = Counter { $0.rates = FaultRates([.cancelLost: 100]) }
        let number = counter.order()
        for status in [SimulatedOrder.Status.pending, .cancelled] {
            #expect(counter.call("DELETE", "/v2/orders/\(number)")?.status == 200)
            counter.wait(100)
            #expect(counter.status(number) == status)
        }
    }

    @Test func `what was called cancelled can still be filled, and that word always arrives`() {
        var counter = Counter {
            $0.rates = FaultRates([.fillAfterCancel: 100, .wordLost: 100])
        }
        let number = counter.order()
        counter.call("DELETE", "/v2/orders/\(number)")
        counter.wait(100)
        #expect(counter.status(number) == .cancelled)
        #expect(counter.words.isEmpty)
        counter.wait(1_000)
        #expect(counter.engine.orders[number]?.filled == Quantity(35))
        #expect(counter.words.count == 1)
    }

    @Test(
        "Names and shares are read",
        arguments: [
            ("hold=8,hide=10", 2), ("all", FaultRates.all.named.count), ("all,none", 0), ("", 0),
        ])
    func listsAreRead(text: String, count: Int) throws {
        var rates = FaultRates()
        try rates.set(text)
        #expect(rates.named.count == count)
    }

    @Test("What is no fault is an error that names it", arguments: ["hod=8", "hold", "hold=101"])
    func listsAreRefused(text: String) {
        var rates = FaultRates()
        let error = #expect(throws: FaultListError.self) { try rates.set(text) }
        #expect(error?.item == text)
    }
}
