import MessageBus
import Trading
import Workers

/// The market and the people of a run: prices at the broker, signals, everybody who wants a
/// position closed, and the operator.
final class ChaosLoad {
    private enum Act {
        /// By rule: the price falls below the stops, and comes back.
        case fall(contract: Int)
        case rise(contract: Int)
        /// Of all positions of a signal.
        case ask(SignalID, ExitReason)
        case flatten(AccountID)
        case resume(AccountID)
    }

    private let session: any BusSession
    private let clock: ChaosClock
    private let calls: MadeUpCalls
    private let quote: ([Tick]) -> Void
    private var random: SplitMix64
    private var agenda: [(at: EventTime, act: Act)] = []
    private var fallen: Set<Int> = []
    private var nextTicks: EventTime
    private var nextFlatten: EventTime
    private var nextRound: EventTime
    private var lastSignal: EventTime
    private(set) var signals = 0
    /// What was asked, by whom.
    private(set) var asked: [String: Int] = [:]
    /// Accounts that the broker's refusals had halted.
    private(set) var resumed = 0

    private static let kept = Price(paise: 100_00)
    private static let lost = Price(paise: 60_00)

    /// - Parameter quote: tells the broker's market.
    init(
        _ session: any BusSession, _ clock: ChaosClock, seed: UInt64,
        quote: @escaping ([Tick]) -> Void
    ) {
        self.session = session
        self.clock = clock
        calls = MadeUpCalls(openedAt: clock.begin)
        self.quote = quote
        random = SplitMix64(seed: seed)
        nextTicks = clock.begin
        nextFlatten = clock.begin + .seconds(15)
        nextRound = clock.begin
        lastSignal = clock.begin
    }

    func prepare() throws(BusError) {
        let list = (0..<ChaosDesk.contracts).map(calls.instrument)
        let named = Fields(list.map { Fields.Pair(name: $0.id.text, value: $0.text) })
        try commit(.bus, [.set(Keys.instruments, named), clockWrite])
    }

    /// One turn of the world. What the server does not take is lost, as a feed's words are.
    ///
    /// - Parameter wantsSignal: there are fewer positions than there should be by now.
    func beat(wantsSignal: Bool) throws(BusError) {
        let now = clock.now
        // The exchange trades, whatever becomes of the server.
        if now >= nextTicks {
            nextTicks = now + .seconds(1)
            tick(Array(0..<ChaosDesk.contracts), now)
        }
        try commit(.bus, [clockWrite])
        if now >= nextRound {
            nextRound = now + .seconds(3)
            try resumeTheHalted()
        }
        if wantsSignal, now >= lastSignal + .milliseconds(250) {
            lastSignal = now
            try signal(now)
        }
        if wantsSignal, now >= nextFlatten {
            nextFlatten = now + .seconds(20)
            if let account = ChaosDesk.accounts.randomElement(using: &random) {
                agenda.append((now, .flatten(account)))
                agenda.append((now + .seconds(2), .resume(account)))
            }
        }
        let due = agenda.filter { $0.at <= now }
        for (_, act) in due { try take(act, now) }
        agenda.removeAll { $0.at <= now }
    }

    /// Nobody enters any more, and everything is closed.
    func flattenAll() throws { try petition.flatten(.everything, "the end of the run") }

    private var petition: Petition { Petition(session: session, who: "person:chaos") }
    private var clockWrite: Write { .setText(Keys.clock, clock.now.text) }

    private func commit(_ slot: Slot, _ writes: [Write]) throws(BusError) {
        _ = try session.commit([
            Commit(slot: slot, owner: .anyone, changes: [Change(writes: writes)])
        ])
    }

    /// The operator's round: what a client could not trade for, its broker takes again by now, or
    /// will say so once more.
    private func resumeTheHalted() throws(BusError) {
        guard case .fields(let halts)? = try session.load([.hash(Keys.halt)]).answers.first else {
            return
        }
        for account in ChaosDesk.accounts {
            let scope = Halts.Scope.account(account)
            guard halts[Halts.haltField(scope)]?.hasPrefix("the broker:") == true else { continue }
            guard (try? petition.resume(scope)) != nil else { continue }
            resumed += 1
        }
    }

    private func tick(_ contracts: [Int], _ now: EventTime) {
        let index = MarketIndex.named(MadeUpCalls.index).map { index in
            Tick(instrument: index.id, quote: Quote(ltp: MadeUpCalls.spot, at: now))
        }
        quote(
            contracts.map { number in
                calls.tick(of: number, at: fallen.contains(number) ? Self.lost : Self.kept, now)
            } + (index.map { [$0] } ?? []))
    }

    /// Each signal is an entry of each account, and ends in one of several ways.
    private func signal(_ now: EventTime) throws(BusError) {
        signals += 1
        let contract = Int.random(in: 0..<ChaosDesk.contracts, using: &random)
        let id = SignalID("chaos-\(signals)")
        let life = Int.random(in: 0..<5, using: &random) == 0 ? 0...500 : 1_000...12_000
        let end = now + .milliseconds(Int.random(in: life, using: &random))
        let ways = Int.random(in: 0..<4, using: &random)
        if ways != 1 { agenda.append((end, .fall(contract: contract))) }
        if ways != 1 { agenda.append((end + .milliseconds(1_500), .rise(contract: contract))) }
        if ways != 0 { agenda.append((end, .ask(id, .manual))) }
        if ways == 2 { agenda.append((end, .ask(id, .flatten))) }
        let signal = Signal(
            id: id, strategy: ChaosDesk.strategy, index: MadeUpCalls.index, direction: .bullish,
            instrument: calls.instrument(contract).id, quote: calls.quote(at: Self.kept, now),
            at: now, expiresAt: now + .seconds(10), evidence: "chaos")
        try commit(.bus, [.append(Keys.signals, signal.fields)])
    }

    private func take(_ act: Act, _ now: EventTime) throws(BusError) {
        switch act {
        case .fall(let contract):
            asked["rule", default: 0] += 1
            fallen.insert(contract)
            tick([contract], now)
        case .rise(let contract):
            fallen.remove(contract)
            tick([contract], now)
        case .ask(let signal, let reason):
            asked[reason == .flatten ? "flatten" : "person", default: 0] += 1
            try commit(.shard(0), ChaosDesk.accounts.map { request($0, signal, reason, now) })
        case .flatten(let account):
            asked["flatten", default: 0] += 1
            try? petition.flatten(.account(account), "chaos")
        case .resume(let account):
            // It must not be lost: the account would never enter again.
            do {
                _ = try petition.resume(.account(account))
            } catch {
                agenda.append((now + .milliseconds(500), .resume(account)))
            }
        }
    }

    private func request(
        _ account: AccountID, _ signal: SignalID, _ reason: ExitReason, _ now: EventTime
    ) -> Write {
        let position = PositionID(signal: signal, account: account, day: now.day)
        return .append(
            Keys.exits(0),
            ExitRequest(
                position: position, account: account, reason: reason, evidence: "chaos",
                askedBy: "person:chaos", at: now
            ).fields)
    }
}
