package import MessageBus
import Settings
import Stages
import Trading

/// The entry guard's hands: a signal is as many decisions as there are accounts that follow it,
/// each committed in its account's own slot. The signal is acknowledged when each account has its
/// verdict; whoever takes it up again finds the verdicts that are already there.
package final class EntryGuardStage: GroupStage {
    package let name = EntryGuard.stage
    package let slot = Slot.bus
    package let streams = [Keys.signals]

    private let desk: Desk
    private let entryGuard: EntryGuard
    private let backpressure: Backpressure
    private var instruments = InstrumentBook()
    private var measuredAt: EventTime?

    /// Without signals too: people want to see the backlog, and to hear of the end of a pause.
    private static let measureEvery = Span.seconds(1)
    /// An account's day may change under a decision a few times, by fills and other signals.
    private static let attempts = 20

    package init(_ desk: Desk) {
        self.desk = desk
        entryGuard = EntryGuard(charges: desk.charges)
        backpressure = Backpressure(desk)
    }

    package func settle(
        _ work: Work, _ session: any BusSession
    ) throws(BusError) -> [Step] {
        if measuredAt.map({ session.wall - $0 >= Self.measureEvery }) ?? true {
            measuredAt = session.wall
            _ = try backpressure.measured(Array(0..<desk.keys.shards), session)
        }
        let reading = Reading<Signal>(work.deliveries)
        var steps = reading.rejected
        for (delivery, signal) in reading.messages {
            steps.append(try settle(signal, delivery, work.worker, session))
        }
        return steps
    }

    private func settle(
        _ signal: Signal, _ delivery: Delivery, _ worker: String, _ session: any BusSession
    ) throws(BusError) -> Step {
        var waiting = desk.followers(of: signal.strategy)
        guard !waiting.isEmpty else {
            return Step(delivery, .deadLetter("no account follows strategy '\(signal.strategy)'"))
        }
        try instruments.ensure(signal.instrument, session)
        for _ in 0..<Self.attempts {
            let verdicts = try decide(signal, delivery, for: waiting, worker, session)
            if verdicts.isEmpty { return Step(delivery, .commit(Change())) }
            for (_, verdict) in verdicts {
                guard case .wrongType(let key) = verdict else { continue }
                return Step(delivery, .failed("\(key) has a wrong type"))
            }
            waiting = verdicts.map(\.0)
        }
        return Step(delivery, .again(after: .milliseconds(50)))
    }

    /// - Returns: the accounts whose verdict is still missing, and why.
    private func decide(
        _ signal: Signal, _ delivery: Delivery, for accounts: [AccountProfile],
        _ worker: String, _ session: any BusSession
    ) throws(BusError) -> [(AccountProfile, CommitVerdict)] {
        let found = try session.loadEach([InstrumentBook.dayQuery])
        let now = found.now
        try instruments.renew(found.answers.first, session)
        let state = try load(signal, accounts, on: now.day, session)
        let shards = Set(accounts.map { desk.keys.shard(of: $0.id) })
        let backlogs = try backpressure.measured(shards.sorted(), session)
        var commits: [Commit] = []
        var owners: [AccountProfile] = []
        for (account, stored) in zip(accounts, state.accounts) where stored.verdict == nil {
            var ledger = Ledger(
                shard: desk.keys.shard(of: account.id), worker: worker,
                keep: desk.retention.records)
            ledger.remember(Keys.account(ledger.shard, account.id, now.day), stored.day)
            let server = ServerView(
                run: session.serverRun ?? "",
                unreconciled: stored.unreconciled(delivery.id, run: session.serverRun)
                    ?? stored.comparison,
                pause: backlogs[ledger.shard]?.pause)
            let decision = decide(
                signal, for: account, stored, halts: state.halts, server: server, now: now)
            guard case .commit(let effects) = decision else { continue }
            commits += Commit.raising(Ledger.alarms(effects))
            owners.append(account)
            commits.append(
                Commit(
                    slot: .shard(ledger.shard), owner: .anyone,
                    changes: [ledger.change(effects)]))
        }
        guard !commits.isEmpty else { return [] }
        let verdicts = zip(commits, try session.commit(commits))
            .filter { $0.0.slot != .bus }.map { $0.1.first ?? .lost }
        return zip(owners, verdicts).filter { $0.1 != .applied }
    }

    /// An account whose state cannot be read does not enter.
    private func decide(
        _ signal: Signal, for account: AccountProfile, _ stored: Stored, halts: Halts,
        server: ServerView, now: EventTime
    ) -> Decision {
        do {
            if let problem = stored.problem { throw problem }
            return entryGuard.decide(
                signal, account: account, day: try AccountDay(stored.day), halts: halts,
                server: server, instrument: instruments[signal.instrument],
                session: desk.calendar.session(on: now.day),
                budget: try OrderBudget(stored.budget), gateway: desk.gateway(of: account.id),
                now: now)
        } catch {
            let alarm = Alarm(
                .critical, stage: name, message: "stored state: \(error)", account: account.id,
                trace: signal.id, at: now)
            return .commit([
                .verdict(
                    signal.id, account.id, .refused(.halted, detail: "stored state: \(error)")),
                .alarm(alarm),
            ])
        }
    }
}

extension EntryGuardStage {
    private struct Stored {
        var verdict: String?
        var day = Fields()
        var budget = Fields()
        /// What could not be read keeps this account from entering, and no other.
        var problem: Unreadable?
        var serverRun = Fields()
        var nextLook: Int?
        /// Why nobody knows whether its broker's books are as ours.
        var comparison: String?

        /// Nobody has met this run yet, or looked into the account's book, or the signal is older
        /// than the restart.
        func unreconciled(_ signal: EntryID, run: RunID?) -> String? {
            guard let run else { return "the server does not tell its run" }
            // A shard without a record has seen no restart.
            guard !serverRun.isEmpty else { return nil }
            guard let known = try? ServerRun(serverRun), known.id == run else {
                return "the server's run is not the one that this shard knows"
            }
            if nextLook != nil { return "the broker's book was not read since the restart" }
            return signal > known.signals
                ? nil : "the signal is older than the restart: entry=\(signal.text)"
        }
    }

    private func load(
        _ signal: Signal, _ accounts: [AccountProfile], on day: Day, _ session: any BusSession
    ) throws(BusError) -> (halts: Halts, accounts: [Stored]) {
        let queries = accounts.flatMap { account -> [Query] in
            let shard = desk.keys.shard(of: account.id)
            return [
                .text(Keys.verdict(shard, signal.id, account.id)),
                .hash(Keys.account(shard, account.id, day)),
                .hash(Keys.budget(shard, account.id)),
                .hash(Keys.serverRun(shard)),
                .score(Keys.unreconciled(shard), member: account.id.text),
                LastComparison.query(shard, account.id),
            ]
        }
        let loaded = try session.loadEach([.hash(Keys.halt)] + queries)
        let answers = loaded.answers
        var halts = Halts()
        var problem: Unreadable?
        switch answers.first {
        case .success(.fields(let fields)): halts = Halts(fields)
        // Nobody enters while nobody knows whether all is halted.
        case .failure(let error): problem = error
        default: break
        }
        let stored = accounts.indices.map { index in
            var stored = Stored(problem: problem)
            let own = answers[(1 + 6 * index)..<(7 + 6 * index)]
            for (place, answer) in own.enumerated() {
                switch (place, answer) {
                case (0, .success(.text(let verdict))): stored.verdict = verdict
                case (1, .success(.fields(let day))): stored.day = day
                case (2, .success(.fields(let budget))): stored.budget = budget
                case (3, .success(.fields(let run))): stored.serverRun = run
                case (4, .success(.number(let at))): stored.nextLook = at
                case (5, _):
                    guard desk.isCompared(accounts[index].id) else { continue }
                    stored.comparison = LastComparison.problem(
                        answer, desk.reconciler, wall: loaded.wall)
                case (_, .failure(let error)): stored.problem = error
                default: break
                }
            }
            return stored
        }
        return (halts, stored)
    }
}
