package import MessageBus
package import Settings
package import Trading

/// What every worker of a process knows: the configuration, by the name that it is asked for.
package struct Desk: Sendable {
    package let keys: Keys
    package let retention: RetentionSettings
    package let backpressure: BackpressureSettings
    package let accounts: [AccountID: AccountProfile]
    package let strategies: [StrategyProfile]
    package let indices: [IndexName]
    /// Whether the contracts come from a file of a person's, and not from the broker.
    package let hasOwnContracts: Bool
    package let exits: ExitProfile
    package let gateway: GatewayProfile
    package let reconciler: ReconcilerProfile
    package let dhan: DhanSettings
    /// Whether accounts that may trade with money do.
    package let isLive: Bool
    /// Whether a reconciler keeps comparing those accounts with their brokers' books. Where none
    /// is meant to, as in a replay, entries do not wait for it.
    package var comparesBooks = true
    package let paper: PaperProfile
    package let calendar = TradingCalendar.derivatives
    package let charges = ChargeSchedule()

    private let gateways: [AccountID: GatewayProfile]

    package init(_ settings: SquareoffSettings, isLive: Bool = false) {
        keys = Keys(shards: settings.bus.shards, partitions: settings.bus.partitions)
        retention = settings.retention
        backpressure = settings.backpressure
        accounts = Dictionary(uniqueKeysWithValues: settings.accounts.map { ($0.id, $0) })
        strategies = settings.strategies
        indices = settings.indices
        hasOwnContracts = settings.instruments != nil
        exits = settings.exits
        gateway = settings.gateway
        gateways = accounts.mapValues { settings.gateway.with($0.orderLimits) }
        reconciler = settings.reconciler
        dhan = settings.dhan
        self.isLive = isLive
        paper = settings.paper
    }

    /// With the account's own order limits.
    package func gateway(of account: AccountID) -> GatewayProfile { gateways[account] ?? gateway }

    package func venue(of account: AccountID) -> BrokerKind {
        accounts[account]?.venue(inLiveRun: isLive) ?? .paper
    }

    /// The accounts of a shard, in a fixed order.
    package func accounts(inShard shard: Int) -> [AccountProfile] {
        accounts.values.filter { keys.shard(of: $0.id) == shard }.sorted { $0.id < $1.id }
    }

    /// Who follows a strategy, in a fixed order.
    package func followers(of strategy: StrategyID) -> [AccountProfile] {
        accounts.values.filter { $0.strategies.contains(strategy) }.sorted { $0.id < $1.id }
    }
}
