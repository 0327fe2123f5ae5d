import DhanSimulator
import Support
import Testing
import Trading

@Suite("The simulator: quotes, chains, charts, instruments")
struct DataTests {
    private static func post(
        _ path: String, _ body: JSON, _ counter: inout Counter, client: String? = "1000000001"
    ) -> Reply? {
        var headers = ["access-token": Counter.token]
        headers["client-id"] = client
        let call = Call("POST", path, headers: headers, body: Array(body.text.utf8))
        counter.engine.handle(call, CallID(1_000), now: counter.now)
        counter.wait(0)
        return counter.reply(to: CallID(1_000))
    }

    private static func traded() -> Counter {
        var counter = Counter()
        counter.quote("100.00", bid: "99.95", ask: "100.05")
        counter.wait(60_000)
        counter.quote("104.00", bid: "103.95", ask: "104.05")
        counter.wait(30_000)
        counter.quote("98.00", bid: "97.95", ask: "98.05")
        return counter
    }

    @Test
    func `a quote has the day's prices; what has not traded has zeros, what is unknown nothing`() {
        var counter = Self.traded()
        let body: JSON = ["NSE_FNO": [51_460, 51_461, 1], "Nonsense": [1]]
        let data = Self.post("/v2/marketfeed/quote", body, &counter)?.json?["data"]
        #expect(data?.members?.map(\.key) == ["NSE_FNO"])
        let row = data?["NSE_FNO"]?["51460"]
        #expect(row?["last_price"] == 98)
        #expect(row?["ohlc"] == ["open": 100, "close": 100, "high": 104, "low": 98])
        #expect(row?["depth"]?["buy"]?.array?.first?["price"] == .number("97.95"))
        #expect(row?["last_trade_time"]?.string == "15/12/2025 10:01:30")
        #expect(data?["NSE_FNO"]?["51461"]?["last_price"] == 0)
        #expect(data?["NSE_FNO"]?["1"] == nil)
    }

    @Test func `data needs the client's id, and a plan`() {
        var counter = Counter()
        let body: JSON = ["NSE_FNO": [51_460]]
        let nameless = Self.post("/v2/marketfeed/ltp", body, &counter, client: nil)
        #expect(nameless?.json?["data"]?["810"] != nil)
        _ = counter.engine.withAccount(Counter.client) { $0.hasData = false }
        #expect(Self.post("/v2/marketfeed/ltp", body, &counter)?.json?["data"]?["806"] != nil)
    }

    @Test func `minutes are bars, counted from the session's start`() {
        var counter = Self.traded()
        func bars(_ interval: String) -> JSON? {
            let body: JSON = [
                "securityId": "51460", "exchangeSegment": "NSE_FNO", "instrument": "OPTIDX",
                "interval": .string(interval), "fromDate": "2025-12-15", "toDate": "2025-12-15",
            ]
            return Self.post("/v2/charts/intraday", body, &counter)?.json
        }
        let minutes = bars("1")
        #expect(minutes?["open"] == [.number("100.0"), .number("104.0")])
        #expect(minutes?["close"] == [.number("100.0"), .number("98.0")])
        let first = EventTime.at(10, 0).milliseconds / 1_000
        #expect(minutes?["timestamp"] == [.number("\(first).0"), .number("\(first + 60).0")])
        let hours = bars("60")
        #expect(hours?["high"] == [.number("104.0")])
        let start = EventTime.at(9, 15).milliseconds / 1_000
        #expect(hours?["timestamp"] == [.number("\(start).0")])
    }

    @Test func `an option chain has both sides of a strike, once in three seconds`() {
        var counter = Counter { $0.limitsRates = true }
        counter.quote("100.00", bid: "99.95", ask: "100.05")
        counter.quote("59400.00", of: Fixtures.indexInstrument)
        let body: JSON = [
            "UnderlyingScrip": 25, "UnderlyingSeg": "IDX_I", "Expiry": "2025-12-30",
        ]
        let data = Self.post("/v2/optionchain", body, &counter)?.json?["data"]
        #expect(data?["last_price"] == 59_400)
        let strike = data?["oc"]?["59500.000000"]
        #expect(strike?["ce"]?["last_price"] == 100)
        #expect(strike?["pe"]?["last_price"] == 0)
        counter.wait(2_999)
        #expect(Self.post("/v2/optionchain", body, &counter)?.status == 429)
        counter.wait(1)
        #expect(Self.post("/v2/optionchain", body, &counter)?.status == 200)
        counter.wait(1_000)
        let days = Self.post("/v2/optionchain/expirylist", body, &counter)?.json?["data"]
        #expect(days == ["2025-12-30"])
    }

    @Test func `the instrument list is there for everybody`() {
        var counter = Counter()
        let reply = counter.call("GET", "/api-data/api-scrip-master-detailed.csv", token: nil)
        let lines = String(decoding: reply?.body ?? [], as: UTF8.self).split(separator: "\n")
        let names = lines[0].split(separator: ",").map(String.init)
        let row = lines[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let cells = Dictionary(zip(names, row)) { first, _ in first }
        #expect(cells["SECURITY_ID"] == "51460")
        #expect(cells["SEGMENT"] == "D")
        #expect(cells["LOT_SIZE"] == "35.0")
        #expect(cells["STRIKE_PRICE"] == "59500.00000")
        #expect(cells["TICK_SIZE"] == "5.0000")
        #expect(cells["SM_FREEZE_QTY"] == "601.0")
        #expect(row.last == "")
        #expect(counter.call("GET", "/v2/instrument/NSE_FNO", token: nil)?.status == 200)
    }

    @Test func `a halt matches nothing, and a late holiday takes no orders`() {
        var counter = Counter()
        counter.quote("100.00", bid: "99.95", ask: "100.00")
        counter.engine.settings.isHalted = true
        let number = counter.order()
        #expect(counter.status(number) == .pending)
        counter.engine.settings.isHalted = false
        counter.quote("100.00", bid: "99.95", ask: "100.00")
        #expect(counter.status(number) == .traded)
        counter.engine.settings.calendar = TradingCalendar.derivatives.amended(
            closed: [Fixtures.day: .holiday("announced late")])
        let late = counter.order()
        #expect(counter.status(late) == .rejected)
    }

    @Test("A walk is the same for a seed, and never at nothing", arguments: 0..<8 as Range<UInt64>)
    func walk(seed: UInt64) {
        var first = RandomWalk(seed: seed, [Fixtures.instrument()], start: "0.50")
        var second = first
        for count in 0..<500 {
            let now = EventTime.at(10, 0) + .seconds(count)
            let ticks = first.next(at: now)
            #expect(ticks == second.next(at: now))
            #expect(ticks.allSatisfy { ($0.quote.bid ?? "0.00") > "0.00" })
        }
    }
}
