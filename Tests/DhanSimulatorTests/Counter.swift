import DhanSimulator
import Support
import Trading

/// The engine with one client, one contract and a clock by hand: 10:00 on Monday, 15 December 2025.
struct Counter {
    static let client: ClientID = "1000000001"
    static let token = "token-1"

    var engine: Engine
    var now = EventTime.at(10, 0)
    private(set) var replies: [CallID: Reply] = [:]
    private(set) var ledger: [LedgerLine] = []
    private(set) var words: [String] = []
    private(set) var ends: [Engine.SocketEnd] = []
    private(set) var ticks: [Tick] = []
    private(set) var feedEnds: [Engine.FeedEnd] = []
    private(set) var packets: [[UInt8]] = []
    private var calls = 0

    init(funds: Money = .rupees(1_000_000), _ change: (inout EngineSettings) -> Void = { _ in }) {
        var settings = EngineSettings()
        settings.instruments = InstrumentList([
            Fixtures.instrument(), Fixtures.instrument(Fixtures.put, side: .put),
        ])
        settings.limitsRates = false
        change(&settings)
        engine = Engine(settings)
        engine.add(SimulatedAccount(Self.client, token: nil, opening: funds))
        engine.issue(to: Self.client, Self.token, now: now)
    }

    /// The answer, if there is one at once.
    @discardableResult
    mutating func call(
        _ method: String, _ path: String, _ body: JSON? = nil, token: String? = token
    ) -> Reply? {
        let id = send(method, path, body, token: token)
        return replies[id]
    }

    @discardableResult
    mutating func send(
        _ method: String, _ path: String, _ body: JSON? = nil, token: String? = token
    ) -> CallID {
        calls += 1
        let headers = token.map { ["access-token": $0] } ?? [:]
        let call = Call(method, path, headers: headers, body: Array((body?.text ?? "").utf8))
        engine.handle(call, CallID(calls), now: now)
        listen()
        return CallID(calls)
    }

    mutating func wait(_ milliseconds: Int) {
        now = now + .milliseconds(milliseconds)
        engine.run(now: now)
        listen()
    }

    /// As a person does where the broker has ended the old one.
    mutating func replaceToken() {
        guard engine.accounts[Self.client]?.token == nil else { return }
        engine.issue(to: Self.client, Self.token, now: now)
    }

    mutating func quote(
        _ ltp: Price, bid: Price? = nil, ask: Price? = nil,
        of instrument: InstrumentID = Fixtures.call
    ) {
        let quote = Quote(ltp: ltp, bid: bid, ask: ask, at: now)
        engine.quote(Tick(instrument: instrument, quote: quote), now: now)
        listen()
    }

    /// Places an order and lets it reach the exchange.
    @discardableResult
    mutating func order(
        _ side: String = "BUY", _ quantity: Int = 35, at price: String? = "100.00",
        _ changes: [String: JSON] = [:]
    ) -> OrderNumber {
        let reply = call("POST", "/v2/orders", Self.body(side, quantity, at: price, changes))
        wait(50)
        return OrderNumber(reply?.json?["orderId"]?.string ?? "")
    }

    static func body(
        _ side: String = "BUY", _ quantity: Int = 35, at price: String? = "100.00",
        _ changes: [String: JSON] = [:]
    ) -> JSON {
        var members: [JSON.Member] = [
            .init("dhanClientId", .string(client.text)), .init("correlationId", "entry-1"),
            .init("transactionType", .string(side)), .init("exchangeSegment", "NSE_FNO"),
            .init("productType", "INTRADAY"),
            .init("orderType", price == nil ? "MARKET" : "LIMIT"), .init("validity", "DAY"),
            .init("securityId", "51460"), .init("quantity", .int(quantity)),
        ]
        if let price { members.append(.init("price", .number(price))) }
        for change in changes.sorted(by: { $0.key < $1.key }) {
            members.removeAll { $0.key == change.key }
            if change.value != .null { members.append(.init(change.key, change.value)) }
        }
        return .object(members)
    }

    func status(_ number: OrderNumber) -> SimulatedOrder.Status? { engine.orders[number]?.status }

    private mutating func listen() {
        for happening in engine.outbox {
            switch happening {
            case .ledger(let line): ledger.append(line)
            case .reply(let id, let reply): replies[id] = reply
            case .say(_, let text): words.append(text)
            case .socket(_, let end): ends.append(end)
            case .tick(let tick, _): ticks.append(tick)
            case .feed(let end): feedEnds.append(end)
            case .packet(let bytes): packets.append(bytes)
            }
        }
        engine.outbox = []
    }

    func reply(to id: CallID) -> Reply? { replies[id] }
}
