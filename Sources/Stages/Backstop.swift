package import Trading

/// The daily loss that the broker itself must know: for a day on which nobody here is alive to
/// follow the account's own rule.
package enum Backstop {
    /// It follows the own rule at a distance. The broker sells all that it sees, without asking:
    /// at the same loss both would sell the same units.
    private static let distance = Percent.percent(125)

    /// Nil for an account without the rule.
    package static func loss(of account: AccountProfile) -> Money? {
        account.risk.dailyLoss.map { distance.of($0.of(account.capital)) }
    }

    /// What must be set; nil for nothing. A limit of an account without the rule is somebody
    /// else's, and stays.
    package static func correction(of account: AccountProfile, stands: Money?) -> Money? {
        guard let loss = loss(of: account), loss > .zero, stands != loss else { return nil }
        return loss
    }
}
