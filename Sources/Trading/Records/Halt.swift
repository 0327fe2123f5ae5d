/// The fields of `sq:{bus}:halt`: which scopes may not enter, and what is to be closed at once.
///
/// A halt stops entries and never an exit. A flatten closes what is open, and halts too.
package struct Halts: Sendable, Hashable {
    package enum Scope: Sendable, Hashable {
        case everything
        case account(AccountID)
    }

    /// Scope → why.
    package var halted: [Scope: String] = [:]
    package var flattened: [Scope: String] = [:]

    package init() {}

    private static let flattenPrefix = "flatten:"

    package init(_ fields: Fields) {
        for pair in fields.pairs {
            if pair.name.hasPrefix(Self.flattenPrefix) {
                let scope = Scope(text: String(pair.name.dropFirst(Self.flattenPrefix.count)))
                flattened[scope] = pair.value
            } else {
                halted[Scope(text: pair.name)] = pair.value
            }
        }
    }

    /// Why this account may not enter; nil when it may.
    package func reason(for account: AccountID) -> String? {
        halted[.everything] ?? halted[.account(account)] ?? flattenReason(for: account)
    }

    /// Why everything of this account must be closed; nil when it need not.
    package func flattenReason(for account: AccountID) -> String? {
        // Asked for each position on each tick, and nearly always there is none.
        flattened.isEmpty ? nil : flattened[.everything] ?? flattened[.account(account)]
    }

    package static func haltField(_ scope: Scope) -> String { scope.text }
    package static func flattenField(_ scope: Scope) -> String { flattenPrefix + scope.text }
}

extension Halts.Scope {
    private static let accountPrefix = "account:"

    /// Text that is no account is taken as everything: a halt that was mistyped must halt.
    fileprivate init(text: String) {
        self =
            text.hasPrefix(Self.accountPrefix)
            ? .account(AccountID(String(text.dropFirst(Self.accountPrefix.count)))) : .everything
    }

    fileprivate var text: String {
        switch self {
        case .everything: "all"
        case .account(let account): Self.accountPrefix + account.text
        }
    }
}
