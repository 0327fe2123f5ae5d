import DhanSimulator
import Support
import Testing
import Trading

@Suite("The simulator: market feed")
struct FeedTests {
    static func target(_ token: String = Counter.token) -> String {
        "/?version=2&token=\(token)&clientId=\(Counter.client)&authType=2"
    }

    static func subscribe(_ code: Int, _ socket: TestWebSocket, _ ids: [String] = ["51460"]) throws
    {
        let list = ids.map { #"{"ExchangeSegment":"NSE_FNO","SecurityId":"\#($0)"}"# }
        try socket.send(
            #"{"RequestCode":\#(code),"InstrumentCount":\#(ids.count),"InstrumentList":["#
                + list.joined(separator: ",") + "]}")
    }

    static func tick(_ ltp: Price) -> Tick {
        Tick(
            instrument: Fixtures.call,
            quote: Quote(
                ltp: ltp, bid: "99.95", ask: "100.05", bidQuantity: Quantity(70),
                askQuantity: Quantity(140), openInterest: 1_000, at: .at(10, 0)),
            volume: 70_000, lastQuantity: Quantity(65_570))
    }

    private func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int {
        (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << ($1 * 8) }
    }

    private func float(_ bytes: [UInt8], _ offset: Int) -> Float {
        Float(bitPattern: UInt32(number(bytes, offset, 4)))
    }

    @Test(
        "Packets have their length, fields and places",
        arguments: [
            (15, 2, 16), (17, 4, 50), (19, 3, 112), (21, 8, 162),
        ])
    func packets(code: Int, kind: Int, length: Int) async throws {
        try await ServersTests.with { simulator, ports in
            await simulator.quote([Self.tick("100.00")])
            let socket = try TestWebSocket(port: ports.feed, target: Self.target())
            try Self.subscribe(code, socket)
            let (opcode, bytes) = try socket.receive()
            #expect(opcode == 2)
            #expect(bytes.count == length)
            #expect(Int(bytes[0]) == kind)
            #expect(bytes[3] == 2)
            #expect(number(bytes, 4, 4) == 51_460)
            #expect(float(bytes, 8) == 100)
            #expect(number(bytes, 1, 2) == length)
            if code == 19 {
                #expect(float(bytes, 12 + 12) == 99.95)
                return
            }
            // Counted on India's clock: read as UTC it shows ten o'clock.
            let tradedAt = number(bytes, code == 15 ? 12 : 14, 4)
            #expect(tradedAt % 86_400 == 10 * 3_600)
            guard code == 21 else { return }
            #expect(number(bytes, 12, 2) == 65_570 - 65_536)
            #expect(number(bytes, 26, 4) == 140)
            #expect(number(bytes, 30, 4) == 70)
            #expect(number(bytes, 34, 4) == 1_000)
            #expect(float(bytes, 62 + 12) == 99.95)
        }
    }

    @Test func `what was left ticks no more, and what does not exist never does`() async throws {
        try await ServersTests.with { simulator, ports in
            let socket = try TestWebSocket(port: ports.feed, target: Self.target())
            try Self.subscribe(15, socket, ["51460", "999"])
            // Answered once everything before it was read.
            try socket.send("", opcode: 9)
            #expect(try socket.receive().opcode == 10)
            await simulator.quote([Self.tick("100.00")])
            #expect(float(try socket.receive().bytes, 8) == 100)
            try Self.subscribe(16, socket)
            try Self.subscribe(15, socket, ["51461"])
            try socket.send("", opcode: 9)
            #expect(try socket.receive().opcode == 10)
            await simulator.quote([Self.tick("101.00")])
            try Self.subscribe(15, socket)
            #expect(float(try socket.receive().bytes, 8) == 101)
        }
    }

    @Test(
        "Who may not listen is told why",
        arguments: [
            ("/?version=2&token=x&clientId=1000000001&authType=2", 809),
            ("/?version=2&token=token-1&clientId=2&authType=2", 810), ("/", 814),
        ])
    func refused(target: String, reason: Int) async throws {
        try await ServersTests.with { _, ports in
            let bytes = try TestWebSocket(port: ports.feed, target: target).receive().bytes
            #expect(bytes[0] == 50)
            #expect(number(bytes, 8, 2) == reason)
        }
    }

    @Test func `the sixth connection ends the oldest`() async throws {
        try await ServersTests.with { _, ports in
            let sockets = try (0..<6).map { _ in
                try TestWebSocket(port: ports.feed, target: Self.target())
            }
            let bytes = try sockets[0].receive().bytes
            #expect(number(bytes, 8, 2) == 805)
            for socket in sockets[1...] {
                try socket.send("", opcode: 9)
                #expect(try socket.receive().opcode == 10)
            }
        }
    }

    @Test func `more than a hundred instruments in one message are too many`() async throws {
        try await ServersTests.with { _, ports in
            let socket = try TestWebSocket(port: ports.feed, target: Self.target())
            try Self.subscribe(15, socket, (0..<101).map(String.init))
            #expect(number(try socket.receive().bytes, 8, 2) == 804)
        }
    }

    @Test func `who does not answer pings is left`() async throws {
        try await ServersTests.with {
            $0.feedPing = .milliseconds(5)
            // Long enough for a first ping from a loop that is late.
            $0.feedPatience = .seconds(1)
        } _: { _, ports in
            let socket = try TestWebSocket(port: ports.feed, target: Self.target())
            #expect(try socket.receive().opcode == 9)
            #expect(throws: TestSocket.Lost.self) {
                while true { _ = try socket.receive() }
            }
        }
    }

    @Test func `a tick can be lost, late, or of before`() {
        for (fault, expected) in [
            (Fault.tickLost, []), (.tickLate, []), (.tickStale, ["100.00", "100.00"]),
        ] as [(Fault, [Price])] {
            var counter = Counter { $0.rates = FaultRates([fault: 100]) }
            counter.quote("100.00")
            counter.quote("101.00")
            #expect(counter.ticks.map(\.quote.ltp) == expected)
            counter.wait(5_000)
            #expect(counter.ticks.count == (fault == .tickLost ? 0 : 2))
        }
    }
}
