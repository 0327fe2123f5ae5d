import MessageBus
import Trading
import Workers

/// The market and the people of a run: prices, signals, and everybody who wants a position closed.
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
    private let writer: MarketWriter
    private var random: SplitMix64
    private var agenda: [(at: EventTime, act: Act)] = []
    private var fallen: Set<Int> = []
    private var nextTicks: EventTime
    private var nextFlatten: EventTime
    private var lastSignal: EventTime
    private(set) var signals = 0
    /// What was asked, by whom.
    private(set) var asked: [String: Int] = [:]

    private static let kept = Price(paise: 100_00)
    private static let lost = Price(paise: 60_00)

    init(_ session: any BusSession, _ clock: ChaosClock, _ desk: Desk, seed: UInt64) {
        self.session = session
        self.clock = clock
        calls = MadeUpCalls(openedAt: clock.begin)
        let list = (0..<ChaosDesk.contracts).map(calls.instrument)
        writer = MarketWriter(desk.keys, InstrumentList(list))
        random = SplitMix64(seed: seed)
        nextTicks = clock.begin
        nextFlatten = clock.begin + .seconds(15)
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
        try commit(.bus, [clockWrite])
        if now >= nextTicks {
            nextTicks = now + .seconds(1)
            try tick(Array(0..<ChaosDesk.contracts), now)
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

    private func tick(_ contracts: [Int], _ now: EventTime) throws(BusError) {
        let ticks = contracts.map { number in
            calls.tick(of: number, at: fallen.contains(number) ? Self.lost : Self.kept, now)
        }
        _ = try session.commit([
            writer.commit(ticks, partition: 0), writer.commit(clock: now, partition: 0),
        ])
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
            try tick([contract], now)
        case .rise(let contract):
            fallen.remove(contract)
            try tick([contract], now)
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
