/// One account as configured.
package struct AccountProfile: Sendable, Hashable {
    package var id: AccountID
    package var capital: Money
    package var strategies: [StrategyID]
    package var entry: EntryProfile
    package var risk: RiskProfile
    /// Risk profiles that strategies bring with them.
    package var riskByStrategy: [StrategyID: RiskProfile]
    package var broker = BrokerKind.paper
    /// Whether it may trade with money. It does where the run is live, too.
    package var live = false
    package var access = BrokerAccess()
    package var orderLimits = OrderLimits()

    package init(
        id: AccountID, capital: Money, strategies: [StrategyID], entry: EntryProfile = .init(),
        risk: RiskProfile = .init(), riskByStrategy: [StrategyID: RiskProfile] = [:]
    ) {
        self.id = id
        self.capital = capital
        self.strategies = strategies
        self.entry = entry
        self.risk = risk
        self.riskByStrategy = riskByStrategy
    }

    package func risk(for strategy: StrategyID) -> RiskProfile {
        riskByStrategy[strategy] ?? risk
    }

    /// Where its orders go: to a broker only by both words, the account's and the run's.
    package func venue(inLiveRun isLive: Bool) -> BrokerKind {
        live && isLive ? broker : .paper
    }
}
