package import Trading

/// What a run of Squareoff is told: from a YAML file, the environment above it, defaults below.
///
/// ``SettingsKey/all`` is the table of everything that can be set.
package struct SquareoffSettings: Sendable, Hashable {
    package var redis: RedisSettings
    package var bus: BusSettings
    package var retention: RetentionSettings
    package var backpressure: BackpressureSettings
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
    package var reconciler: ReconcilerProfile
    package var dhan: DhanSettings
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

/// When entries pause, so that exits stay quick.
package struct BackpressureSettings: Sendable, Hashable {
    /// Entries of a shard's streams that are unread or pending.
    package var pauseAbove = 2_000

    package init() {}
}

/// Where DhanHQ is reached. A test has a broker of its own here.
package struct DhanSettings: Sendable, Hashable {
    package var rest = "https://api.dhan.co/v2"
    package var auth = "https://auth.dhan.co"
    package var orderSocket = "wss://api-order-update.dhan.co"
    package var feedSocket = "wss://api-feed.dhan.co"
    package var instruments =
        "https://images.dhan.co/api-data/api-scrip-master-detailed.csv"
    /// A file of authorities that are trusted instead of the system's.
    package var caFile: String?

    package init() {}
}
