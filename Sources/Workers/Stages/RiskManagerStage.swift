package import MessageBus
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
    private let rules = RiskManager()
    private var book = RiskBook()
    private var halts = Halts()
    private var session = SessionAnswer.unknown
    private var sessionDay: Day?
    private var lastClock: EventTime?
    /// Which position each change of the last decision is about.
    private var subjects: [PositionID] = []
    private var unreadable: [Alarm] = []

    package init(_ desk: Desk, partition: Int, shard: Int) {
        self.desk = desk
        self.partition = partition
        self.shard = shard
        number = Self.number(desk, partition, shard)
        slot = .shard(shard)
        streams = [Keys.positions(shard), Keys.ticks(partition)]
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
        book = RiskBook(desk.accounts)
        lastClock = nil
        let accounts = desk.accounts(inShard: shard).map(\.id)
        let open = try session.load(
            accounts.map { .members(Keys.open(shard, $0)) } + [.hash(Keys.halt)])
        var ids: [PositionID] = []
        for answer in open.answers {
            switch answer {
            case .texts(let members): ids += members.map { PositionID($0) }
            case .fields(let fields): halts = Halts(fields)
            default: break
            }
        }
        try reload(ids.sorted(), accounts: accounts, now: open.now, session)
    }

    package func decide(
        _ deliveries: [Delivery], due: [[DueTime]], _ session: any BusSession
    ) throws(BusError) -> OrderedDecision {
        var draft = Draft(ledger: Ledger(shard: shard, worker: ""))
        try changed(deliveries, &draft, session)
        for delivery in deliveries where delivery.stream == Keys.ticks(partition) {
            try market(delivery, &draft, session)
        }
        return finish(draft)
    }

    /// Without a feed there are no marks, and no rule of the clock would fire: then the wall's
    /// clock is the mark. In a replay the feed alone moves time.
    package func idle(_ session: any BusSession) throws(BusError) -> OrderedDecision {
        guard lastClock.map({ session.wall - $0 >= Self.longestUnmarked }) ?? true else {
            return OrderedDecision()
        }
        let clock = try session.load([])
        guard clock.now == clock.wall else { return OrderedDecision() }
        var draft = Draft(ledger: Ledger(shard: shard, worker: ""))
        try mark(clock.wall, &draft, session)
        return finish(draft)
    }

    package func refused(_ change: Int, _ session: any BusSession) throws(BusError) {
        guard subjects.indices.contains(change) else { return }
        let id = subjects[change]
        guard let account = book[id]?.account else { return }
        let now = try session.load([]).now
        try reload([id], accounts: [account.profile.id], now: now, session)
    }
}

extension RiskManagerStage {
    /// What one batch comes to: marks are written once for each position, however many ticks.
    private struct Draft {
        var ledger: Ledger
        var marked: [WatchedPosition] = []
        var requests: [(PositionID, [Effect])] = []
        var alarms: [Alarm] = []
    }

    private func changed(
        _ deliveries: [Delivery], _ draft: inout Draft, _ session: any BusSession
    ) throws(BusError) {
        let events = deliveries.filter { $0.stream == Keys.positions(shard) }
            .compactMap { $0.fields.flatMap { try? PositionEvent($0) } }
            .filter { desk.keys.partition(of: $0.index) == partition }
        guard let newest = events.map(\.at).max() else { return }
        let ids = Set(events.map(\.position)).sorted()
        let accounts = Set(events.map(\.account)).sorted()
        try reload(ids, accounts: accounts, now: newest, session)
        for event in events {
            guard let position = book[event.position] else { continue }
            look(at: position, on: .changed, now: event.at, &draft)
        }
    }

    private func market(
        _ delivery: Delivery, _ draft: inout Draft, _ session: any BusSession
    ) throws(BusError) {
        let at = EventTime(milliseconds: delivery.id.milliseconds)
        // A malformed tick is nobody's loss: the next one replaces it. The feed counts them.
        guard let fields = delivery.fields, let event = try? MarketEvent(fields, at: at) else {
            return
        }
        switch event {
        case .tick(let tick):
            for position in book.positions(of: tick.instrument) {
                look(at: position, on: .tick(tick.quote), now: at, &draft)
            }
        case .clock(let now): try mark(now, &draft, session)
        }
    }

    private func mark(
        _ now: EventTime, _ draft: inout Draft, _ session: any BusSession
    ) throws(BusError) {
        if case .fields(let fields)? = try session.load([.hash(Keys.halt)]).answers.first {
            halts = Halts(fields)
        }
        for position in book.all {
            look(at: position, on: .clock(previous: lastClock), now: now, &draft)
        }
        lastClock = now
    }

    private func look(
        at position: WatchedPosition, on occasion: RiskManager.Occasion, now: EventTime,
        _ draft: inout Draft
    ) {
        let account = position.account
        guard let subject = position.subject,
            let finding = rules.look(
                at: subject, marked: position.watch, on: occasion, profile: position.profile,
                account: AccountRisk(
                    capital: account.profile.capital, realised: account.realised,
                    openProfit: account.openProfit,
                    flattenReason: halts.flattenReason(for: account.profile.id)),
                session: session(on: now.day), now: now)
        else { return }
        if finding.watch != position.watch {
            position.watch = finding.watch
            if !position.isMarked { draft.marked.append(position) }
            position.isMarked = true
        }
        guard finding.hit != nil || finding.becameStale != nil else { return }
        let effects = rules.effects(of: finding, on: position.tracker, now: now)
        draft.alarms += Ledger.alarms(effects)
        for case .requestExit(_, let exit, _) in effects { position.request(exit) }
        draft.requests.append((position.tracker.id, effects))
    }

    /// Marks first: the exit engine then finds the price that the exit was asked for at.
    private func finish(_ draft: Draft) -> OrderedDecision {
        var draft = draft
        var decision = OrderedDecision(alarms: draft.alarms + unreadable)
        unreadable = []
        subjects = []
        for position in draft.marked {
            let id = position.tracker.id
            decision.changes.append(draft.ledger.change([.watch(id, position.watch)]))
            position.isMarked = false
            subjects.append(id)
        }
        for (id, effects) in draft.requests {
            let change = draft.ledger.change(effects)
            if change.writes.isEmpty { continue }
            decision.changes.append(change)
            subjects.append(id)
        }
        return decision
    }

    private func session(on day: Day) -> SessionAnswer {
        if day != sessionDay {
            session = desk.calendar.session(on: day)
            sessionDay = day
        }
        return session
    }

    private func reload(
        _ ids: [PositionID], accounts: [AccountID], now: EventTime, _ session: any BusSession
    ) throws(BusError) {
        let loaded = try session.load(
            ids.map { .hash(Keys.position(shard, $0)) }
                + accounts.map { .hash(Keys.account(shard, $0, now.day)) })
        for (id, answer) in zip(ids, loaded.answers) {
            guard case .fields(let fields) = answer else { continue }
            do throws(FieldError) {
                let position = fields.isEmpty ? nil : try PositionTracker(fields, id: id)
                let mine = position.map { desk.keys.partition(of: $0.index) == partition } ?? false
                book.replace(id, with: mine ? position : nil)
            } catch {
                // What was known of it is watched on.
                unreadable.append(
                    Alarm(
                        .critical, stage: name, message: "position is unreadable: \(error)",
                        position: id, at: now))
            }
        }
        for (account, answer) in zip(accounts, loaded.answers.dropFirst(ids.count)) {
            guard case .fields(let fields) = answer, let day = try? AccountDay(fields) else {
                continue
            }
            book.setRealised(account, day.realised)
        }
    }
}
