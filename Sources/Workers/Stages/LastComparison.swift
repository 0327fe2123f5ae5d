import MessageBus
import Trading

/// How old the last comparison of an account with its broker's books is.
///
/// A mark that somebody must lift stops entries only where somebody sets it: a run without a
/// reconciler would never. So who enters looks at the comparison itself.
enum LastComparison {
    /// With what exits must know of it.
    static func query(_ shard: Int, _ account: AccountID) -> Query {
        .fields(
            Keys.reconciled(shard, account), [Field.readAt.rawValue, Field.missing.rawValue])
    }

    /// Why the account, which trades with money, does not enter; nil where it may.
    static func problem(
        _ answer: Result<Answer, Unreadable>, _ profile: ReconcilerProfile, wall: EventTime
    ) -> String? {
        guard case .success(.fields(let fields)) = answer else {
            return "the last comparison with the broker's books cannot be read"
        }
        guard let text = fields[Field.readAt.rawValue], let readAt = EventTime(text: text) else {
            return "nobody has compared the broker's books: is a reconciler running?"
        }
        // One from the future is of a clock that is wrong.
        let age = readAt > wall ? readAt - wall : wall - readAt
        guard age > profile.longestGap else { return nil }
        return """
            the broker's books were last compared at \(readAt.text), more than \
            \(profile.longestGap.milliseconds / 1_000) s ago: is a reconciler running?
            """
    }
}
