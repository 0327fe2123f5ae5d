import DhanSimulator
import HTTP
import Support
import Testing
import Trading

@testable import Brokers

/// One socket at a simulator, turned by the test. Its clock jumps over the pauses between tries.
private final class Turned {
    let socket: DhanSocket
    private let wakes: AsyncStream<Void>
    private var now = EventTime(milliseconds: 0)

    init(_ service: DhanSocket.Service, _ access: DhanAccess) {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self)
        self.wakes = wakes
        socket = DhanSocket(service, access, over: NIOSockets(), seed: 1) { wake.yield() }
    }

    /// Up to and including the first that is as told.
    func next(until isIt: (DhanSocket.News) -> Bool) async -> [DhanSocket.News] {
        var all: [DhanSocket.News] = []
        var wakes = self.wakes.makeAsyncIterator()
        while !Task.isCancelled {
            let news = socket.turn(at: now)
            all += news
            if news.contains(where: \.isEnd) { now = max(now, socket.due(at: now)) }
            if news.contains(where: isIt) { break }
            if news.isEmpty, await wakes.next() == nil { break }
        }
        return all
    }

    func open() async { _ = await next { $0 == .opened } }

    /// Alerts, up to the first of this status.
    ///
    /// - Parameter believes: frames that are none are sent too.
    func alerts(
        until status: String, account: AccountID, believes: Bool
    ) async -> [BrokerEvent] {
        var events: [BrokerEvent] = []
        while events.last?.status.lowercased() != status, !Task.isCancelled {
            let news = await next { if case .text = $0 { true } else { false } }
            for case .text(let bytes) in news {
                let frame = OrderFrame(bytes)
                #expect(frame.refusals == [] || !believes)
                events += frame.alerts.map {
                    $0.event(of: account, at: EventTime(milliseconds: 0))
                }
            }
        }
        return events
    }

    func packets(
        until isIt: (FeedPacket) -> Bool
    ) async -> [FeedPacket] {
        var all: [FeedPacket] = []
        while !all.contains(where: isIt), !Task.isCancelled {
            let news = await next { if case .binary = $0 { true } else { false } }
            for case .binary(let bytes) in news {
                let frame = FeedFrame(bytes) { _ in Price(paise: 5) }
                #expect(frame.refusals == [])
                all += frame.packets
            }
        }
        return all
    }
}

extension DhanSocket.News {
    fileprivate var isEnd: Bool { if case .ended = self { true } else { false } }
}

extension FeedPacket {
    fileprivate func isPrice(_ price: Price) -> Bool {
        if case .price(_, let update) = self { update.ltp == price } else { false }
    }
    fileprivate var isDisconnect: Bool { if case .disconnect = self { true } else { false } }
}

@Suite("Sockets at the simulator", .timeLimit(.minutes(10))) struct SocketSimulatorTests {
    private struct Desk {
        let simulator: Simulator
        let ports: SimulatorPorts
        let tokens: StubTokens
        let access: DhanAccess
        let http = HTTPClient()

        func order(_ name: CorrelationID) async throws {
            var order = Fixtures.order()
            order = Order(
                id: name, account: order.account, instrument: order.instrument, side: .buy,
                type: .limit, price: "102.00", quantity: order.quantity,
                acceptedAt: order.acceptedAt, expiresAt: order.expiresAt, trace: order.trace)
            let client = DhanClient(account: "dhan-1", access: access, http: http)
            let placed = await withCheckedContinuation { continuation in
                client.place(DhanOrderRequest(order), left: {}) {
                    continuation.resume(returning: $0)
                }
            }
            #expect((try? placed.get()) != nil, "\(placed)")
        }

        /// Who has logged in hears of nothing that came before.
        func hasLoggedIn() async throws {
            while !Task.isCancelled {
                if try await sockets()["orders"]?.plainText == "1" { return }
            }
        }

        func sockets() async throws -> Brokers.JSON {
            let answer = await withCheckedContinuation { continuation in
                http.send(
                    HTTPRequest(.get, "http://127.0.0.1:\(ports.rest)/control/sockets")
                ) { continuation.resume(returning: $0) }
            }
            return try Brokers.JSON.parse(try answer.get().body)
        }
    }

    private func with(
        tokens: [String] = ["good"], egress: String? = nil, _ rates: FaultRates = FaultRates(),
        _ body: (Desk) async throws -> Void
    ) async throws {
        var settings = SimulatorSettings()
        settings.engine.instruments = InstrumentList([Fixtures.instrument()])
        settings.engine.rates = rates
        settings.engine.profile.latency = .zero
        settings.clients = [.init("1000000001", token: "good")]
        settings.clock = .stopped(.at(10, 0))
        let simulator = try Simulator(settings)
        let ports = try await simulator.start()
        var endpoints = DhanEndpoints()
        endpoints.rest = "http://127.0.0.1:\(ports.rest)/v2"
        endpoints.orderSocket = "ws://127.0.0.1:\(ports.orders)"
        endpoints.feedSocket = "ws://127.0.0.1:\(ports.feed)"
        let tokens = StubTokens(tokens)
        var access = DhanAccess(
            clientID: "1000000001", endpoints: endpoints,
            egress: egress.flatMap(Egress.init(text:)), token: tokens)
        // As if the broker had been asked.
        access.doubt = { tokens.replace($0) { _ in } }
        do {
            try await body(
                Desk(simulator: simulator, ports: ports, tokens: tokens, access: access))
        } catch {
            await simulator.stop()
            throw error
        }
        await simulator.stop()
    }

    private static let tick = Tick(
        instrument: Fixtures.call,
        quote: Quote(
            ltp: "100.00", bid: "99.95", ask: "100.00", bidQuantity: Quantity(1_000),
            askQuantity: Quantity(1_000), openInterest: 5_000, at: .at(10, 0)))
    private static let name = CorrelationID("251215-7k2m9qwzx", .entry, attempt: 1, slice: 1)

    @Test(
        arguments: [
            [:], [.wordPascal: 100], [.wordTexts: 100], [.wordTwice: 100], [.wordForeign: 100],
            [.wordPascal: 100, .wordTexts: 100, .wordTwice: 100, .wordJoined: 100],
        ] as [[Fault: Int]])
    func `an order's life is told, with the faults:`(faults: [Fault: Int]) async throws {
        try await with(FaultRates(faults)) { desk in
            let turned = Turned(.orders, desk.access)
            await turned.open()
            try await desk.hasLoggedIn()
            await desk.simulator.quote([Self.tick])
            try await desk.order(Self.name)
            let events = await turned.alerts(
                until: "traded", account: "dhan-1", believes: faults[.wordForeign] == nil)
            #expect(Set(events.map(\.order)) == [Self.name])
            #expect(Set(events.map(\.instrument)) == [Fixtures.call])
            #expect(events.allSatisfy { $0.side == .buy && $0.number != nil })
            #expect(events.last?.filled == Quantity(35))
            #expect(events.last?.value == "3500.00")
        }
    }

    @Test func `a token that is refused is replaced, and the next one logs in`() async throws {
        try await with(tokens: ["bad", "good"]) { desk in
            let turned = Turned(.orders, desk.access)
            await turned.open()
            _ = await turned.next(until: \.isEnd)
            #expect(desk.tokens.replaced == ["bad"])
            await turned.open()
            try await desk.hasLoggedIn()
        }
    }

    @Test func `ticks of what was subscribed to, and of nothing else`() async throws {
        try await with { desk in
            let turned = Turned(.feed, desk.access)
            await turned.open()
            await desk.simulator.quote([Self.tick])
            for message in FeedRequest.subscribe([Fixtures.call]) { turned.socket.send(message) }
            let first = await turned.packets { $0.isPrice("100.00") }
            guard case .price(let instrument, let update)? = first.last else { return }
            #expect(instrument == Fixtures.call)
            #expect(update.depth.first?.bid == "99.95")
            #expect(update.openInterest == 5_000)
            var next = Self.tick
            next.quote.ltp = "101.35"
            await desk.simulator.quote([next])
            let second = await turned.packets { $0.isPrice("101.35") }
            #expect(second.last?.isPrice("101.35") == true)
        }
    }

    @Test(
        "Both sockets leave from the account's address",
        arguments: [
            ("127.0.0.2", "127.0.0.2"), ("host!127.0.0.3", "127.0.0.3"), ("lo", "127.0.0.1"),
            ("if!lo", "127.0.0.1"),
        ])
    func egress(setting: String, address: String) async throws {
        try await with(egress: setting) { desk in
            let (orders, feed) = (Turned(.orders, desk.access), Turned(.feed, desk.access))
            await orders.open()
            try await desk.hasLoggedIn()
            await feed.open()
            let sockets = try await desk.sockets()
            #expect(sockets["orders_from"]?.elements?.map(\.plainText) == [address])
            #expect(sockets["feed_from"]?.elements?.map(\.plainText) == [address])
        }
    }

    @Test(
        "From an address that this machine lacks nothing leaves",
        arguments: [("nosuch0", "nosuch0"), ("192.0.2.1", ""), ("1:2:3:4:5:6:7:8:9", "")])
    func missing(setting: String, said: String) async throws {
        try await with(egress: setting) { desk in
            let turned = Turned(.orders, desk.access)
            let news = await turned.next(until: \.isEnd)
            guard case .ended(.lost(let reason))? = news.last else {
                Issue.record("\(news)")
                return
            }
            #expect(reason.contains(said))
            #expect(!turned.socket.isOpen)
        }
    }

    @Test func `a feed's token that is refused is told by a packet, and replaced`() async throws {
        try await with(tokens: ["bad", "good"]) { desk in
            let turned = Turned(.feed, desk.access)
            let packets = await turned.packets(until: \.isDisconnect)
            #expect(packets == [.disconnect(FeedReason(code: 809))])
            turned.socket.turnedAway(by: FeedReason(code: 809), at: EventTime(milliseconds: 0))
            #expect(desk.tokens.replaced == ["bad"])
        }
    }
}
