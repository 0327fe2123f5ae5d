import DhanSimulator
import Support
import Testing
import Trading

@Suite("The simulator: what other days leave behind")
struct HistoryTests {
    /// Bought and sold on Monday; it is Tuesday.
    private static func tuesday(_ trade: (inout Counter) -> Void) -> Counter {
        var counter = Counter()
        counter.quote("100.00", bid: "99.95", ask: "100.00")
        trade(&counter)
        turn(&counter, to: Day(2025, 12, 16))
        return counter
    }

    private static func turn(_ counter: inout Counter, to day: Day) {
        counter.now = .at(10, 0, on: day)
        counter.engine.issue(to: Counter.client, Counter.token, now: counter.now)
        counter.wait(0)
    }

    @Test func `an order of yesterday has a row with its charges, one of today has none`() {
        var counter = Self.tuesday { counter in
            counter.order("BUY", 70, at: "100.00", ["productType": "MARGIN"])
            let early = counter.call("GET", "/v2/trades/2025-12-01/2025-12-31/0")
            #expect(early?.json == [])
        }
        let rows = counter.call("GET", "/v2/trades/2025-12-01/2025-12-31/0")?.json?.array ?? []
        #expect(rows.count == 1)
        #expect(rows.first?["tradedQuantity"] == 70)
        #expect(rows.first?["tradedPrice"]?.scalar == "100.0")
        #expect(rows.first?["exchangeTradeId"] == "0")
        #expect(rows.first?["drvOptionType"] == "CALL")
        // 7 000 rupees at 0.03503 % and 0.0001 %.
        #expect(rows.first?["brokerageCharges"]?.scalar == "20.0")
        #expect(rows.first?["exchangeTransactionCharges"]?.scalar == "2.4521")
        #expect(rows.first?["sebiTax"]?.scalar == "0.007")
        #expect(rows.first?["stt"]?.scalar == "0.0")
        #expect(counter.call("GET", "/v2/trades/2025-12-16/2025-12-31/0")?.json == [])
        #expect(counter.call("GET", "/v2/trades/15-12-2025/2025-12-31/0")?.status == 500)
    }

    @Test func `history comes in pages, newest first, and an empty one ends it`() {
        var counter = Self.tuesday { counter in
            for _ in 0..<23 {
                counter.wait(1_000)
                counter.order("BUY", 35, at: "100.00", ["productType": "MARGIN"])
            }
        }
        let pages = (0...2).map { page in
            counter.call("GET", "/v2/trades/2025-12-15/2025-12-15/\(page)")?.json?.array ?? []
        }
        #expect(pages.map(\.count) == [20, 3, 0])
        let times = pages.flatMap(\.self).compactMap { $0["exchangeTime"]?.string }
        #expect(times == times.sorted(by: >))
        #expect(Set(times).count == 23)
    }

    @Test func `the statement runs from balance to balance`() {
        var counter = Self.tuesday { counter in
            counter.order("BUY", 70)
            counter.quote("110.00", bid: "110.00", ask: "110.05")
            counter.order("SELL", 70, at: "110.00")
        }
        let rows =
            counter.call("GET", "/v2/ledger?from-date=2025-12-15&to-date=2025-12-15")?.json?.array
            ?? []
        #expect(
            rows.map { $0["narration"]?.string } == [
                "CLOSING BALANCE", "Charges", "Obligation for trades", "OPENING BALANCE",
            ])
        #expect(rows[2]["credit"] == "700.00")
        #expect(rows[2]["voucherdate"] == "Dec 15, 2025")
        #expect(rows[2]["runbal"] == "1000700.00")
        let closing = rows[0]["runbal"]?.string.flatMap(Money.init(text:))
        #expect(closing == counter.engine.available(Counter.client))
        #expect(counter.call("GET", "/v2/ledger")?.status == 400)
    }

    @Test(
        "What expired in the money is settled in cash, less the tax on it",
        arguments: [
            ("59600.00", "BUY", 3_500_00 - 4_00), ("59600.00", "SELL", -3_500_00),
            ("59400.00", "BUY", 0),
        ] as [(Price, String, Int)])
    func settlement(close: Price, side: String, paise: Int) {
        var counter = Counter { $0.profile.latency = .zero }
        counter.quote("100.00", bid: "100.00", ask: "100.00")
        counter.order(side, 35, at: "100.00", ["productType": "MARGIN"])
        Self.turn(&counter, to: Fixtures.expiry)
        counter.quote(close, of: Fixtures.indexInstrument)
        let before = counter.engine.accounts[Counter.client]?.opening ?? .zero
        Self.turn(&counter, to: Fixtures.expiry + 1)
        #expect(counter.call("GET", "/v2/positions")?.json == [])
        let after = counter.engine.accounts[Counter.client]?.opening ?? .zero
        #expect((after - before).paise == paise)
    }

    @Test func `a conversion moves what is held to another product`() {
        var counter = Counter()
        counter.quote("100.00", bid: "99.95", ask: "100.00")
        counter.order("BUY", 70)
        let before = counter.engine.available(Counter.client)
        let body: JSON = [
            "fromProductType": "INTRADAY", "toProductType": "MARGIN",
            "exchangeSegment": "NSE_FNO", "positionType": "LONG", "securityId": "51460",
            "convertQty": 35,
        ]
        #expect(counter.call("POST", "/v2/positions/convert", body)?.status == 200)
        let rows = counter.call("GET", "/v2/positions")?.json?.array ?? []
        let net = Dictionary(
            uniqueKeysWithValues: rows.map { ($0["productType"]?.string, $0["netQty"]?.int) })
        #expect(net == ["INTRADAY": 35, "MARGIN": 35])
        #expect(counter.engine.available(Counter.client) == before)
    }

    @Test("The broker asks for a fee where it squares off", arguments: [true, false])
    func fee(byBroker: Bool) {
        var counter = Counter()
        counter.quote("100.00", bid: "99.95", ask: "100.00")
        counter.order("BUY", 35)
        if byBroker {
            counter.now = .at(15, 20)
            counter.wait(0)
        } else {
            counter.call("DELETE", "/v2/positions")
        }
        counter.wait(100)
        let sale = counter.ledger.last { $0.event == .filled }
        let plain = ChargeSchedule().charges(
            for: TradedOrder(
                side: .sell, segment: .nseDerivatives, value: sale?.order.value ?? .zero,
                day: Fixtures.day)
        ).total
        let charges = sale?.order.charges ?? .zero
        #expect((charges - plain).paise == (byBroker ? 23_60 : 0))
        #expect(sale?.json(shift: 0)["charges"]?.int == charges.paise)
    }

    @Test func `a new day's prices begin anew, and yesterday's last is the close before`() {
        var counter = Self.tuesday { $0.quote("120.00") }
        counter.quote("110.00")
        let row = counter.engine.market[Fixtures.call]
        #expect(row?.previousClose == "120.00")
        #expect(row?.high == "110.00")
        #expect(row?.open == "110.00")
    }

    @Test func `expiries of an index are told once in three seconds`() {
        var counter = Counter { $0.limitsRates = true }
        func ask() -> Int? {
            let body: JSON = ["UnderlyingScrip": 25, "UnderlyingSeg": "IDX_I"]
            let headers = ["access-token": Counter.token, "client-id": Counter.client.text]
            counter.engine.handle(
                Call(
                    "POST", "/v2/optionchain/expirylist", headers: headers,
                    body: Array(body.text.utf8)),
                CallID(900), now: counter.now)
            counter.wait(0)
            return counter.reply(to: CallID(900))?.status
        }
        #expect(ask() == 200)
        counter.wait(2_999)
        #expect(ask() == 429)
        counter.wait(1)
        #expect(ask() == 200)
    }
}
