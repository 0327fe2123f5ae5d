import MessageBus
import Trading

/// Where each account trades, as far as it could be either: kept beside the layout, so that no run
/// sells at one broker what is held at the other.
enum Venues {
    /// Takes the desk's venues down, but for accounts with open positions elsewhere.
    ///
    /// - Parameter stored: the layout. An account that it does not name has traded on paper.
    static func problems(
        _ desk: Desk, stored: Fields, _ session: any BusSession
    ) throws(BusError) -> [String] {
        let accounts = desk.accounts.values.filter { $0.broker != .paper }.sorted { $0.id < $1.id }
        let moved = accounts.filter { venue(of: $0.id, stored) != desk.venue(of: $0.id).rawValue }
        guard !moved.isEmpty else { return [] }
        let open = try session.loadEach(
            moved.map { .count(Keys.open(desk.keys.shard(of: $0.id), $0.id)) }
        ).answers
        var problems: [String] = []
        var changes: [Change] = []
        for (account, answer) in zip(moved, open) {
            let (before, after) = (venue(of: account.id, stored), desk.venue(of: account.id))
            // Who may not ask does not send either: the gateway may.
            guard case .success(.number(let count)) = answer else { continue }
            if let count, count > 0 {
                problems.append(
                    """
                    account \(account.id) has \(count) open positions at \(before), and this run \
                    would trade it at \(after.rawValue): start it as before, with live: true and \
                    --live for money, until they are closed
                    """)
            } else {
                changes.append(
                    Change(writes: [
                        .set(
                            Keys.layout,
                            Fields([.init(name: name(account.id), value: after.rawValue)]))
                    ]))
            }
        }
        if !changes.isEmpty {
            _ = try session.commit([Commit(slot: .bus, owner: .anyone, changes: changes)])
        }
        return problems
    }

    private static func venue(of account: AccountID, _ stored: Fields) -> String {
        stored[name(account)] ?? BrokerKind.paper.rawValue
    }

    private static func name(_ account: AccountID) -> String { "venue:\(account)" }
}
