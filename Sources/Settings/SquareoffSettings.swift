package import Trading

/// What a run of Squareoff is told: from a YAML file, the environment above it, defaults below.
///
/// ``SettingsKey/all`` is the table of everything that can be set.
package struct SquareoffSettings: Sendable, Hashable {
    package var redis: RedisSettings
    package var bus: BusSettings
    package var retention: RetentionSettings
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

/// How long things stay in Redis once everybody is done with them.
package struct RetentionSettings: Sendable, Hashable {
    /// In event time, before the newest tick.
    package var ticks = Span.minutes(60)
    /// Entries of all streams between stages.
    package var streams = Span.days(2)
    /// Entries that people read: alarms and dead letters.
    package var alarms = Span.days(7)
    /// Finished positions and orders, verdicts, account days.
    package var records = Span.days(7)
    package var sweepEvery = Span.seconds(10)

    package init() {}
}

/// Which broker an account trades at.
package enum BrokerKind: String, Sendable, Hashable, CaseIterable {
    case paper
}
