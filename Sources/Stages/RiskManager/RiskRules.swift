package import Trading

/// One reason to close a position: a pure function of what it sees.
package protocol RiskRule: Sendable {
    var reason: ExitReason { get }
    /// Inputs and thresholds, as `name=value`, when the position must close; nil when it may stay.
    func evidence(in view: RiskView) -> String?
}

package enum RiskRules {
    /// The first that hits wins. A new rule is one file in `Rules/` and one line here.
    package static let inOrder: [any RiskRule] = [
        FlattenCommand(),
        SessionEnd(),
        DailyLoss(),
        StopLoss(),
        TrailingStop(),
        TakeProfit(),
        PeakDrawdown(),
        ProfitFloor(),
        TimeStop(),
        StaleFeed(),
    ]
}
