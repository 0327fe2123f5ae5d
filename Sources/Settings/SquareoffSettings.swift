package import Trading

/// What a run of Squareoff is told: from a YAML file, the environment above it, defaults below.
///
/// ``SettingsKey/all`` is the table of everything that can be set.
package struct SquareoffSettings: Sendable, Hashable {
    package var redis: RedisSettings
    package var bus: BusSettings
    /// The path of a file of contracts, relative to the working directory.
    package var instruments: String?
    package var indices: [IndexName]
    /// In the file's order, with their profiles resolved.
    package var accounts: [AccountProfile]
    /// In the file's order.
    package var strategies: [StrategyProfile]
    package var entryProfiles: [String: EntryProfile]
    package var riskProfiles: [String: RiskProfile]
    package var exits: ExitProfile
    package var gateway: GatewayProfile
    package var paper: PaperProfile
}

package struct RedisSettings: Sendable, Hashable {
    /// Without user and password: those come from the environment, see `RedisCredentials`.
    package var url = "redis://127.0.0.1:6379/0"
}

/// The layout of the bus. Everything that shares a Redis must agree on it.
package struct BusSettings: Sendable, Hashable {
    package var shards = 1
    package var partitions = 1

    package init(shards: Int = 1, partitions: Int = 1) {
        self.shards = shards
        self.partitions = partitions
    }
}

/// Which broker an account trades at.
package enum BrokerKind: String, Sendable, Hashable, CaseIterable {
    case paper
}
