import MessageBus
import Trading

/// Where each account trades, as far as it could be either: kept beside the layout, so that no run
/// sells at one broker what is held at the other.
enum Venues {
    /// Takes the desk's venues down, but for accounts that trade elsewhere: with positions open
    /// there, or with somebody at work who serves them there.
    ///
    /// - Parameter stored: the layout. An account that it does not name has traded on paper.
    static func obstacles(
        _ desk: Desk, stored: Fields, _ session: any BusSession
    ) throws(BusError) -> [Layout.Obstacle] {
        let moved = desk.accounts.keys.sorted().filter { venue(of: $0, stored) != own($0, desk) }
        guard !moved.isEmpty else { return [] }
        do throws(BusError) {
            return try move(moved, desk, stored, session)
        } catch {
            // Who may not ask does not send either: the gateway may.
            guard case .denied = error else { throw error }
            return []
        }
    }

    private static func move(
        _ moved: [AccountID], _ desk: Desk, _ stored: Fields, _ session: any BusSession
    ) throws(BusError) -> [Layout.Obstacle] {
        let open = try session.loadEach(
            moved.map { .count(Keys.open(desk.keys.shard(of: $0), $0)) }
        ).answers
        let servant = try servant(session)
        var found: [Layout.Obstacle] = []
        var changes: [Change] = []
        for (account, answer) in zip(moved, open) {
            let (before, after) = (venue(of: account, stored), own(account, desk))
            guard case .success(.number(let count)) = answer else { continue }
            let start = "start it as before, with live: true and --live for money"
            if let count, count > 0 {
                let text = """
                    account \(account) has \(count) open positions at \(before), and this run \
                    would trade it at \(after): \(start), until they are closed
                    """
                found.append(Layout.Obstacle(text: text))
            } else if let servant {
                let text = """
                    account \(account) is traded at \(before) by \(servant), and this run would \
                    trade it at \(after): \(start), or stop the others first
                    """
                found.append(Layout.Obstacle(text: text, isPassing: true))
            } else {
                changes.append(change(account, stored, to: after))
            }
        }
        guard !changes.isEmpty else { return found }
        let commit = Commit(slot: .bus, owner: .anyone, changes: changes)
        let verdicts = try session.commit([commit]).first ?? []
        if verdicts.contains(where: { $0 != .applied }) {
            let text = "another process has just said where accounts trade: start again"
            found.append(Layout.Obstacle(text: text))
        }
        return found
    }

    /// The stages that tell a broker something, or believe one.
    private static let serving = [StageName.gateway, StageName.reconciler, StageName.paper]

    /// Somebody of these stages who lives, whatever his accounts: all share their streams.
    private static func servant(_ session: any BusSession) throws(BusError) -> String? {
        try LivingWorkers.first(session) { _, beat in
            serving.contains(beat[Field.stage.rawValue] ?? "")
        }
    }

    private static func change(_ account: AccountID, _ stored: Fields, to venue: String) -> Change {
        Layout.change(name(account), stored, to: venue)
    }
}

/// Two processes that start at the same moment may both find that nobody serves an account. So
/// who tells brokers something, or believes one, looks before each batch.
extension Venues {
    static let query = Query.hash(Keys.layout)

    /// Does nothing where all of the shard's accounts trade where the desk has them. What lacks is
    /// taken down by who trades with money: a server that has forgotten it must not hold exits.
    static func ensure(
        _ desk: Desk, shard: Int, _ answer: Result<Answer, Unreadable>?,
        _ session: any BusSession
    ) throws(BusError) {
        guard case .success(.fields(let stored)) = answer else { return }
        var missing: [Change] = []
        for account in desk.accounts(inShard: shard) {
            let (id, own) = (account.id, own(account.id, desk))
            guard let before = stored[name(id)] else {
                if own != BrokerKind.paper.rawValue { missing.append(change(id, stored, to: own)) }
                continue
            }
            guard before != own else { continue }
            throw .denied(
                """
                account \(id) trades at \(before), and this process would trade it at \(own): \
                stop this process, or the others and start all of them alike
                """)
        }
        guard !missing.isEmpty else { return }
        _ = try session.commit([Commit(slot: .bus, owner: .anyone, changes: missing)])
    }

    static func ensure(
        _ desk: Desk, shard: Int, _ session: any BusSession
    ) throws(BusError) {
        let answer = try session.loadEach([query]).answers.first
        try ensure(desk, shard: shard, answer, session)
    }
}

extension Venues {
    private static func own(_ account: AccountID, _ desk: Desk) -> String {
        desk.venue(of: account).rawValue
    }

    private static func venue(of account: AccountID, _ stored: Fields) -> String {
        stored[name(account)] ?? BrokerKind.paper.rawValue
    }

    private static func name(_ account: AccountID) -> String { "venue:\(account)" }
}
