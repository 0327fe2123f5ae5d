package import Trading

/// One reason to close a position: a pure function of what it sees.
package protocol RiskRule: Sendable {
    var reason: ExitReason { get }
    /// Inputs and thresholds, as `name=value`, when the position must close; nil when it may stay.
    func evidence(in view: RiskView) -> String?
    /// The ticks to come on which it surely does not hit. A rule that does not say is asked on
    /// each tick.
    func quiet(in view: RiskView) -> QuietZone
}

extension RiskRule {
    package func quiet(in view: RiskView) -> QuietZone { .nowhere }
}

package enum RiskRules {
    /// The first that hits wins. A new rule is one file in `Rules/` and one line here.
    package static let inOrder = [
        Entry(FlattenCommand()),
        Entry(SessionEnd()),
        Entry(DailyLoss()),
        Entry(StopLoss()),
        Entry(TrailingStop()),
        Entry(TakeProfit()),
        Entry(PeakDrawdown()),
        Entry(ProfitFloor()),
        Entry(TimeStop()),
        Entry(StaleFeed()),
    ]

    /// A rule as a function: copying ten boxes for each look was a sixth of its time.
    package struct Entry: Sendable {
        package let reason: ExitReason
        let evidence: @Sendable (RiskView) -> String?
        let quiet: @Sendable (RiskView) -> QuietZone

        package init(_ rule: some RiskRule) {
            reason = rule.reason
            evidence = { rule.evidence(in: $0) }
            quiet = { rule.quiet(in: $0) }
        }
    }
}
