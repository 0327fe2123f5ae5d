import MessageBus
import Trading

/// Which accounts there are: kept beside the layout, so that no process takes the positions of some
/// of them for nobody's while another one works on them.
enum Roster {
    static let query = Query.fields(Keys.layout, [field])

    static let field = "accounts"

    /// Those that are kept.
    ///
    /// - Parameter stored: the layout.
    static func accounts(_ stored: Fields) -> [AccountID] {
        (stored[field] ?? "").split(separator: " ").map { AccountID(String($0)) }
    }

    /// The desk's, as they are kept.
    static func text(of desk: Desk) -> String {
        desk.accounts.keys.sorted().map(\.text).joined(separator: " ")
    }

    /// In what the desk's accounts are others than those that are kept; nil where they are not.
    ///
    /// - Parameter place: where the desk is.
    static func difference(_ desk: Desk, _ stored: Fields, _ place: String) -> String? {
        let kept = Set(accounts(stored))
        let lacking = kept.filter { desk.accounts[$0] == nil }.sorted()
        let new = desk.accounts.keys.filter { !kept.contains($0) }.sorted()
        let words =
            lacking.map { "\($0) is not configured \(place)" }
            + new.map { "\($0) is configured \(place) alone" }
        return words.isEmpty ? nil : words.joined(separator: ", ")
    }

    /// Takes the desk's accounts down, but where one that it lacks has positions open, and where
    /// somebody is at work with other accounts.
    static func obstacles(
        _ desk: Desk, stored: Fields, _ session: any BusSession
    ) throws(BusError) -> [Layout.Obstacle] {
        let own = text(of: desk)
        guard stored[field] != own else { return [] }
        do throws(BusError) {
            let found = try held(desk, stored, session) + working(desk, stored, session)
            return try found.isEmpty ? change(stored, to: own, session) : found
        } catch {
            // Who may not ask leaves it to those who may.
            guard case .denied = error else { throw error }
            return []
        }
    }

    private static func held(
        _ desk: Desk, _ stored: Fields, _ session: any BusSession
    ) throws(BusError) -> [Layout.Obstacle] {
        let lacking = accounts(stored).filter { desk.accounts[$0] == nil }
        guard !lacking.isEmpty else { return [] }
        let open = try session.loadEach(
            lacking.map { .count(Keys.open(desk.keys.shard(of: $0), $0)) }
        ).answers
        return zip(lacking, open).compactMap { account, answer -> Layout.Obstacle? in
            let start = "start with it configured, until they are closed"
            switch answer {
            case .success(.number(let count?)) where count > 0:
                return Layout.Obstacle(
                    text: """
                        account \(account) has \(count) open positions and is not configured \
                        here: \(start)
                        """)
            case .success: return nil
            case .failure(let error):
                return Layout.Obstacle(
                    text: """
                        the open positions of account \(account), which is not configured here, \
                        cannot be read: \(error); \(start)
                        """)
            }
        }
    }

    /// Whatever his stage: what it writes of an account, others read.
    private static func working(
        _ desk: Desk, _ stored: Fields, _ session: any BusSession
    ) throws(BusError) -> [Layout.Obstacle] {
        guard stored[field] != nil, let words = difference(desk, stored, "here"),
            let worker = try LivingWorkers.first(session, where: { _, _ in true })
        else { return [] }
        let text = """
            \(worker) is at work with other accounts (\(words)): start all processes with the \
            same accounts, or stop the others first
            """
        return [Layout.Obstacle(text: text, isPassing: true)]
    }

    private static func change(
        _ stored: Fields, to own: String, _ session: any BusSession
    ) throws(BusError) -> [Layout.Obstacle] {
        let change = Layout.change(field, stored, to: own)
        let verdicts = try session.commit([Commit(slot: .bus, owner: .anyone, changes: [change])])
        if verdicts.first?.first == .applied { return [] }
        // Several start at the same moment, and most of them alike.
        if case .fields(let now)? = try session.load([query]).answers.first, now[field] == own {
            return []
        }
        let text = "another process has just started with other accounts: start all of them alike"
        return [Layout.Obstacle(text: text)]
    }
}
