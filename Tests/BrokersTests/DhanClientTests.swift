import HTTP
import Support
import Testing
import Trading

@testable import Brokers

@Suite(.timeLimit(.minutes(10))) struct DhanClientTests {
    @Test func `an order is asked for with typed values and no empty text`() async throws {
        let desk = try DhanDesk { _ in [.ok(#"{"orderId":"1","orderStatus":"TRANSIT"}"#)] }
        let order = Fixtures.order()
        let placed = await desk.ask { desk.broker.place(order, nonce: "n", left: {}, $0) }
        #expect(placed == .success(Placed(number: "1", status: "TRANSIT")))
        let request = try #require(desk.server.requests.first)
        #expect(request.method == "POST" && request.path == "/v2/orders")
        #expect(request.headers["access-token"] == "token-1")
        #expect(request.headers["content-type"] == "application/json")
        #expect(
            request.body == #"{"correlationId":"\#(order.id)","dhanClientId":"1000000001","#
                + #""exchangeSegment":"NSE_FNO","orderType":"LIMIT","price":102.00,"#
                + #""productType":"INTRADAY","quantity":35,"securityId":"51460","#
                + #""transactionType":"BUY","validity":"DAY"}"#)
    }

    @Test func `a market order has no price`() async throws {
        let desk = try DhanDesk { _ in [.ok(#"{"orderId":"1"}"#)] }
        let order = Fixtures.order(price: nil)
        _ = await desk.ask { desk.broker.place(order, nonce: "n", left: {}, $0) }
        let body = try JSON.parse(Array(try #require(desk.server.requests.first).body.utf8))
        #expect(body["price"] == nil && body["orderType"] == .string("MARKET"))
    }

    @Test func `an order that is not on the wire in time, because there is no token, is not sent`()
        async throws
    {
        let desk = try DhanDesk(tokens: []) { _ in [.ok("{}")] }
        let order = Fixtures.order()
        let result = await desk.ask { desk.broker.place(order, nonce: "n", left: {}, $0) }
        #expect(result == .failure(.notSent("no access token yet")))
        #expect(desk.server.requests.isEmpty && desk.troubles == [.deadToken])
    }

    @Test func `a read with a dead token is made again with the next one`() async throws {
        let dead = #"{"errorType":"O","errorCode":"DH-906","errorMessage":"Invalid Token"}"#
        let desk = try DhanDesk(tokens: ["old", "new"]) { request in
            request.headers["access-token"] == "old" ? [.answer(400, dead)] : [.ok("[]")]
        }
        #expect(try await desk.ask { desk.client.orders($0) }.get() == [])
        #expect(desk.tokens.replaced == ["old"] && desk.troubles.isEmpty)
        #expect(desk.server.requests.count == 2)
    }

    @Test func `without another token somebody is told`() async throws {
        let dead = #"{"errorType":"O","errorCode":"DH-901","errorMessage":"expired"}"#
        let desk = try DhanDesk { _ in [.answer(401, dead)] }
        let result = await desk.ask { desk.client.orders($0) }
        #expect((try? result.get()) == nil)
        #expect(desk.troubles == [.deadToken] && desk.server.requests.count == 1)
    }

    @Test func `an order with a dead token brings the next token, and goes out once`()
        async throws
    {
        let dead = #"{"errorType":"O","errorCode":"DH-906","errorMessage":"Invalid Token"}"#
        let desk = try DhanDesk(tokens: ["old", "new"]) { request in
            request.headers["access-token"] == "old"
                ? [.answer(400, dead)] : [.ok(#"{"orderId":"1"}"#)]
        }
        let order = Fixtures.order()
        let first = await desk.ask { desk.broker.place(order, nonce: "n", left: {}, $0) }
        guard case .failure(.notSent) = first else {
            Issue.record("\(first)")
            return
        }
        #expect(desk.server.requests.count == 1)
        let second = await desk.ask { desk.broker.place(order, nonce: "n", left: {}, $0) }
        #expect(second == .success(Placed(number: "1", status: "TRANSIT")))
    }

    @Test func `with a token that was turned away, one order a second knocks for all`()
        async throws
    {
        let dead = #"{"errorType":"O","errorCode":"DH-906","errorMessage":"Invalid Token"}"#
        let desk = try DhanDesk(tokens: Array(repeating: "same", count: 9)) { _ in
            [.answer(400, dead)]
        }
        let began = HTTPTime.now()
        for _ in 0..<5 {
            let result = await desk.ask {
                desk.broker.place(Fixtures.order(), nonce: "n", left: {}, $0)
            }
            guard case .failure(.notSent) = result else {
                Issue.record("\(result)")
                return
            }
        }
        let pauses = (HTTPTime.now() - began) / TurnedAwayToken.pause
        #expect(desk.server.requests.count <= 1 + pauses)

        let away = TurnedAwayToken()
        let (old, new) = (DhanToken("old"), DhanToken("new"))
        #expect(away.mayKnock(old, at: 0))
        away.turnedAway(old, at: 10)
        #expect(!away.mayKnock(old, at: 1_009) && away.mayKnock(new, at: 1_009))
        #expect(away.mayKnock(old, at: 1_010))
        #expect(!away.mayKnock(old, at: 1_010))
        away.wasLetIn(new)
        #expect(!away.mayKnock(old, at: 1_011))
        away.wasLetIn(old)
        #expect(away.mayKnock(old, at: 1_011))
    }

    @Test func `an order whose kept connection dies is unknown, and sent once`() async throws {
        let desk = try DhanDesk { $0.number == 1 ? [.ok(#"{"orderId":"1"}"#)] : [.close] }
        let order = Fixtures.order()
        _ = await desk.ask { desk.broker.place(order, nonce: "n", left: {}, $0) }
        let result = await desk.ask { desk.broker.place(order, nonce: "n", left: {}, $0) }
        guard case .failure(.unknown) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(desk.server.requests.count == 2)
    }

    @Test func `both ways of saying "no such order" mean not yet known`() async throws {
        let unknown =
            #"{"errorType":"Order_Error","errorCode":"DH-906","errorMessage":"Incorrect"}"#
        let desk = try DhanDesk { request in
            request.path.contains("external") ? [.answer(404, unknown)] : [.ok("[]")]
        }
        let order = Fixtures.order()
        #expect(try await desk.ask { desk.client.order("77", $0) }.get() == nil)
        #expect(try await desk.ask { desk.client.order(tagged: order.id, $0) }.get() == nil)
        #expect(
            desk.server.requests.map(\.path) == [
                "/v2/orders/77", "/v2/orders/external/\(order.id)",
            ])
    }

    @Test func `the books need all three reads`() async throws {
        for broken in ["/v2/orders", "/v2/trades", "/v2/positions"] {
            let desk = try DhanDesk { request in
                request.path == broken ? [.answer(500, "{}")] : [.ok("[]")]
            }
            let result = await desk.ask { desk.broker.books($0) }
            guard case .failure(.unknown) = result else {
                Issue.record("\(broken): \(result)")
                continue
            }
        }
        let desk = try DhanDesk { _ in [.ok("[]")] }
        let books = try await desk.ask { desk.broker.books($0) }.get()
        #expect(books == BrokerBooks(orders: [], net: [:]))
    }

    /// Every look would else wait for all three.
    @Test(arguments: ["/v2/trades", "/v2/positions"])
    func `an order in the order book is found without:`(broken: String) async throws {
        let row = JSON.array([DhanRows.order()]).text
        let desk = try DhanDesk { request in
            if request.path == broken { return [.answer(500, "{}")] }
            return [.ok(request.path == "/v2/orders" ? row : "[]")]
        }
        let book = try await desk.ask { desk.broker.orders($0) }.get()
        #expect(book.orders.map(\.number) == ["112"] && !book.isWhole)
        let whole = try DhanDesk { request in [.ok(request.path == "/v2/orders" ? row : "[]")] }
        #expect(try await whole.ask { whole.broker.orders($0) }.get().isWhole)
    }

    @Test func `the kill switch is believed when it has moved`() async throws {
        for (stands, isOn) in [("ACTIVATE", true), ("DEACTIVATE", false)] {
            let desk = try DhanDesk { request in
                [.ok(#"{"killSwitchStatus":"\#(request.method == "GET" ? stands : "done")"}"#)]
            }
            let result = await desk.ask { desk.client.setKillSwitch(true, $0) }
            #expect(((try? result.get()) != nil) == isOn)
            let path = "/v2/killswitch?killSwitchStatus=ACTIVATE"
            #expect(desk.server.requests.map(\.path) == [path, "/v2/killswitch"])
        }
    }
}
