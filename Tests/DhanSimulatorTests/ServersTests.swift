import DhanSimulator
import Support
import Testing
import Trading

@Suite("The simulator: on its ports")
struct ServersTests {
    /// A simulator for one test, at 10:00 of the fixtures' day.
    static func with(
        _ change: (inout SimulatorSettings) -> Void = { _ in },
        _ body: (Simulator, SimulatorPorts) async throws -> Void
    ) async throws {
        var settings = SimulatorSettings()
        settings.engine.instruments = InstrumentList([Fixtures.instrument()])
        settings.clients = [.init(Counter.client, token: Counter.token)]
        settings.clock = .stopped(.at(10, 0))
        settings.engine.profile.latency = .zero
        change(&settings)
        let simulator = try Simulator(settings)
        let ports = try await simulator.start()
        do {
            try await body(simulator, ports)
        } catch {
            await simulator.stop()
            throw error
        }
        await simulator.stop()
    }

    static func login(_ socket: TestWebSocket, token: String = Counter.token) throws {
        try socket.send(
            #"{"LoginReq":{"MsgCode":42,"ClientId":"\#(Counter.client)","Token":"\#(token)"},"#
                + #""UserType":"SELF"}"#)
    }

    @Test func `an order is placed, told on the socket, read, and in the ledger`() async throws {
        try await Self.with { simulator, ports in
            let http = try TestHTTP(port: ports.rest)
            let socket = try TestWebSocket(port: ports.orders)
            #expect(socket.status == 101)
            try Self.login(socket)
            // Who has logged in hears of nothing that came before: wait until it counts.
            while try http.call("GET", "/control/sockets").json?["orders"]?.int != 1 {}
            let quotes: JSON = [
                "quotes": [
                    [
                        "segment": "NSE_FNO", "security_id": "51460", "ltp": "100.00",
                        "bid": "99.90", "ask": "100.00",
                    ]
                ]
            ]
            #expect(try http.call("POST", "/control/quotes", quotes).status == 200)
            let placed = try http.call("POST", "/v2/orders", Counter.body())
            let number = placed.json?["orderId"]?.string
            #expect(placed.status == 200)
            for status in ["Transit", "Pending", "Traded"] {
                let word = JSON(parsing: try socket.text())
                #expect(word?["Type"]?.string == "order_alert")
                #expect(word?["Data"]?["status"]?.string == status)
                #expect(word?["Data"]?["orderNo"]?.string == number)
                #expect(word?["Data"]?["correlationId"]?.string == "entry-1")
            }
            let book = try http.call("GET", "/orders").json?.array
            #expect(book?.first?["orderStatus"]?.string == "TRADED")
            let ledger = try http.call("GET", "/control/ledger")
            let lines = String(decoding: ledger.body, as: UTF8.self).split(separator: "\n")
            #expect(lines.count == 3)
            #expect(await simulator.ledger().count == 3)
        }
    }

    @Test func `a bad token on the order socket is a reset without a word`() async throws {
        try await Self.with { _, ports in
            let socket = try TestWebSocket(port: ports.orders)
            try Self.login(socket, token: "wrong")
            #expect(throws: TestSocket.Lost.self) { try socket.text() }
        }
    }

    @Test func `one connection carries many calls, and a ping has its pong`() async throws {
        try await Self.with { _, ports in
            let http = try TestHTTP(port: ports.rest)
            for _ in 0..<5 { #expect(try http.call("GET", "/v2/fundlimit").status == 200) }
            let socket = try TestWebSocket(port: ports.orders)
            try socket.send("hello", opcode: 9)
            let (opcode, bytes) = try socket.receive()
            #expect(opcode == 10)
            #expect(String(decoding: bytes, as: UTF8.self) == "hello")
        }
    }

    @Test func `what is planned happens on the wall's clock too`() async throws {
        try await Self.with {
            $0.clock = .starting(at: .at(10, 0))
            $0.engine.profile.latency = .milliseconds(20)
        } _: { simulator, ports in
            let http = try TestHTTP(port: ports.rest)
            #expect(try http.call("POST", "/v2/orders", Counter.body()).status == 200)
            while try http.call("GET", "/v2/orders").json?.array?.first?["orderStatus"]?.string
                != "PENDING"
            {}
            #expect(await simulator.isQuiet())
        }
    }
}
