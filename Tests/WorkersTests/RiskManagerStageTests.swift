import MessageBus
import Settings
import Stages
import Support
import Testing
import Trading
import Workers

/// A risk manager that asks every rule on each occasion and keeps no sums.
private struct PlainRisk {
    let desk: Desk
    var positions: [PositionTracker]
    var realised: [AccountID: Money] = [:]
    var halts = Halts()
    /// They are looked up at each mark of the clock.
    private var knownHalts = Halts()
    private var lastClock: EventTime?
    private var marked: [PositionID] = []
    private var requests: [[Effect]] = []

    init(_ desk: Desk, _ positions: [PositionTracker]) {
        self.desk = desk
        self.positions = positions.sorted { $0.id < $1.id }
    }

    mutating func take(_ event: MarketEvent) {
        if case .clock = event { knownHalts = halts }
        for index in positions.indices {
            switch event {
            case .tick(let tick):
                guard tick.instrument == positions[index].contract.instrument else { continue }
                look(index, on: .tick(tick.quote), now: tick.quote.at)
            case .clock(let now): look(index, on: .clock(previous: lastClock), now: now)
            case .resumed, .history: break
            }
        }
        if case .clock(let now) = event { lastClock = now }
    }

    mutating func look(_ index: Int, on occasion: RiskManager.Occasion, now: EventTime) {
        let position = positions[index]
        guard let profile = desk.accounts[position.account] else { return }
        let neighbours = positions.filter { $0.account == position.account }
        let account = AccountRisk(
            capital: profile.capital, realised: realised[position.account] ?? .zero,
            openProfit: neighbours.reduce(.zero) { $0 + $1.openProfit },
            flattenReason: knownHalts.flattenReason(for: position.account))
        var rest: [Effect] = []
        for effect in RiskManager().evaluate(
            position, on: occasion, profile: profile.risk(for: position.strategy),
            account: account, session: desk.calendar.session(on: Fixtures.day), now: now)
        {
            switch effect {
            case .watch(let id, let watch):
                positions[index].watch = watch
                if !marked.contains(id) { marked.append(id) }
            case .requestExit(_, let exit, _):
                positions[index].exitOrder = exit
                rest.append(effect)
            default: rest.append(effect)
            }
        }
        if !rest.isEmpty { requests.append(rest) }
    }

    mutating func finish() -> (changes: [Change], alarms: [Alarm]) {
        defer { (marked, requests) = ([], []) }
        var ledger = Ledger(shard: 0, worker: "", keep: desk.retention.records)
        let marks = marked.compactMap { id in positions.first { $0.id == id } }
            .map { ledger.change([.watch($0.id, $0.watch)]) }
        let exits = requests.map { ledger.change($0) }.filter { !$0.writes.isEmpty }
        return (marks + exits, requests.flatMap(Ledger.alarms))
    }
}

@Suite struct RiskManagerStageTests {
    private let bench = Bench()
    private let desk: Desk
    private let stage: RiskManagerStage
    private let contracts = (0..<4).map { InstrumentID(.nseDerivatives, String(60_000 + $0)) }
    private let positions: [PositionTracker]
    private let accounts: [AccountID] = ["alpha", "bravo", "charlie"]

    init() throws {
        desk = try Bench.desk()
        stage = RiskManagerStage(desk, partition: 0, shard: 0)
        var positions: [PositionTracker] = []
        for account in accounts {
            for contract in contracts {
                var position = Fixtures.position(
                    account: account, signal: SignalID("s-\(contract.text)"))
                position.contract.instrument = contract
                positions.append(position)
            }
        }
        self.positions = positions
        for position in positions {
            try bench.write(
                .set(Keys.position(0, position.id), position.fields),
                .addMember(Keys.open(0, position.account), position.id.text))
        }
        try stage.load(bench.session)
    }

    private func decide(_ stream: Key, _ list: [(EventTime, Fields)]) throws -> OrderedDecision {
        let decision = try stage.decide(
            list.enumerated().map {
                Delivery(
                    stream: stream, id: EntryID($1.0.milliseconds, $0), fields: $1.1)
            }, due: [], bench.session)
        for change in decision.changes { try bench.commit(change) }
        return decision
    }

    /// What the account has realised changes, and one of its positions says so.
    private func realise(
        _ money: Money, _ plain: inout PlainRisk, _ index: Int, at now: EventTime
    ) throws -> OrderedDecision {
        let position = plain.positions[index]
        var day = AccountDay()
        day.realised = money
        try bench.write(.set(Keys.account(0, position.account, now.day), day.fields))
        plain.realised[position.account] = money
        plain.look(index, on: .changed, now: now)
        return try decide(Keys.positions(0), [(now, PositionEvent(position, at: now).fields)])
    }

    @Test(arguments: 0..<16 as Range<UInt64>)
    func `it decides what asking every rule on each tick would`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
        var plain = PlainRisk(desk, positions)
        var now = Fixtures.openedAt
        var prices = contracts.map { _ in 100_00 }
        var exits = 0
        for batch in 0..<150 {
            let decision: OrderedDecision
            if number(0...9) == 0 {
                let money = Money(paise: number(-1_000_000 ... -500_000))
                decision = try realise(money, &plain, number(0...11), at: now)
            } else {
                if batch == 140 {
                    plain.halts.flattened[.account("alpha")] = "test"
                    try bench.write(
                        .set(Keys.halt, [Halts.flattenField(.account("alpha")): "test"]), in: .bus)
                }
                let events = (0..<number(1...16)).map { _ in
                    now = now + .milliseconds(number(0...400) == 0 ? 40_000 : number(0...2_000))
                    if number(0...9) == 0 { return MarketEvent.clock(now) }
                    let which = number(0...3)
                    prices[which] += number(-100...100) * prices[which] / 10_000
                    return .tick(
                        Fixtures.tick(contracts[which], Price(paise: prices[which]), at: now))
                }
                for event in events { plain.take(event) }
                decision = try decide(Keys.ticks(0), events.map { ($0.at, $0.fields) })
            }
            let expected = plain.finish()
            exits += decision.changes.count { $0.writes.contains { $0.isExit } }
            #expect(decision.alarms == expected.alarms)
            try #require(decision.changes == expected.changes, "batch \(batch)")
        }
        #expect(exits > 3)
    }
}

extension Write {
    fileprivate var isExit: Bool {
        if case .append(Keys.exits(0), _, _) = self { true } else { false }
    }
}
