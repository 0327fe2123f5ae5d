package import MessageBus
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
    private var instruments = InstrumentBook()

    /// An account's day may change under a decision a few times, by fills and other signals.
    private static let attempts = 20

    package init(_ desk: Desk) {
        self.desk = desk
        entryGuard = EntryGuard(charges: desk.charges)
    }

    package func settle(
        _ work: Work, _ session: any BusSession
    ) throws(BusError) -> [Step] {
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
            let verdicts = try decide(signal, for: waiting, worker, session)
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
        _ signal: Signal, for accounts: [AccountProfile], _ worker: String,
        _ session: any BusSession
    ) throws(BusError) -> [(AccountProfile, CommitVerdict)] {
        let now = try session.load([]).now
        let state = try load(signal, accounts, on: now.day, session)
        var commits: [Commit] = []
        var owners: [AccountProfile] = []
        for (account, stored) in zip(accounts, state.accounts) where stored.verdict == nil {
            var ledger = Ledger(shard: desk.keys.shard(of: account.id), worker: worker)
            ledger.remember(Keys.account(ledger.shard, account.id, now.day), stored.day)
            let decision: Decision
            do {
                if let problem = stored.problem { throw problem }
                decision = entryGuard.decide(
                    signal, account: account, day: try AccountDay(stored.day),
                    halts: state.halts, instrument: instruments[signal.instrument],
                    session: desk.calendar.session(on: now.day),
                    budget: try OrderBudget(stored.budget), gateway: desk.gateway, now: now)
            } catch {
                decision = .commit([
                    .verdict(
                        signal.id, account.id, .refused(.halted, detail: "stored state: \(error)")),
                    .alarm(
                        Alarm(
                            .critical, stage: name, message: "stored state: \(error)",
                            account: account.id, trace: signal.id, at: now)),
                ])
            }
            guard case .commit(let effects) = decision else { continue }
            if let alarms = Commit(alarms: Ledger.alarms(effects)) { commits.append(alarms) }
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
}

extension EntryGuardStage {
    private struct Stored {
        var verdict: String?
        var day = Fields()
        var budget = Fields()
        /// What could not be read keeps this account from entering, and no other.
        var problem: Unreadable?
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
            ]
        }
        let answers = try session.loadEach([.hash(Keys.halt)] + queries).answers
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
            for answer in answers[1 + 3 * index...3 + 3 * index] {
                if case .failure(let error) = answer { stored.problem = error }
            }
            if case .success(.text(let verdict)) = answers[1 + 3 * index] {
                stored.verdict = verdict
            }
            if case .success(.fields(let day)) = answers[2 + 3 * index] { stored.day = day }
            if case .success(.fields(let budget)) = answers[3 + 3 * index] {
                stored.budget = budget
            }
            return stored
        }
        return (halts, stored)
    }
}
