/// One reason not to enter: a pure function of what it sees.
package protocol EntryCheck: Sendable {
    var reason: Refusal { get }
    /// Inputs and limit, as `name=value`, when the account must not enter; nil when it may.
    func refusal(in view: EntryView) -> String?
}

package enum EntryChecks {
    /// The first refusal wins. A new check is one type and one line here.
    package static let inOrder: [any EntryCheck] = [
        HaltCheck(),
        ReconciliationCheck(),
        SignalAgeCheck(),
        CalendarCheck(),
        EntryWindowCheck(),
        FeedCheck(),
        DailyLossCheck(),
        ProfitLockCheck(),
        TradeCountCheck(),
        OpenPositionsCheck(),
        OpenPerIndexCheck(),
        OpenPerSideCheck(),
        CooldownCheck(),
        ContractCheck(),
        PremiumCheck(),
        SpreadCheck(),
        OpenInterestCheck(),
        SizeCheck(),
        OrderBudgetCheck(),
    ]
}
