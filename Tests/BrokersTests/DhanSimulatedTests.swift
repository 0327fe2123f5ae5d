import DhanSimulator
import HTTP
import Support
import Testing
import Trading

@testable import Brokers

/// The client at the simulator, whose makers have not seen it.
@Suite(.timeLimit(.minutes(10))) struct DhanSimulatedTests {
    /// An account at a simulator that speaks TLS.
    struct Desk {
        let simulator: Simulator
        let client: DhanClient
        let stranger: DhanClient
    }

    private func with(_ body: (Desk) async throws -> Void) async throws {
        let folder = try TokenFolder()
        let certificates = try Certificates.shared()
        try folder.write("ca", certificates.authority)
        try folder.write("chain", certificates[.good].certificate)
        try folder.write("key", certificates[.good].key)
        var settings = SimulatorSettings()
        settings.certificate = .init(chain: folder.path + "/chain", key: folder.path + "/key")
        settings.engine.instruments = InstrumentList([
            Fixtures.instrument(), Fixtures.instrument(Fixtures.put, side: .put),
        ])
        settings.engine.profile.latency = .zero
        settings.engine.limitsRates = false
        settings.clients = [.init("1000000001", token: "good")]
        settings.clock = .stopped(.at(10, 0))
        let simulator = try Simulator(settings)
        var endpoints = DhanEndpoints()
        endpoints.rest = "https://127.0.0.1:\(try await simulator.start().rest)/v2"
        let http = HTTPClient()
        func client(_ endpoints: DhanEndpoints) -> DhanClient {
            DhanClient(
                account: "dhan-1",
                access: DhanAccess(
                    clientID: "1000000001", endpoints: endpoints, token: StubTokens(["good"])),
                http: http)
        }
        let stranger = client(endpoints)
        endpoints.caFile = folder.path + "/ca"
        let desk = Desk(simulator: simulator, client: client(endpoints), stranger: stranger)
        do {
            await simulator.quote([Self.tick(Fixtures.call), Self.tick(Fixtures.indexInstrument)])
            try await body(desk)
        } catch {
            await simulator.stop()
            throw error
        }
        await simulator.stop()
    }

    private static func tick(_ instrument: InstrumentID) -> Tick {
        Tick(
            instrument: instrument,
            quote: Quote(
                ltp: "100.00", bid: "99.95", ask: "100.00", bidQuantity: Quantity(1_000),
                askQuantity: Quantity(1_000), openInterest: 5_000, at: .at(10, 0)))
    }

    private func ask<Value: Sendable>(
        _ call: (@escaping DhanClient.Answer<Value>) -> Void
    ) async throws -> Value {
        try await withCheckedContinuation { continuation in
            call { continuation.resume(returning: $0) }
        }.get()
    }

    @Test func `a server that cannot show who it is gets nothing`() async throws {
        try await with { desk in
            let refused = await withCheckedContinuation { continuation in
                desk.stranger.funds { continuation.resume(returning: $0) }
            }
            guard case .failure(.notSent) = refused else {
                Issue.record("\(refused)")
                return
            }
            let funds = try await ask(desk.client.funds)
            #expect(funds.available == .rupees(1_000_000))
        }
    }

    @Test func `an order from its placing to its fills`() async throws {
        try await with { desk in
            let client = desk.client
            let order = Fixtures.order()
            let placed = try await ask { client.place(DhanOrderRequest(order), left: {}, $0) }
            #expect(placed.status == "TRANSIT")
            await desk.simulator.quote([Self.tick(Fixtures.call)])
            let books = try await withCheckedContinuation { continuation in
                DhanBroker(client: client).books { continuation.resume(returning: $0) }
            }.get()
            let found = try #require(books.orders.first)
            #expect(found.number == placed.number && found.correlation == order.id)
            #expect(found.filled == order.quantity && found.value == "3500.00")
            #expect(books.net == [Fixtures.call: Quantity(35)])
            #expect(try await ask { client.order(placed.number, $0) }?.order.side == .buy)
            #expect(try await ask { client.order(tagged: order.id, $0) }?.tag == order.id.text)
            #expect(try await ask { client.order("no-such-order", $0) } == nil)
            #expect(try await ask(client.trades).map(\.quantity) == [Quantity(35)])
            #expect(try await ask(client.positions).map(\.net) == [Quantity(35)])
            try await ask(client.exitAll)
        }
    }

    @Test func `an order that rests is changed and taken back`() async throws {
        try await with { desk in
            let client = desk.client
            let order = Fixtures.order(quantity: 70, price: "90.00")
            let placed = try await ask { client.place(DhanOrderRequest(order), left: {}, $0) }
            await desk.simulator.quote([Self.tick(Fixtures.call)])
            let change = DhanModification(
                number: placed.number, type: .limit, price: "91.00", quantity: Quantity(105))
            #expect(try await ask { client.modify(change, $0) }.number == placed.number)
            let changed = try await ask { client.order(placed.number, $0) }
            #expect(changed?.order.quantity == Quantity(105) && changed?.limit == "91.00")
            try await ask { client.cancel(placed.number, $0) }
            await desk.simulator.quote([Self.tick(Fixtures.call)])
            #expect(try await ask { client.order(placed.number, $0) }?.order.status == "CANCELLED")
        }
    }

    @Test func `more than the freeze quantity goes in slices`() async throws {
        try await with { desk in
            let order = Fixtures.order(quantity: 700, price: "90.00")
            let slices = try await ask {
                desk.client.placeSliced(DhanOrderRequest(order), left: {}, $0)
            }
            #expect(slices.count == 2 && Set(slices.map(\.number)).count == 2)
        }
    }

    @Test func `the account's own interfaces`() async throws {
        try await with { desk in
            let client = desk.client
            #expect(try await ask(client.profile).hasDerivatives)
            #expect(try await ask(client.addresses).ordersAllowed != false)
            #expect(try await ask(client.profitExit).isActive == false)
            let set = try await ask {
                client.setProfitExit(
                    profit: .rupees(50_000), loss: .rupees(10_000), killSwitch: true, $0)
            }
            #expect(set.isActive)
            #expect(try await ask(client.profitExit).loss == .rupees(10_000))
            try await ask(client.stopProfitExit)
            #expect(try await ask(client.killSwitch) == false)
            try await ask { client.setKillSwitch(true, $0) }
            #expect(try await ask(client.killSwitch))
        }
    }

    @Test(arguments: [DhanQuoteKind.ltp, .ohlc, .quote])
    func `quotes of the kind`(kind: DhanQuoteKind) async throws {
        try await with { desk in
            let quotes = try await ask { desk.client.quotes(kind, of: [Fixtures.call], $0) }
            #expect(quotes.map(\.last) == ["100.00"])
            #expect(quotes.first?.bid == (kind == .quote ? "99.95" : nil))
        }
    }

    @Test func `chain, expiries and bars`() async throws {
        try await with { desk in
            let client = desk.client
            let index = Fixtures.indexInstrument
            #expect(try await ask { client.expiries(of: index, $0) } == [Fixtures.expiry])
            let chain = try await ask {
                client.optionChain(of: index, expiry: Fixtures.expiry, $0)
            }
            let strike = try #require(chain.strikes.first)
            #expect(strike.strike == "59500.00" && strike.call?.last == "100.00")
            let chart = DhanChartRequest(
                instrument: Fixtures.call, kind: "OPTIDX", interval: .one, from: .at(9, 15),
                to: .at(10, 1))
            #expect(try await ask { client.intraday(chart, $0) }.map(\.close) == ["100.00"])
        }
    }
}
