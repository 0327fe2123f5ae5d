package import MessageBus
import Settings
import Stages
import Trading

/// The risk manager of one tick partition and one shard: it keeps the open positions of its
/// indices in memory and looks at them on each tick, each clock mark and each change.
///
/// Positions changed by others come through `positions` and are loaded anew; only the marks
/// (``PositionTracker/Watch``) are its own.
package final class RiskManagerStage: OrderedStage {
    package let name = RiskManager.stage
    package let number: Int
    package let slot: Slot
    package let streams: [Key]

    /// The feed marks each second.
    private static let longestUnmarked = Span.milliseconds(1_500)

    private let desk: Desk
    private let partition: Int
    private let shard: Int
    private var watch: RiskWatch
    private var lastClock: EventTime?
    /// Which position each change of the last decision is about.
    private var subjects: [PositionID] = []
    private var unreadable: [Alarm] = []
    private var complaints: Set<String> = []

    package init(_ desk: Desk, partition: Int, shard: Int) {
        self.desk = desk
        self.partition = partition
        self.shard = shard
        number = Self.number(desk, partition, shard)
        slot = .shard(shard)
        streams = [Keys.positions(shard), Keys.ticks(partition)]
        watch = RiskWatch(desk)
    }

    private static func number(_ desk: Desk, _ partition: Int, _ shard: Int) -> Int {
        partition * desk.keys.shards + shard
    }

    /// The fence of this partition's and shard's holder, and what to call it.
    package static func fence(_ desk: Desk, _ partition: Int, _ shard: Int) -> (Key, String) {
        let number = number(desk, partition, shard)
        return (
            Keys.fence(.shard(shard), StageName.riskManager, number),
            "\(StageName.riskManager) \(number)"
        )
    }

    package func load(_ session: any BusSession) throws(BusError) {
        watch = RiskWatch(desk)
        lastClock = nil
        let accounts = desk.accounts(inShard: shard).map(\.id)
        let found = try session.loadEach([.hash(Keys.halt), Roster.query] + open(accounts))
        if case .success(.fields(let fields)) = found.answers[0] { watch.halts = Halts(fields) }
        var answers = found.answers
        if case .success(.fields(let layout)) = found.answers[1] {
            let strangers = Roster.accounts(layout).filter {
                desk.accounts[$0] == nil && desk.keys.shard(of: $0) == shard
            }
            if !strangers.isEmpty { answers += try session.loadEach(open(strangers)).answers }
        }
        var ids: [PositionID] = []
        for answer in answers {
            switch answer {
            case .success(.texts(let members)): ids += members.map { PositionID($0) }
            case .success: break
            case .failure(let error): complain("state is unreadable: \(error)", at: found.now)
            }
        }
        try reload(ids.sorted(), accounts: accounts, now: found.now, session)
    }

    private func open(_ accounts: [AccountID]) -> [Query] {
        accounts.map { .members(Keys.open(shard, $0)) }
    }

    package func decide(
        _ deliveries: [Delivery], due: [[DueTime]], _ session: any BusSession
    ) throws(BusError) -> OrderedDecision {
        try changed(deliveries, session)
        for delivery in deliveries where delivery.stream == Keys.ticks(partition) {
            try market(delivery, session)
        }
        return finish()
    }

    /// Without a feed there are no marks, and no rule of the clock would fire: then the wall's
    /// clock is the mark. In a replay the feed alone moves time.
    package func idle(_ session: any BusSession) throws(BusError) -> OrderedDecision {
        guard lastClock.map({ session.wall - $0 >= Self.longestUnmarked }) ?? true else {
            return OrderedDecision()
        }
        let clock = try session.load([])
        guard clock.now == clock.wall else { return OrderedDecision() }
        try mark(clock.wall, session)
        return finish()
    }

    package func refused(_ change: Int, _ session: any BusSession) throws(BusError) {
        guard subjects.indices.contains(change) else { return }
        let id = subjects[change]
        guard let account = watch.book[id]?.account else { return }
        let now = try session.load([]).now
        try reload([id], accounts: [account.id], now: now, session)
    }
}

extension RiskManagerStage {
    private func changed(
        _ deliveries: [Delivery], _ session: any BusSession
    ) throws(BusError) {
        let events = deliveries.filter { $0.stream == Keys.positions(shard) }
            .compactMap { $0.fields.flatMap { try? PositionEvent($0) } }
            .filter { desk.keys.partition(of: $0.index) == partition }
        guard let newest = events.map(\.at).max() else { return }
        let ids = Set(events.map(\.position)).sorted()
        let accounts = Set(events.map(\.account)).sorted()
        try reload(ids, accounts: accounts, now: newest, session)
        for event in events { watch.changed(event.position, now: event.at) }
    }

    private func market(
        _ delivery: Delivery, _ session: any BusSession
    ) throws(BusError) {
        let at = EventTime(milliseconds: delivery.id.milliseconds)
        // A malformed tick is nobody's loss: the next one replaces it. The feed counts them.
        guard let fields = delivery.fields, let event = try? MarketEvent(fields, at: at) else {
            return
        }
        switch event {
        case .tick(let tick): watch.take(tick)
        case .clock(let now): try mark(now, session)
        case .resumed, .history: break
        }
    }

    private func mark(_ now: EventTime, _ session: any BusSession) throws(BusError) {
        switch try session.loadEach([.hash(Keys.halt)]).answers.first {
        case .success(.fields(let fields)): watch.halts = Halts(fields)
        // What was last known of it holds on.
        case .failure(let error): complain("halts are unreadable: \(error)", at: now)
        default: break
        }
        watch.mark(now, previous: lastClock)
        lastClock = now
    }

    /// Marks first: the exit engine then finds the price that the exit was asked for at.
    private func finish() -> OrderedDecision {
        let outcome = watch.takeOutcome()
        var ledger = Ledger(shard: shard, worker: "", keep: desk.retention.records)
        var decision = OrderedDecision(alarms: outcome.alarms + unreadable)
        unreadable = []
        subjects = []
        for position in outcome.marked {
            let id = position.tracker.id
            decision.changes.append(ledger.change([.watch(id, position.watch)]))
            subjects.append(id)
        }
        for (id, effects) in outcome.requests {
            let change = ledger.change(effects)
            if change.writes.isEmpty { continue }
            decision.changes.append(change)
            subjects.append(id)
        }
        return decision
    }

    private func reload(
        _ ids: [PositionID], accounts: [AccountID], now: EventTime, _ session: any BusSession
    ) throws(BusError) {
        let loaded = try session.loadEach(
            ids.map { .hash(Keys.position(shard, $0)) }
                + accounts.map { .hash(Keys.account(shard, $0, now.day)) })
        for (id, answer) in zip(ids, loaded.answers) {
            do {
                guard case .fields(let fields) = try answer.get() else { continue }
                let position = fields.isEmpty ? nil : try PositionTracker(fields, id: id)
                let mine = position.map { desk.keys.partition(of: $0.index) == partition } ?? false
                watch.book.replace(id, with: mine ? position : nil)
                if mine, let position { complainIfUnwatched(position, at: now) }
            } catch {
                // What was known of it is watched on.
                complain("position is unreadable: \(error)", position: id, at: now)
            }
        }
        for (account, answer) in zip(accounts, loaded.answers.dropFirst(ids.count)) {
            guard case .success(.fields(let fields)) = answer, let day = try? AccountDay(fields)
            else { continue }
            watch.book.setRealised(account, day.realised)
        }
    }

    /// No other process watches it either: one partition and shard has one risk manager.
    private func complainIfUnwatched(_ position: PositionTracker, at now: EventTime) {
        let account = position.account
        guard !position.status.isClosed, desk.accounts[account] == nil else { return }
        let message =
            "position \(position.id) of account \(account) is watched by nobody: its account is "
            + "not configured here"
        complain(
            message, position: position.id, account: account, trace: position.signal, at: now)
    }

    /// Once for each complaint: the same key is looked at again and again.
    private func complain(
        _ message: String, position: PositionID? = nil, account: AccountID? = nil,
        trace: SignalID? = nil, at now: EventTime
    ) {
        let alarm = Alarm(
            .critical, stage: name, message: message, account: account, position: position,
            trace: trace, at: now)
        if complaints.insert("\(position?.text ?? "") \(message)").inserted {
            unreadable.append(alarm)
        }
    }
}
