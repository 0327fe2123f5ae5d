import Support
import Testing
import Trading

@testable import Brokers

/// Rows as the broker writes them, with what a test changes.
enum DhanRows {
    static func order(_ changes: [String: JSON?] = [:]) -> JSON {
        row(
            [
                "dhanClientId": .string("1000000001"), "orderId": .string("112"),
                "correlationId": .string("251215-7k2m9qwzx-e1-1"),
                "orderStatus": .string("PART_TRADED"), "transactionType": .string("BUY"),
                "exchangeSegment": .string("NSE_FNO"), "securityId": .string("51460"),
                "quantity": .number("70"), "filledQty": .number("35"),
                "averageTradedPrice": .number("100.05"), "price": .number("102.0"),
                "omsErrorDescription": .string("CONFIRMED"), "unheardOf": .object([:]),
            ], changes)
    }

    static func trade(_ changes: [String: JSON?] = [:]) -> JSON {
        row(
            [
                "orderId": .string("112"), "exchangeTradeId": .string("9"),
                "transactionType": .string("BUY"), "exchangeSegment": .string("NSE_FNO"),
                "securityId": .string("51460"), "tradedQuantity": .number("35"),
                "tradedPrice": .number("100.05"),
            ], changes)
    }

    static func position(_ changes: [String: JSON?] = [:]) -> JSON {
        row(
            [
                "exchangeSegment": .string("NSE_FNO"), "securityId": .string("51460"),
                "positionType": .string("LONG"), "productType": .string("INTRADAY"),
                "netQty": .number("35"), "realizedProfit": .number("0.94999695"),
            ], changes)
    }

    private static func row(_ fields: [String: JSON], _ changes: [String: JSON?]) -> JSON {
        .object(fields.merging(changes.compactMapValues { $0 ?? .null }) { $1 })
    }
}

@Suite struct DhanBooksTests {
    static func join(
        _ orders: [JSON], _ trades: [JSON] = [], _ positions: [JSON] = []
    ) throws -> BrokerBooks {
        try DhanBooks(
            orders: DhanOrder.book(.array(orders)), trades: DhanTrade.book(.array(trades)),
            positions: DhanPosition.list(.array(positions))
        ).joined()
    }

    @Test func `an order is read with its tag, contract, side and fills`() throws {
        let order = try #require(try Self.join([DhanRows.order()]).orders.first)
        #expect(order.number == "112" && order.correlation?.text == "251215-7k2m9qwzx-e1-1")
        #expect(order.instrument == "NSE_FNO:51460" && order.side == .buy)
        #expect(order.status == "PART_TRADED" && order.reason == nil)
        #expect(order.quantity.units == 70 && order.filled.units == 35)
        #expect(order.value == "3501.75")
    }

    @Test(arguments: ["NA", "1000000001-1773050100000", ""])
    func `a tag that is not ours is nobody's:`(tag: String) throws {
        let order = try Self.join([DhanRows.order(["correlationId": .string(tag)])]).orders[0]
        #expect(order.correlation == nil && order.number == "112")
    }

    @Test func `texts for numbers and numbers for texts are as good`() throws {
        let order = try Self.join([
            DhanRows.order([
                "orderId": .number("112"), "quantity": .string("70"), "filledQty": .string("35.0"),
                "averageTradedPrice": .string("1.0005E2"), "securityId": .number("51460"),
            ])
        ])
        #expect(try order == Self.join([DhanRows.order()]))
    }

    @Test func `a trade that the book does not show yet counts`() throws {
        let order = DhanRows.order(["filledQty": .number("0"), "averageTradedPrice": .number("0")])
        let books = try Self.join([order], [DhanRows.trade()])
        #expect(books.orders[0].filled.units == 35 && books.orders[0].value == "3501.75")
    }

    @Test func `trades are exact where an average is rounded`() throws {
        let order = DhanRows.order([
            "filledQty": .number("70"), "averageTradedPrice": .number("100.02857"),
            "orderStatus": .string("TRADED"),
        ])
        let trades = [
            DhanRows.trade(["tradedPrice": .number("100.00")]),
            DhanRows.trade(["exchangeTradeId": .string("10"), "tradedPrice": .number("100.05")]),
        ]
        #expect(try Self.join([order], trades).orders[0].value == "7001.75")
        #expect(try Self.join([order], trades).orders[0].precision == .exact)
        #expect(try Self.join([order], [trades[0]]).orders[0].precision == .rounded)
        // A book that is ahead of its trades is believed.
        #expect(try Self.join([order], [trades[0]]).orders[0].value == "7002.00")
    }

    @Test func `a trade that is listed twice counts once, one without a number each time`() throws {
        let order = DhanRows.order()
        let twice = try Self.join([order], [DhanRows.trade(), DhanRows.trade()])
        #expect(twice.orders[0].filled.units == 35)
        let unnamed = DhanRows.trade(["exchangeTradeId": nil as JSON?])
        #expect(try Self.join([order], [unnamed, unnamed]).orders[0].filled.units == 70)
    }

    @Test func `an order that is listed twice has its later fills`() throws {
        let later = DhanRows.order(["filledQty": .number("70"), "orderStatus": .string("TRADED")])
        for rows in [[DhanRows.order(), later], [later, DhanRows.order()]] {
            let books = try Self.join(rows)
            #expect(books.orders.map(\.filled.units) == [70])
        }
    }

    @Test func `a contract under another product is another holding`() throws {
        let margin = DhanRows.position([
            "productType": .string("MARGIN"), "netQty": .number("-70"),
            "positionType": .string("SHORT"),
        ])
        let books = try Self.join([], [], [DhanRows.position(), margin])
        #expect(books.net == ["NSE_FNO:51460": Quantity(35)])
        let sold = DhanRows.order([
            "correlationId": .string("NA"), "productType": .string("MARGIN"),
            "transactionType": .string("SELL"),
        ])
        #expect(try Self.join([sold]).orders[0].instrument == nil)
        let ours = DhanRows.order(["productType": .string("INTRADAY")])
        #expect(try Self.join([ours]).orders[0].instrument == "NSE_FNO:51460")
        let flat = DhanRows.position(["netQty": .number("0"), "positionType": .string("CLOSED")])
        #expect(try Self.join([], [], [flat]).net.isEmpty)
    }

    @Test(
        "What keeps an account from being flat, and is not ours",
        arguments: [
            // segment, product, units
            ("NSE_FNO", "INTRADAY", 35, []), ("NSE_FNO", "", 35, []),
            ("NSE_FNO", "MARGIN", -70, ["-70 NSE_FNO:51460 MARGIN"]),
            ("NSE_FNO", "MARGIN", 0, []),
            ("BSE_FNO", "CNC", 20, ["20 BSE_FNO:51460 CNC"]),
            ("MCX_COMM", "MARGIN", 1, ["1 MCX_COMM:51460 MARGIN"]),
            ("MOON_FNO", "INTRADAY", 35, ["35 MOON-CALL INTRADAY"]),
            ("NSE_EQ", "MARGIN", 5, ["5 NSE_EQ:51460 MARGIN"]),
            // Shares that are kept, and such as are sold out of the holdings.
            ("NSE_EQ", "CNC", 1, []), ("BSE_EQ", "CNC", -1, []), ("NSE_EQ", "mtf", 1, []),
        ] as [(String, String, Int, [String])])
    func elsewhere(segment: String, product: String, units: Int, left: [String]) throws {
        let position = DhanRows.position([
            "exchangeSegment": .string(segment), "productType": .string(product),
            "netQty": .number(units.text), "positionType": nil,
            "tradingSymbol": .string("MOON-CALL"),
        ])
        let books = try Self.join([], [], [position])
        #expect(books.elsewhere == left)
        #expect(books.net.isEmpty == (segment != "NSE_FNO" || product == "MARGIN"))
    }

    /// Somebody trades shares in the same account.
    @Test func `an odd row of a market where nothing is traded here hides no other`() throws {
        let shares: [String: JSON?] = [
            "exchangeSegment": .string("NSE_EQ"), "correlationId": .string("NA"),
            "orderId": .string("113"), "orderStatus": nil,
        ]
        let books = try Self.join(
            [DhanRows.order(shares), DhanRows.order()],
            [
                DhanRows.trade(["exchangeSegment": .string("NSE_EQ"), "tradedPrice": nil]),
                DhanRows.trade(),
            ],
            [
                DhanRows.position(["exchangeSegment": .string("NSE_EQ"), "netQty": nil]),
                DhanRows.position(),
            ])
        #expect(books.orders.map(\.number) == ["112"])
        #expect(books.net == ["NSE_FNO:51460": Quantity(35)])
        // With a name of ours, or where options are traded, it is not believed.
        for change in [
            ["correlationId": .string("251215-7k2m9qwzx-e1-1")],
            [
                "exchangeSegment": .string("BSE_FNO")
            ],
        ] as [[String: JSON?]] {
            #expect(throws: DhanUnreadable.self) {
                try Self.join([DhanRows.order(shares.merging(change) { $1 })])
            }
        }
    }

    @Test func `what somebody else's order says twice over leaves its contract alone unsettled`()
        throws
    {
        let other = DhanRows.order([
            "correlationId": .string("NA"), "orderId": .string("113"),
            "securityId": .string("51461"), "orderStatus": .string("TRADED"),
        ])
        let books = try Self.join([DhanRows.order(), other])
        #expect(books.orders.map(\.number) == ["112"])
        #expect(books.unsettled == ["NSE_FNO:51461"])
    }

    @Test func `a segment that nobody knows is foreign, not unreadable`() throws {
        let order = DhanRows.order(["exchangeSegment": .string("MOON_FNO")])
        let position = DhanRows.position(["exchangeSegment": .string("MOON_FNO")])
        let books = try Self.join([order], [], [position])
        #expect(books.orders[0].instrument == nil && books.net.isEmpty)
    }

    @Test func `the reason of an order that ended is kept`() throws {
        for (status, reason) in [("REJECTED", "RMS: no"), ("PENDING", nil)] as [(String, String?)] {
            let order = DhanRows.order([
                "orderStatus": .string(status), "omsErrorDescription": .string("RMS: no"),
                "filledQty": .number("0"),
            ])
            #expect(try Self.join([order]).orders[0].reason == reason)
        }
    }
}

/// What must not be believed.
@Suite struct DhanUnreadableTests {
    @Test(
        arguments: [
            ["orderId": nil], ["orderId": .string("")], ["orderId": .string("1 2")],
            ["orderId": .bool(true)], ["orderStatus": nil], ["orderStatus": .array([])],
            ["quantity": nil], ["quantity": .number("-70")], ["quantity": .number("70.5")],
            ["quantity": .number("1e30")], ["quantity": .string("NaN")],
            ["filledQty": nil], ["filledQty": .number("-1")], ["filledQty": .number("71")],
            ["filledQty": .string("many")], ["filledQty": .number("9223372036854775808")],
            ["averageTradedPrice": .number("-1")], ["averageTradedPrice": .number("1e300")],
            ["averageTradedPrice": .number("0")], ["averageTradedPrice": nil],
            ["averageTradedPrice": .number("5000001")],
            ["transactionType": .string("HOLD")], ["securityId": .string("a:b")],
            ["orderStatus": .string("TRADED")],
        ] as [[String: JSON?]])
    func `an order:`(changes: [String: JSON?]) {
        #expect(throws: DhanUnreadable.self) {
            try DhanBooksTests.join([DhanRows.order(changes)])
        }
    }

    @Test(
        arguments: [
            ["orderId": nil], ["tradedQuantity": .number("0")], ["tradedQuantity": .number("-35")],
            ["tradedPrice": .number("0")], ["tradedPrice": .number("-1")], ["tradedPrice": nil],
            ["tradedPrice": .number("1e99")], ["tradedQuantity": .number("71")],
            ["orderId": .string("113")],
        ] as [[String: JSON?]])
    func `a trade:`(changes: [String: JSON?]) {
        #expect(throws: DhanUnreadable.self) {
            try DhanBooksTests.join([DhanRows.order()], [DhanRows.trade(changes)])
        }
    }

    @Test(
        arguments: [
            ["netQty": nil], ["netQty": .number("1e12")], ["netQty": .string("x")],
            ["netQty": .number("-35")], ["positionType": .string("CLOSED")],
            ["securityId": nil], ["realizedProfit": .number("-3.402823669209385e+38")],
        ] as [[String: JSON?]])
    func `a position:`(changes: [String: JSON?]) {
        #expect(throws: DhanUnreadable.self) {
            try DhanBooksTests.join([], [], [DhanRows.position(changes)])
        }
    }

    @Test func `one number for two orders`() {
        let other = DhanRows.order(["transactionType": .string("SELL")])
        #expect(throws: DhanUnreadable.self) {
            try DhanBooksTests.join([DhanRows.order(), other])
        }
    }

    @Test(arguments: ["null", "{}", "7", "\"\"", "[null]", "[[]]", #"{"data":null}"#])
    func `what is no list is not an empty one:`(text: String) throws {
        let json = try JSON.parse(Array(text.utf8))
        #expect(throws: DhanUnreadable.self) { try DhanOrder.book(json) }
        #expect(throws: DhanUnreadable.self) { try DhanTrade.book(json) }
        #expect(throws: DhanUnreadable.self) { try DhanPosition.list(json) }
    }
}
