import Brokers
import DhanSimulator
import HTTP
import Support
import Testing
import Trading

/// The client of DhanHQ at a simulator in this process, over the network of loopback.
final class DhanUnderTest: BrokerUnderTest {
    let broker: any Broker
    let account: AccountID = "dhan-1"
    private(set) var time = EventTime.at(10, 0)
    private let simulator: Simulator
    private let ports: SimulatorPorts
    /// For the control endpoint: the broker's own client has not called anybody yet.
    private let http = HTTPClient()
    private let socket: DhanSocket
    private let wakes: AsyncStream<Void>
    private var heard: [BrokerEvent] = []

    init(_ rules: PaperProfile) async throws {
        var settings = SimulatorSettings()
        settings.engine.instruments = InstrumentList([Fixtures.instrument()])
        settings.engine.profile = rules
        // The client's own pace and the account's budget are held elsewhere, against others.
        settings.engine.limitsRates = false
        settings.clients = [.init("1000000001", token: "secret-1")]
        settings.clock = .stopped(time)
        simulator = try Simulator(settings)
        ports = try await simulator.start()
        var endpoints = DhanEndpoints()
        endpoints.rest = "http://127.0.0.1:\(ports.rest)/v2"
        endpoints.orderSocket = "ws://127.0.0.1:\(ports.orders)"
        let access = DhanAccess(
            clientID: "1000000001", endpoints: endpoints, token: LiveTokens())
        broker = DhanBroker(
            client: DhanClient(account: account, access: access, http: HTTPClient()))
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self)
        self.wakes = wakes
        socket = DhanSocket(.orders, access, over: NIOSockets(), seed: 1) { wake.yield() }
        try await logIn()
    }

    /// Who has logged in hears of nothing that came before.
    private func logIn() async throws {
        var wakes = wakes.makeAsyncIterator()
        while !socket.isOpen, !Task.isCancelled {
            hear()
            if !socket.isOpen { _ = await wakes.next() }
        }
        while try await !control(.get, "sockets").contains(#""orders":1"#), !Task.isCancelled {}
    }

    func pass(_ span: Span) async throws {
        time = time + span
        _ = try await control(
            .post, "clock", #"{"at":\#(time.milliseconds),"running":false}"#)
    }

    func quote(_ quote: Quote, after span: Span) async throws {
        try await pass(span)
        await simulator.quote([Tick(instrument: Fixtures.call, quote: quote)])
    }

    func events(until isEnough: ([BrokerEvent]) -> Bool) async -> [BrokerEvent] {
        var wakes = wakes.makeAsyncIterator()
        hear()
        while !isEnough(heard), !Task.isCancelled {
            guard await wakes.next() != nil else { break }
            hear()
        }
        return heard
    }

    private func hear() {
        for news in socket.turn(at: EventTime(milliseconds: 0)) {
            guard case .text(let bytes) = news else { continue }
            let frame = OrderFrame(bytes)
            #expect(frame.refusals == [])
            heard += frame.alerts.map { $0.event(of: account, at: time) }
        }
    }

    private func control(
        _ method: HTTPRequest.Method, _ what: String, _ body: String? = nil
    ) async throws -> String {
        let request = HTTPRequest(
            method, "http://127.0.0.1:\(ports.rest)/control/\(what)",
            body: body.map { Array($0.utf8) })
        let answer = await withCheckedContinuation { continuation in
            http.send(request) { continuation.resume(returning: $0) }
        }
        let response = try answer.get()
        #expect(response.status == 200)
        return String(decoding: response.body, as: UTF8.self)
    }

    func hold() async { await simulator.setFaults(FaultRates([.hold: 100])) }

    func loseAnswers(_ isTaken: Bool) async {
        await simulator.setFaults(FaultRates([isTaken ? .answerLost : .orderLost: 100]))
    }

    func heal() async { await simulator.calm() }
    func disconnect() async { await simulator.stop() }

    func close() async {
        socket.close()
        await simulator.stop()
    }
}
