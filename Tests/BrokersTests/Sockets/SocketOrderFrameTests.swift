import Brokers
import Testing
import Trading

@Suite struct `Order frames` {
    private static let account: AccountID = "alpha"
    private static let now = EventTime(milliseconds: 1_765_771_368_948)

    private func read(_ text: String) -> OrderFrame { OrderFrame(Array(text.utf8)) }
    private func events(_ text: String) -> [BrokerEvent] {
        read(text).alerts.map { $0.event(of: Self.account, at: Self.now) }
    }

    private static let live = """
        {"Data":{"exchange":"NSE","segment":"D","securityId":"51460","clientId":"1000000001",\
        "orderNo":"34791483351","txnType":"S","quantity":70,"tradedQty":35,"avgTradedPrice":524.3,\
        "status":"Pending","reasonDescription":"CONFIRMED","correlationId":"251215-7k2m9qwzx-x2-1"},\
        "Type":"order_alert"}
        """

    private static let expected = BrokerEvent(
        account: account, source: "socket", number: "34791483351",
        order: CorrelationID("251215-7k2m9qwzx", .exit, attempt: 2, slice: 1),
        instrument: InstrumentID(.nseDerivatives, "51460"), side: .sell, status: "Pending",
        filled: Quantity(35), averagePrice: Price(paise: 52_430),
        value: Money(paise: 1_835_050), precision: .rounded, at: now)

    @Test(arguments: [
        // (how it is written, the frame)
        ("camelCase", live),
        (
            "PascalCase",
            live.replacing("\"orderNo\"", with: "\"OrderNo\"")
                .replacing("\"txnType\"", with: "\"TxnType\"")
                .replacing("\"tradedQty\"", with: "\"TradedQty\"")
                .replacing("\"correlationId\"", with: "\"CorrelationId\"")
        ),
        (
            "snake_case",
            live.replacing("\"orderNo\"", with: "\"order_no\"")
                .replacing("\"securityId\"", with: "\"security_id\"")
                .replacing("\"avgTradedPrice\"", with: "\"avg_traded_price\"")
        ),
        (
            "numbers as strings",
            live.replacing(":35,", with: ":\"35\",")
                .replacing("524.3,", with: "\"524.30\",")
        ),
        (
            "strings as numbers",
            live.replacing("\"34791483351\"", with: "34791483351")
                .replacing("\"51460\"", with: "51460")
        ),
        ("noise behind the paisa", live.replacing("524.3,", with: "524.30000001,")),
        ("whole numbers with a point", live.replacing(":35,", with: ":35.0,")),
        ("an exponent", live.replacing("524.3,", with: "5.243E2,")),
        (
            "a key twice, the second one blank",
            live.replacing(
                "\"status\":\"Pending\"", with: "\"Status\":\"Pending\",\"status\":\"\"")
        ),
        (
            "a key twice, the last one counts",
            live.replacing(
                "\"status\":\"Pending\"", with: "\"Status\":\"Traded\",\"status\":\"Pending\"")
        ),
        (
            "a key twice in one spelling, as the documents' sample has it",
            live.replacing(
                "\"status\":\"Pending\"",
                with: "\"status\":\"Pending\",\"remarks\":\"NR\",\"remarks\":\"Super Order\"")
        ),
        (
            "fields that nobody knows",
            live.replacing(
                "\"txnType\"", with: "\"x\":{\"y\":[1,null,true,{}]},\"txnType\"")
        ),
        (
            "space between everything",
            live.replacing(",", with: " ,\n\t")
                .replacing(":", with: " : ")
        ),
    ])
    func `are read however they are written:`(how: String, text: String) {
        let frame = read(text)
        #expect(frame.refusals == [])
        #expect(frame.alerts.map { $0.event(of: Self.account, at: Self.now) } == [Self.expected])
    }

    @Test func `several objects stand in one frame without a separator`() {
        let other = Self.live.replacing("34791483351", with: "34791483352")
        let found = events(Self.live + other + "\n" + Self.live)
        #expect(found.map(\.number) == ["34791483351", "34791483352", "34791483351"])
        #expect(events("[\(Self.live),\(other)]").count == 2)
    }

    @Test func `what stands before a torn object is read`() {
        let frame = read(Self.live + String(Self.live.dropLast(40)))
        #expect(frame.alerts.count == 1)
        #expect(frame.refusals.count == 1)
    }

    @Test(arguments: [
        // (the tag, whether it is ours)
        ("251215-7k2m9qwzx-x2-1", true), ("NA", false), ("", false), ("by hand", false),
        ("251215-7k2m9qwzx-x02-1", false), ("SQROFF-1-2", false),
        ("251215-7k2m9qwzx-x2-1-and-more-than-25", false),
    ])
    func `only a tag of ours names an order:`(tag: String, isOurs: Bool) {
        let text = Self.live.replacing("251215-7k2m9qwzx-x2-1", with: tag)
        #expect(events(text).map { $0.order != nil } == [isOurs])
    }

    @Test func `what the broker leaves out is not made up`() {
        let text =
            #"{"Type":"order_alert","Data":{"orderNo":"1","status":"Rejected","#
            + #""reasonDescription":"RMS: margin\nshort","txnType":"","avgTradedPrice":0,"#
            + #""correlationId":null}}"#
        #expect(
            events(text) == [
                BrokerEvent(
                    account: Self.account, source: "socket", number: "1", order: nil,
                    status: "Rejected", reason: "RMS: margin short", at: Self.now)
            ])
    }

    @Test(arguments: [
        // (what is wrong, the field, what stands there)
        ("\"34791483351\"", "\"\"", "orderNo"), ("\"34791483351\"", "\"0\"", "orderNo"),
        ("\"34791483351\"", "\"1 2\"", "orderNo"), ("\"Pending\"", "\"\"", "status"),
        ("\"Pending\"", "\"\(String(repeating: "x", count: 41))\"", "status"),
        (":35,", ":-1,", "tradedQty"), (":35,", ":\"many\",", "tradedQty"),
        (":35,", ":35.5,", "tradedQty"), (":35,", ":71,", "tradedQty"),
        (":35,", ":99999999999999999999,", "tradedQty"), ("524.3", "-524.3", "avgTradedPrice"),
        ("524.3", "1e99", "avgTradedPrice"), ("524.3", "\"NaN\"", "avgTradedPrice"),
        ("524.3", "5000001", "avgTradedPrice"), ("\"S\"", "\"X\"", "txnType"),
    ])
    func `an alert that cannot be is refused:`(from: String, to: String, field: String) {
        let frame = read(Self.live.replacing(from, with: to))
        #expect(frame.alerts == [])
        guard case .field(let name, _)? = frame.refusals.first else {
            Issue.record("\(frame.refusals)")
            return
        }
        #expect(name == field)
    }

    @Test(arguments: [
        // (frame, others, refusals, whether there are too many connections)
        ("429 Too Many Requests", 0, 0, true), ("too many requests", 0, 0, true),
        (#"{"message":"Too Many Requests"}"#, 1, 0, true), (#"{"errorCode":429}"#, 1, 0, true),
        ("2", 1, 0, false), ("", 1, 0, false), (#"{"Type":"hello","Data":{}}"#, 1, 0, false),
        ("{}", 1, 0, false), (#"{"Type":"order_alert","Data":"x"}"#, 0, 1, false),
        (#"{"Type":"order_alert"}"#, 0, 1, false), ("[1]", 0, 1, false),
        (#"{"Type":"order_alert","Data":{"#, 0, 1, false), ("{'a':1}", 0, 1, false),
        (#"{"a":"\ud83d"}"#, 0, 1, false), (#"{"a":"\uzzzz"}"#, 0, 1, false),
        (String(repeating: "[", count: 100_000), 0, 1, false),
    ])
    func `what is no alert is told apart:`(
        text: String, others: Int, refusals: Int, isTooMany: Bool
    ) {
        let frame = read(text)
        #expect(frame.alerts == [])
        #expect(frame.others.count == others)
        #expect(frame.refusals.count == refusals)
        #expect(frame.isTooMany == isTooMany)
    }

    @Test(.enabled(if: RecordedSockets.isThere, "no recorded sockets in ../shared/data"))
    func `recorded frames are read to the last one`() throws {
        let bytes = try RecordedSockets.read(RecordedSockets.orders)
        let frame = OrderFrame(bytes)
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        #expect(frame.refusals == [] && frame.others == [])
        #expect(frame.alerts.count == lines.count && lines.count == 4)
        let events = frame.alerts.map { $0.event(of: Self.account, at: Self.now) }
        #expect(events.map(\.status) == ["Pending", "Traded", "Pending", "Traded"])
        #expect(events.map(\.filled) == [Quantity(0), Quantity(1), Quantity(0), Quantity(1)])
        #expect(events.map(\.side) == [.buy, .buy, .sell, .sell])
        #expect(Set(events.map(\.instrument)) == [InstrumentID(.nseEquity, "14366")])
        #expect(events.dropFirst().first?.averagePrice == Price(paise: 1_028))
        #expect(events.allSatisfy { $0.order == nil && $0.reason == nil })
    }

    /// A person's sale under another product takes nothing of ours.
    @Test(
        "Of an order that is not ours, only the product that is traded here has a contract",
        arguments: [
            (#""product":"I","productName":"INTRADAY""#, true), (#""product":"M""#, false),
            (#""productName":"MARGIN""#, false), (#""product":"I""#, true),
        ])
    func product(fields: String, isOurs: Bool) throws {
        let ours = Self.live.replacing("\"txnType\"", with: fields + ",\"txnType\"")
        #expect(events(ours).map(\.instrument) == [Self.expected.instrument])
        let other = ours.replacing("251215-7k2m9qwzx-x2-1", with: "NA")
        #expect(events(other).map(\.instrument) == [isOurs ? Self.expected.instrument : nil])
    }
}
