package import Trading

/// The broker and its exchange: accounts, orders, and what becomes of them. Pure: time is an
/// argument, chance is a seed, and what happens is left in the ``outbox``.
///
/// There is one clock, event time. Whoever sets it to another time moves what is planned with it.
package struct Engine: Sendable {
    /// What is planned.
    enum Step: Sendable {
        case admit(CallID, ClientID, [OrderRequest], OrderFate, isSliced: Bool)
        case reply(CallID, Reply)
        case open(OrderNumber)
        case lift(OrderNumber, to: Quantity?)
        case finish(OrderNumber, SimulatedOrder.Status, String)
        case fillAll(OrderNumber), fillShare(OrderNumber), fillAfterAll(OrderNumber)
        case modify(OrderNumber, Modification)
        case say(ClientID, String)
        case socket(ClientID, SocketEnd)
        case tick(Tick, isJoined: Bool)
        case squareOff(ClientID)
        case endSession
        case resume
        case match(OrderNumber)
        /// What was hidden is in the books from here on.
        case show
    }

    /// How an order socket ends.
    package enum SocketEnd: Sendable, Hashable { case reset, silence, busy }

    /// How all connections of the market feed end.
    package enum FeedEnd: Sendable, Hashable { case reset, dropped }

    /// In order: what is in the ledger before anybody hears of it.
    package enum Happening: Sendable {
        case ledger(LedgerLine)
        case reply(CallID, Reply)
        /// A text frame on a client's order sockets.
        case say(ClientID, String)
        case socket(ClientID, SocketEnd)
        /// For the market feed.
        case tick(Tick, isJoined: Bool)
        case feed(FeedEnd)
        /// For everybody on the market feed, whatever they asked to see.
        case packet([UInt8])
    }

    package var settings: EngineSettings
    package internal(set) var accounts: [ClientID: SimulatedAccount] = [:]
    package internal(set) var orders: [OrderNumber: SimulatedOrder] = [:]
    package var market = MarketBook()
    package var outbox: [Happening] = []
    var agenda = Agenda<Step>()
    /// At the exchange, by contract, in order of arrival.
    var resting: [InstrumentID: [OrderNumber]] = [:]
    /// How often each correlation id has been sent: each time has a fate of its own.
    var sent: [String: UInt64] = [:]
    /// For cancels, reads, words and ticks.
    var chance: Chance
    var isCalm = false
    var today: Day?
    var endPlanned: Day?
    package internal(set) var supers: [OrderNumber: SuperOrder] = [:]
    /// Legs of super orders that wait for their price.
    var watched: [InstrumentID: [OrderNumber]] = [:]
    package internal(set) var forevers: [ForeverOrder] = []
    /// What the books said of each order before; kept while rows may be stale.
    var past: [OrderNumber: [SimulatedOrder]] = [:]
    var haltDrawn = MinuteDraw()
    /// The newest price of each instrument that was given while nothing traded.
    var heldTicks: [InstrumentID: Tick] = [:]
    var breaker = CircuitBreaker()
    /// The newest tick of each instrument that the feed may have told.
    var spreadBefore: [InstrumentID: Tick] = [:]
    /// Until then the feed is silent.
    var feedStartsAt = EventTime(milliseconds: 0)
    var feedLag = FeedLag()
    /// When the feed's connections may next go wrong.
    var feedFaultsAt = EventTime(milliseconds: 0)
    private var tradeCount = 0

    package init(_ settings: EngineSettings) {
        self.settings = settings
        chance = Chance(seed: settings.seed, settings.rates)
    }

    /// When ``run(now:)`` has something to do.
    package var due: EventTime? { agenda.next }

    /// Nothing is planned, and every word said. What rests until the session's end is no plan.
    package var isQuiet: Bool {
        agenda.all.allSatisfy {
            switch $0 {
            case .endSession, .squareOff: true
            default: false
            }
        }
    }

    /// No more faults. A halt ends, and a feed that lags catches up; what else is under way goes
    /// on as it was decided.
    package mutating func calm(at now: EventTime) {
        isCalm = true
        settings.rates = FaultRates()
        chance.rates = FaultRates()
        feedStartsAt = EventTime(milliseconds: 0)
        feedLag = FeedLag()
        agenda.hasten(to: now) {
            switch $0 {
            case .tick, .resume: true
            default: false
            }
        }
        for client in accounts.keys { _ = withAccount(client) { $0.addressBadUntil = nil } }
    }

    /// How often each fault has come true.
    package var given: [Fault: Int] { chance.given }

    package mutating func setRates(_ rates: FaultRates) {
        isCalm = false
        settings.rates = rates
        chance.rates = rates
    }

    package mutating func add(_ account: SimulatedAccount) { accounts[account.client] = account }

    package mutating func withAccount<Result>(
        _ client: ClientID, _ body: (inout SimulatedAccount) -> Result
    ) -> Result? {
        guard accounts[client] != nil else { return nil }
        return accounts[client].map { account in
            var changed = account
            let result = body(&changed)
            accounts[client] = changed
            return result
        }
    }

    /// The clock was set from one time to another.
    package mutating func clockMoved(by span: Span) {
        agenda.move(by: span)
        feedLag = FeedLag()
        feedStartsAt = EventTime(milliseconds: 0)
        feedFaultsAt = EventTime(milliseconds: 0)
    }

    /// All that is due by now.
    package mutating func run(now: EventTime) {
        turnDay(now)
        while let (time, step) = agenda.take(by: now) { take(step, at: time) }
    }

    private mutating func take(_ step: Step, at time: EventTime) {
        switch step {
        case .admit(let call, let client, let requests, let fate, let isSliced):
            admit(call, client, requests, fate, isSliced: isSliced, now: time)
        case .reply(let call, let reply): outbox.append(.reply(call, reply))
        case .open(let number): open(number, at: time)
        case .lift(let number, let cap): lift(number, to: cap, at: time)
        case .finish(let number, let status, let reason):
            finish(number, status, reason: reason, at: time)
        case .fillAll(let number): force(number, share: 100, at: time)
        case .fillShare(let number):
            force(number, share: orders[number]?.fate.share ?? 100, at: time)
        case .fillAfterAll(let number): forceAfterAll(number, at: time)
        case .modify(let number, let modification): apply(modification, to: number, at: time)
        case .say(let client, let text): outbox.append(.say(client, text))
        case .socket(let client, let end): outbox.append(.socket(client, end))
        case .tick(let tick, let isJoined): outbox.append(.tick(tick, isJoined: isJoined))
        case .squareOff(let client): squareOff(client, products: [.intraday], at: time)
        case .endSession: endSession(at: time)
        case .resume: setHalted(false, at: time)
        case .match(let number): match(number, at: time)
        case .show: break
        }
    }

    /// A trade's number at the exchange.
    mutating func nextTradeID() -> String {
        tradeCount += 1
        return String(247_511_160 + tradeCount)
    }

    func contract(_ instrument: InstrumentID) -> Instrument? {
        settings.instruments?[instrument]
    }

    func tick(of instrument: InstrumentID) -> Price {
        contract(instrument)?.tickSize ?? ContractSizes.tickSize
    }

    func lot(of instrument: InstrumentID) -> Int {
        max(1, contract(instrument)?.lot.units ?? 1)
    }
}
