import MessageBus
import Trading

/// The server's run that a shard was last met in: `sq:{0}:server-run`. Whoever meets another one
/// marks every account *unreconciled*, in the same commit.
struct ServerRun: Sendable, Hashable {
    var id: RunID
    /// How many runs this shard has seen: in the first one nothing can have been forgotten.
    var count: Int
    /// The newest signal at that time. It and all before it may have been entered on.
    var signals: EntryID
    var at: EventTime

    var isFirst: Bool { count == 1 }

    init(id: RunID, count: Int, signals: EntryID, at: EventTime) {
        self.id = id
        self.count = count
        self.signals = signals
        self.at = at
    }

    init(_ fields: Fields) throws(FieldError) {
        self.init(
            id: try fields.get(.serverRun), count: try fields.get(.runs),
            signals: try fields.get(.signals), at: try fields.get(.at))
    }

    var fields: Fields {
        var fields = Fields()
        fields.put(.serverRun, id)
        fields.put(.runs, count)
        fields.put(.signals, signals)
        fields.put(.at, at)
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
        let key = Keys.serverRun(shard)
        while true {
            let loaded = try session.load([.hash(key), .newest(Keys.signals)])
            guard case .fields(let stored) = loaded.answers[0],
                case .newest(let newest) = loaded.answers[1]
            else { throw .refused("\(key) or \(Keys.signals) has a wrong type") }
            // An unreadable record is one that cannot vouch for anything.
            let known = try? ServerRun(stored)
            if let known, known.id == session.serverRun { return known }
            let isFirst = stored.isEmpty && before == nil
            let met = ServerRun(
                id: session.serverRun, count: isFirst ? 1 : max(known?.count ?? 1, 1) + 1,
                signals: isFirst ? .zero : newest, at: loaded.now)
            let unreconciled = isFirst ? [] : accounts
            let change = Change(
                guards: [
                    stored.isEmpty
                        ? .absent(key)
                        : .field(
                            key, Field.serverRun.rawValue,
                            is: stored[Field.serverRun.rawValue] ?? "")
                ],
                writes: [.set(key, met.fields)]
                    + unreconciled.map {
                        .schedule(
                            Keys.unreconciled(shard), member: $0.text,
                            at: lookAfter.reduce(loaded.wall, +).milliseconds)
                    })
            let commits =
                Commit.raising(unreconciled.map { met.alarm(for: $0) })
                + [Commit(slot: .shard(shard), owner: .anyone, changes: [change])]
            let verdict = try session.commit(commits).last?.first
            if case .wrongType(let key) = verdict { throw .refused("\(key) has a wrong type") }
            if verdict == .applied { return met }
        }
    }

    private func alarm(for account: AccountID) -> Alarm {
        Alarm(
            .warning, stage: StageName.gateway,
            message: "the server was restarted: \(account) does not enter before its book is read",
            account: account, at: at)
    }
}
