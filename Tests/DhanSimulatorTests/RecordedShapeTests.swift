import DhanSimulator
import Support
import Testing
import Trading

@Suite("The simulator: recorded answers", .enabled(if: !RecordedAnswers.all.isEmpty))
struct RecordedShapeTests {
    /// Recorded, and not simulated: the sandbox's profile, and a trade whose row looks made up.
    private static func isLeftOut(_ exchange: RecordedAnswers.Exchange) -> Bool {
        switch exchange.file {
        case "profile": exchange.answer["mtf"] == nil
        case "trades":
            exchange.answer.members != nil
        // An underlying by its exchange's token.
        case "optionchain", "optionchain_expirylist": exchange.isByToken
        default: false
        }
    }

    @Test("The same request has an answer of the same shape", arguments: RecordedAnswers.all)
    func shape(exchange: RecordedAnswers.Exchange) {
        guard !Self.isLeftOut(exchange) else { return }
        var counter = Self.counter(for: exchange)
        let target = Self.prepare(&counter, exchange)
        let reply = counter.replay(exchange, target)
        #expect(reply?.status == exchange.status)
        #expect(reply?.json?.shape == exchange.answer.shape)
    }

    private static func equity(_ segment: Segment, _ id: String) -> Instrument {
        Instrument(
            id: InstrumentID(segment, id), symbol: "SHARE", index: "SHARE", kind: .other,
            lot: Quantity(1), tickSize: Price(paise: 1))
    }

    private static func counter(for exchange: RecordedAnswers.Exchange) -> Counter {
        var counter = Counter { settings in
            settings.limitsRates = exchange.status == 429
            // The calendar does not hold the year of the trades that were recorded.
            settings.keepsHours = !exchange.isHistory
            settings.instruments = InstrumentList([
                Fixtures.instrument(), equity(.bseEquity, "539310"),
                equity(.nseEquity, "13247"),
                Fixtures.instrument(
                    exchange.answer.text.contains("49081") ? "NSE_FNO:49081" : "NSE_FNO:90000"),
                Fixtures.instrument(
                    "NSE_FNO:90001", index: "NIFTY", strike: "25000.00",
                    expiry: exchange.expiry ?? Day(2026, 12, 29)),
                Fixtures.instrument(
                    "NSE_FNO:90002", index: "NIFTY", strike: "25000.00", side: .put,
                    expiry: exchange.expiry ?? Day(2026, 12, 29)),
            ])
        }
        counter.quote("25000.00", of: "IDX_I:13")
        return counter
    }

    /// Brings about what was recorded; the target, with our own order's number where it has one.
    private static func prepare(
        _ counter: inout Counter, _ exchange: RecordedAnswers.Exchange
    ) -> String {
        let amo: [String: JSON] = [
            "exchangeSegment": "BSE_EQ", "securityId": "539310", "productType": "CNC",
            "afterMarketOrder": true, "price": .number("0.36"),
        ]
        switch exchange.file {
        case "orders":
            guard exchange.answer != [], exchange.status != 401 else { return exchange.target }
            counter.now = .at(20, 0)
            if exchange.method == "PUT" { counter.now = .at(10, 0) }
            let changes = exchange.method == "PUT" ? [:] : amo
            let number = counter.order("BUY", 35, changes)
            counter.now = .at(20, 0)
            return exchange.target.replacing(/[0-9]{12}/, with: number.text)
        case "trades", "positions":
            guard exchange.answer != [] else { return exchange.target }
            if exchange.isHistory { counter.now = .at(10, 0, on: Day(2024, 12, 30)) }
            defer { if exchange.isHistory { counter.now = .at(10, 0, on: Day(2025, 3, 15)) } }
            counter.quote("100.00", bid: "99.95", ask: "100.00")
            counter.order()
        case "charts_intraday", "charts_historical":
            guard let bars = exchange.answer["open"]?.array, !bars.isEmpty else { break }
            counter.tickOnFirstDay(of: exchange)
        case "misc_errors":
            return exchange.target.replacing(/<REDACTED>/, with: "000000")
                .replacing("dhanClientId=000000&pin=000000", with: Counter.login)
                .replacing("000000", with: "1")
        default: break
        }
        return exchange.target
    }
}

extension RecordedAnswers.Exchange {
    fileprivate var isByToken: Bool { body?["underlyingScrip"]?.int == 26_000 }

    fileprivate var isHistory: Bool { file == "trades" && target.contains("-") }

    fileprivate var expiry: Day? {
        (body?["Expiry"] ?? body?["expiry"])?.string.flatMap(Day.init(text:))
    }
}

extension Counter {
    fileprivate static let login = "dhanClientId=\(client)&pin=123456"

    fileprivate mutating func replay(
        _ exchange: RecordedAnswers.Exchange, _ target: String
    ) -> Reply? {
        var headers = ["access-token": Self.token, "client-id": Self.client.text]
        let text = exchange.answer["errorMessage"]?.string
        if exchange.status == 401 { headers["access-token"] = "unknown" }
        if text == "Invalid Token" { engine.killToken(of: Self.client) }
        var body = exchange.body
        // One body was blanked when it was recorded.
        if body?.string != nil {
            body = [
                "securityId": "13", "exchangeSegment": "IDX_I", "interval": "5",
                "fromDate": "2025-10-29", "toDate": "2025-10-31",
            ]
        }
        let call = Call(
            exchange.method, target, headers: headers, body: Array((body?.text ?? "").utf8))
        // One more than the limiter takes.
        for _ in 0..<(exchange.status == 429 ? 6 : 1) {
            engine.handle(call, CallID(1), now: now)
        }
        wait(0)
        return reply(to: CallID(1))
    }

    fileprivate mutating func tickOnFirstDay(of exchange: RecordedAnswers.Exchange) {
        let body = exchange.body
        let day = body?["fromDate"]?.string.flatMap(Day.init(text:)) ?? Day(2025, 10, 29)
        let segment = body?["exchangeSegment"]?.string.flatMap(Segment.init(rawValue:)) ?? .index
        let id = body?["securityId"]?.scalar ?? "13"
        let quote = Quote(ltp: "100.00", at: EventTime(day, TimeOfDay(10, 0)))
        engine.market.take(Tick(instrument: InstrumentID(segment, id), quote: quote))
    }
}
