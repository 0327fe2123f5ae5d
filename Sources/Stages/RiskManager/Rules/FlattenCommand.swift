import Trading

/// A person asked to close everything of the account.
struct FlattenCommand: RiskRule {
    let reason = ExitReason.flatten

    func evidence(in view: RiskView) -> String? {
        view.account.flattenReason.map { "flatten: \($0)" }
    }

    func quiet(in view: RiskView) -> QuietZone {
        view.account.flattenReason == nil ? .everywhere : .nowhere
    }
}
