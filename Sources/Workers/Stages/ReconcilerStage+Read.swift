import MessageBus
import Stages
import Trading

extension ReconcilerStage {
    /// What one read of an account's books comes to, on what is stored now.
    func compare(
        _ read: BookReads.Read, _ work: Work, _ session: any BusSession
    ) throws(BusError) -> Step {
        var load = ShardLoad(desk, shard: shard, worker: work.worker)
        let stored = try Stored(of: read, shard, &load, session)
        let guards = read.due.sorted { $0.key.text < $1.key.text }.map {
            Guard.score($0.key, member: $0.value.member, is: $0.value.at)
        }
        let then = keeping(read)
        var step = load.step(nil, then: then, guardedBy: guards) { load throws(FieldError) in
            let ours = try stored.ours(
                of: read, load, isUnreconciled: read.due[Keys.unreconciled(shard)] != nil)
            return .commit(
                Reconciler.decide(
                    books: read.books, ours: ours, profile: desk.reconciler, now: load.now,
                    asked: read.asked, wall: load.wall))
        }
        step.due = read.due.first.map { ($0.key, $0.value) }
        return step
    }

    /// A process whose reads fail at once is done before any good read, and moves the due time each
    /// time: no good one would ever be stored. So it is compared once more.
    private func keeping(_ read: BookReads.Read) -> ((CommitVerdict) -> Void)? {
        guard read.books != nil, !read.isSecond else { return nil }
        return { [self] verdict in
            if case .refused = verdict { refused.append(read) }
        }
    }

    /// Those that nothing but failed reads has overtaken, with the times that stand there now.
    func takeRefused(_ session: any BusSession) throws(BusError) -> [BookReads.Read] {
        var again: [BookReads.Read] = []
        for read in refused {
            if let read = try renewed(read, session) { again.append(read) }
        }
        refused = []
        return again
    }

    /// Nil where a good read as new as this one is stored, or somebody has asked for a newer one: a
    /// failed read leaves one time in both sets, and it has still to come.
    private func renewed(
        _ read: BookReads.Read, _ session: any BusSession
    ) throws(BusError) -> BookReads.Read? {
        let (due, marks) = (Keys.reconcileDue(shard), Keys.unreconciled(shard))
        let member = read.account.text
        let found = try session.loadEach([
            .hash(Keys.reconciled(shard, read.account)), .score(due, member: member),
            .score(marks, member: member),
        ])
        guard case .success(.fields(let fields)) = found.answers[0],
            let record = try? Reconciliation(fields), record.failures > 0,
            record.readAt.map({ $0 < read.asked }) ?? true,
            case .success(.number(let at?)) = found.answers[1], at > found.wall.milliseconds
        else { return nil }
        let time = DueTime(member: member, at: at)
        var again = read
        again.isSecond = true
        again.due = [due: time]
        if read.due[marks] != nil {
            guard case .success(.number(let mark)) = found.answers[2], mark == at
            else { return nil }
            again.due[marks] = time
        }
        return again
    }

    /// Every account has a time at which its books are next compared. One whose time is long past
    /// was looked at by nobody, and one at a broker that has none yet was looked at never: their
    /// entries wait for the first look.
    func scheduleAll(_ session: any BusSession) throws(BusError) {
        let accounts = desk.accounts(inShard: shard).map(\.id)
        let set = Keys.reconcileDue(shard)
        let loaded = try session.loadEach(accounts.map { .score(set, member: $0.text) })
        let wall = loaded.wall
        var changes: [Change] = []
        for (account, answer) in zip(accounts, loaded.answers) {
            guard case .success(.number(let score)) = answer else { continue }
            let lapse = desk.reconciler.every + desk.reconciler.every
            let isLapsed = score.map { wall.milliseconds - $0 > lapse.milliseconds } ?? true
            guard isLapsed else { continue }
            let guardian = score.map { Guard.score(set, member: account.text, is: $0) }
            var writes: [Write] = []
            if desk.venue(of: account) != .paper {
                writes.append(
                    .schedule(
                        Keys.unreconciled(shard), member: account.text, at: wall.milliseconds))
            }
            writes.append(.schedule(set, member: account.text, at: wall.milliseconds))
            changes.append(Change(guards: [guardian].compactMap(\.self), writes: writes))
        }
        guard !changes.isEmpty else { return }
        _ = try session.commit([Commit(slot: .shard(shard), owner: .anyone, changes: changes)])
    }
}

/// What was loaded to hold against one read of the books.
private struct Stored {
    private var open: [PositionID] = []
    private var owners: [OrderNumber: CorrelationID] = [:]
    private var isComplete = true
    private let shard: Int

    /// In two round trips: what the books and the account name, then what those name; in a third
    /// where exits work.
    init(
        of read: BookReads.Read, _ shard: Int, _ load: inout ShardLoad, _ session: any BusSession
    ) throws(BusError) {
        self.shard = shard
        let account = read.account
        let listings = read.books?.orders ?? []
        let named = Set(listings.compactMap(\.correlation)).sorted()
        let nameless = listings.filter { $0.correlation == nil }.map(\.number)
        let shared = [Keys.byHand(shard, account), Keys.reconciled(shard, account)]
        let answers = try load.load(
            [], tolerating: shared + named.map { Keys.order(shard, $0) },
            also: [.members(Keys.open(shard, account))]
                + nameless.map { .text(Keys.orderNumber(shard, $0)) }, session)
        if case .success(.texts(let ids)) = answers[0] {
            open = ids.map { PositionID($0) }.sorted()
        } else {
            isComplete = false
        }
        for (number, answer) in zip(nameless, answers.dropFirst()) {
            guard case .success(.text(let text)) = answer else {
                isComplete = false
                continue
            }
            owners[number] = text.flatMap { CorrelationID(text: $0) }
        }
        let keys =
            open.map { Keys.position(shard, $0) }
            + Set(owners.values).sorted().map { Keys.order(shard, $0) }
        try load.load([], tolerating: keys, session)
        let exits = open.compactMap { try? load.ledger.position($0) }.flatMap(\.workingExits)
        if !exits.isEmpty {
            try load.load([], tolerating: exits.map { Keys.order(shard, $0) }, session)
        }
    }

    /// What cannot be read of the account's state leaves it without a conclusion. What cannot be
    /// read of the reconciler's own record only a person can mend.
    func ours(
        of read: BookReads.Read, _ load: ShardLoad, isUnreconciled: Bool
    ) throws(FieldError) -> Reconciler.Ours {
        let (account, day, ledger) = (read.account, load.now.day, load.ledger)
        let trades = try? ledger.handTrades(account, on: day)
        var ours = Reconciler.Ours(
            account: account, trades: trades ?? HandTrades(on: day),
            record: try ledger.reconciliation(account, on: day))
        ours.isComplete = isComplete && trades != nil && load.unreadable.isEmpty
        ours.isUnreconciled = isUnreconciled
        ours.owners = owners
        let ids = Set((read.books?.orders ?? []).compactMap(\.correlation)).union(owners.values)
        for id in ids {
            do throws(FieldError) {
                ours.orders[id] = try ledger.order(id)
            } catch {
                ours.isComplete = false
            }
        }
        for id in open {
            guard let position = try? ledger.position(id) else {
                ours.isComplete = false
                continue
            }
            ours.positions.append(position)
            for id in position.workingExits { ours.orders[id] = (try? ledger.order(id)) ?? nil }
        }
        return ours
    }
}

extension PositionTracker {
    fileprivate var workingExits: [CorrelationID] { exit.working > 0 ? exitOrders : [] }
}
