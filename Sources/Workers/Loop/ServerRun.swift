import MessageBus
import Stages
import Trading

/// The server's run that a shard was last met in: `sq:{0}:server-run`. Whoever meets another one
/// marks every account *unreconciled*, in the same commit.
struct ServerRun: Sendable, Hashable {
    var id: RunID
    /// How many runs this shard has seen.
    var count: Int
    /// The newest signal at that time. It and all before it may have been entered on.
    var signals: EntryID
    var at: EventTime
    /// The same by the wall's clock. All that a run before has marked was marked before.
    var metAt: EventTime
    /// The runs before, oldest first.
    var earlier: [RunHistory.Met]

    init(
        id: RunID, count: Int, signals: EntryID, at: EventTime, metAt: EventTime,
        earlier: [RunHistory.Met] = []
    ) {
        self.id = id
        self.count = count
        self.signals = signals
        self.at = at
        self.metAt = metAt
        self.earlier = earlier
    }

    var history: RunHistory { RunHistory(current: .init(id: id, at: metAt), earlier: earlier) }

    init(_ fields: Fields) throws(FieldError) {
        self.init(
            id: try fields.get(.serverRun), count: try fields.get(.runs),
            signals: try fields.get(.signals), at: try fields.get(.at),
            metAt: try fields.get(.metAt),
            earlier: (try? fields.find(.earlierRuns, as: EarlierRuns.self))?.runs ?? [])
    }

    var fields: Fields {
        var fields = Fields()
        fields.put(.serverRun, id)
        fields.put(.runs, count)
        fields.put(.signals, signals)
        fields.put(.at, at)
        fields.put(.metAt, metAt)
        fields.put(.earlierRuns, earlier.isEmpty ? nil : EarlierRuns(runs: earlier))
        return fields
    }
}

extension ServerRun {
    /// The run that this session is connected to, as the shard knows it from here on.
    ///
    /// - Parameters:
    ///   - before: the run that the caller had met; a shard that has forgotten it was flushed.
    ///   - lookAfter: added up, how long until an order sent just before the restart must be in the
    ///     broker's book.
    static func meet(
        shard: Int, accounts: [AccountID], after before: ServerRun?, lookAfter: [Span],
        _ session: any BusSession
    ) throws(BusError) -> ServerRun {
        guard let run = session.serverRun else {
            throw .denied("the server does not tell its run: this user needs the right to INFO")
        }
        let (key, field) = (Keys.serverRun(shard), Field.serverRun.rawValue)
        for _ in 0..<attempts {
            let loaded = try session.loadEach([
                .hash(key), .newest(Keys.signals), .due(Keys.unreconciled(shard), limit: 1),
            ])
            guard case .success(.fields(let stored)) = loaded.answers[0] else {
                throw .refused("\(key) cannot be read")
            }
            // An unreadable record is one that cannot vouch for anything.
            let known = try? ServerRun(stored)
            if let known, known.id == run { return known }
            let isFirst = stored.isEmpty && before == nil
            // Where the signals cannot be read, all up to this moment are as old as the restart.
            var newest = EntryID(loaded.wall.milliseconds, .max)
            if case .success(.newest(let id)) = loaded.answers[1] { newest = id }
            let met = ServerRun(
                id: run, count: isFirst ? 1 : max(known?.count ?? 1, 1) + 1,
                signals: isFirst ? .zero : newest, at: loaded.now, metAt: loaded.wall,
                earlier: known?.history.followed(by: .init(id: run, at: loaded.wall)).earlier ?? [])
            let unreconciled = isFirst ? [] : accounts
            let change = met.change(
                of: shard, replacing: stored[field], marking: unreconciled,
                until: lookAfter.reduce(loaded.wall, +))
            var changes = [change]
            // All are marked anew, so what stands there and is no set of marks can go.
            if case .failure = loaded.answers[2] {
                let removal = Write.delete(Keys.unreconciled(shard))
                changes.insert(Change(guards: change.guards, writes: [removal]), at: 0)
            }
            let verdict = try session.commit([
                Commit(slot: .shard(shard), owner: .anyone, changes: changes)
            ]).first?.last
            if case .wrongType(let key) = verdict { throw .refused("\(key) has a wrong type") }
            guard verdict == .applied else { continue }
            _ = try session.commit(Commit.raising(unreconciled.map { met.alarm(for: $0) }))
            return met
        }
        throw .retry("\(key) changes all the time")
    }

    /// Each one lost means that another gateway was met first.
    private static let attempts = 20

    private func change(
        of shard: Int, replacing before: String?, marking accounts: [AccountID],
        until look: EventTime
    ) -> Change {
        let (key, field) = (Keys.serverRun(shard), Field.serverRun.rawValue)
        let marks = accounts.map {
            Write.schedule(
                Keys.unreconciled(shard), member: $0.text, at: look.milliseconds)
        }
        return Change(
            guards: [before.map { .field(key, field, is: $0) } ?? .fieldAbsent(key, field)],
            // Whole: what stands there may be no record.
            writes: [.delete(key), .set(key, fields)] + marks)
    }

    private func alarm(for account: AccountID) -> Alarm {
        Alarm(
            .warning, stage: StageName.gateway,
            message: "the server was restarted: \(account) does not enter before its book is read",
            account: account, at: at)
    }
}

/// `a1b2@1770349500000 c3d4@1770349700000`
private struct EarlierRuns: FieldValue {
    var runs: [RunHistory.Met]

    init(runs: [RunHistory.Met]) { self.runs = runs }

    init?(text: String) {
        runs = []
        for part in text.split(separator: " ") {
            let words = part.split(separator: "@", omittingEmptySubsequences: false)
            guard words.count == 2, !words[0].isEmpty, let at = EventTime(text: String(words[1]))
            else { return nil }
            runs.append(.init(id: RunID(String(words[0])), at: at))
        }
    }

    var text: String { runs.map { "\($0.id.text)@\($0.at.text)" }.joined(separator: " ") }
}
