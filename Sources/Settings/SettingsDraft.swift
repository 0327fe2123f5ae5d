import Trading

/// The settings while they are put together: profiles and accounts by name, references unresolved.
package struct SettingsDraft: Sendable {
    var redis = RedisSettings()
    var bus = BusSettings()
    var retention = RetentionSettings()
    var backpressure = BackpressureSettings()
    var instruments: String?
    var indices: [IndexName] = ["NIFTY", "BANKNIFTY", "SENSEX"]
    var accounts: [String: Account] = [:]
    var strategies: [String: StrategyProfile] = [:]
    var entryProfiles = [defaultProfile: EntryProfile()]
    var riskProfiles = [defaultProfile: RiskProfile()]
    var exits = ExitProfile()
    var gateway = GatewayProfile()
    var reconciler = ReconcilerProfile()
    var dhan = DhanSettings()
    var paper = PaperProfile()

    /// Exists also when no file names it; every other profile starts from its values.
    static let defaultProfile = "default"

    /// An account as it is written, with the names of its profiles.
    struct Account: Sendable {
        var capital = Money.zero
        var strategies: [StrategyID] = []
        var entry = SettingsDraft.defaultProfile
        var risk = SettingsDraft.defaultProfile
        var broker = BrokerKind.paper
        var live = false
        var access = BrokerAccess()
        var orderLimits = OrderLimits()
    }

    /// Makes the record `name` of a section, before its keys are applied.
    mutating func begin(_ section: String, _ name: String) {
        switch section {
        case "accounts":
            accounts[name] = Account()
            accounts[name]?.access.tokenVariable = SettingsLayers.variable([
                section, name, "token",
            ])
        case "strategies":
            strategies[name] = StrategyProfile(id: StrategyID(name), indices: [])
        case "entry_profiles": entryProfiles[name] = entryProfiles[Self.defaultProfile]
        case "risk_profiles": riskProfiles[name] = riskProfiles[Self.defaultProfile]
        default: break
        }
    }
}

extension SquareoffSettings {
    /// Every reference must have been checked; an unknown one falls back to the default profile.
    init(_ draft: SettingsDraft, accounts: [String], strategies: [String]) {
        redis = draft.redis
        bus = draft.bus
        retention = draft.retention
        backpressure = draft.backpressure
        instruments = draft.instruments
        indices = draft.indices
        self.accounts = accounts.compactMap { name in
            draft.accounts[name].map { AccountProfile(AccountID(name), $0, in: draft) }
        }
        self.strategies = strategies.compactMap { draft.strategies[$0] }
        entryProfiles = draft.entryProfiles
        riskProfiles = draft.riskProfiles
        exits = draft.exits
        gateway = draft.gateway
        reconciler = draft.reconciler
        dhan = draft.dhan
        paper = draft.paper
    }
}

extension AccountProfile {
    fileprivate init(_ id: AccountID, _ account: SettingsDraft.Account, in draft: SettingsDraft) {
        var riskByStrategy: [StrategyID: RiskProfile] = [:]
        for strategy in account.strategies {
            guard let risk = draft.strategies[strategy.text]?.risk else { continue }
            riskByStrategy[strategy] = draft.riskProfiles[risk]
        }
        self.init(
            id: id, capital: account.capital, strategies: account.strategies,
            entry: draft.entryProfiles[account.entry] ?? EntryProfile(),
            risk: draft.riskProfiles[account.risk] ?? RiskProfile(),
            riskByStrategy: riskByStrategy)
        broker = account.broker
        live = account.live
        access = account.access
        orderLimits = account.orderLimits
    }
}
