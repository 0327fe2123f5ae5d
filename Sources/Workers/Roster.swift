import MessageBus
import Trading

/// Which accounts there are: kept beside the layout, so that no process takes the positions of some
/// of them for nobody's while another one works on them.
enum Roster {
    static let query = Query.fields(Keys.layout, [field])

    private static let field = "accounts"

    /// Those that are kept.
    ///
    /// - Parameter stored: the layout.
    static func accounts(_ stored: Fields) -> [AccountID] {
        (stored[field] ?? "").split(separator: " ").map { AccountID(String($0)) }
    }

    /// Takes the desk's accounts down, but where one that it lacks has positions open, and where
    /// somebody is at work with other accounts.
    static func problems(
        _ desk: Desk, stored: Fields, _ session: any BusSession
    ) throws(BusError) -> [String] {
        let own = desk.accounts.keys.sorted().map(\.text).joined(separator: " ")
        guard stored[field] != own else { return [] }
        do throws(BusError) {
            let problems = try held(desk, stored, session) + working(desk, stored, session)
            return try problems.isEmpty ? change(stored, to: own, session) : problems
        } catch {
            // Who may not ask leaves it to those who may.
            guard case .denied = error else { throw error }
            return []
        }
    }

    private static func held(
        _ desk: Desk, _ stored: Fields, _ session: any BusSession
    ) throws(BusError) -> [String] {
        let lacking = accounts(stored).filter { desk.accounts[$0] == nil }
        guard !lacking.isEmpty else { return [] }
        let open = try session.loadEach(
            lacking.map { .count(Keys.open(desk.keys.shard(of: $0), $0)) }
        ).answers
        return zip(lacking, open).compactMap { account, answer -> String? in
            let start = "start with it configured, until they are closed"
            switch answer {
            case .success(.number(let count?)) where count > 0:
                return """
                    account \(account) has \(count) open positions and is not configured here: \
                    \(start)
                    """
            case .success: return nil
            case .failure(let error):
                return """
                    the open positions of account \(account), which is not configured here, \
                    cannot be read: \(error); \(start)
                    """
            }
        }
    }

    /// Whatever his stage: what it writes of an account, others read.
    private static func working(
        _ desk: Desk, _ stored: Fields, _ session: any BusSession
    ) throws(BusError) -> [String] {
        guard stored[field] != nil,
            let worker = try LivingWorkers.first(session, where: { _, _ in true })
        else { return [] }
        let kept = Set(accounts(stored))
        let lacking = kept.filter { desk.accounts[$0] == nil }.sorted()
        let new = desk.accounts.keys.filter { !kept.contains($0) }.sorted()
        let words =
            lacking.map { "\($0) is not configured here" }
            + new.map { "\($0) is configured here alone" }
        return [
            """
            \(worker) is at work with other accounts (\(words.joined(separator: ", "))): start \
            all processes with the same accounts, or stop the others first
            """
        ]
    }

    private static func change(
        _ stored: Fields, to own: String, _ session: any BusSession
    ) throws(BusError) -> [String] {
        let change = Layout.change(field, stored, to: own)
        let verdicts = try session.commit([Commit(slot: .bus, owner: .anyone, changes: [change])])
        if verdicts.first?.first == .applied { return [] }
        // Several start at the same moment, and most of them alike.
        if case .fields(let now)? = try session.load([query]).answers.first, now[field] == own {
            return []
        }
        return ["another process has just started with other accounts: start all of them alike"]
    }
}
