package import MessageBus
import Trading

/// A stream and everybody who reads it: the one table by which a replay settles and streams are
/// cut.
package struct StreamReaders: Sendable {
    package enum Kind: Sendable {
        /// Its ids are event time.
        case ticks
        /// Between two stages.
        case flow
        /// For people; no stage reads it.
        case people
    }

    /// A fence's holder follows the stream, and reads all of it.
    package struct Follower: Sendable {
        package var fence: Key
        /// What to call the holder.
        package var name: String
    }

    package let stream: Key
    package let kind: Kind
    /// Each of them reads all of it; its consumers share it.
    package let groups: [String]
    package let followers: [Follower]

    private init(
        _ stream: Key, _ kind: Kind = .flow, groups: [String] = [],
        followers: [(Key, String)] = []
    ) {
        self.stream = stream
        self.kind = kind
        self.groups = groups
        self.followers = followers.map { Follower(fence: $0.0, name: $0.1) }
    }

    /// In the order in which work flows. The numbers of shards and partitions never change, so
    /// there is no fence of a reader that used to be.
    package static func all(_ desk: Desk) -> [StreamReaders] {
        let shards = 0..<desk.keys.shards
        let partitions = 0..<desk.keys.partitions
        let ticks = partitions.map { partition in
            StreamReaders(Keys.ticks(partition), .ticks, followers: ticksFollowers(desk, partition))
        }
        let signals = StreamReaders(Keys.signals, groups: [StageName.entryGuard])
        let letters = [Slot.bus] + partitions.map { .partition($0) } + shards.map { .shard($0) }
        return ticks + [signals] + shards.flatMap { ofShard($0, desk) }
            + [StreamReaders(Keys.alarms, .people)]
            + letters.map { StreamReaders(Keys.deadLetters($0), .people) }
    }

    private static func ticksFollowers(_ desk: Desk, _ partition: Int) -> [(Key, String)] {
        [SchedulerStage.fence(partition)]
            + (0..<desk.keys.shards).flatMap { shard in
                [RiskManagerStage.fence(desk, partition, shard), PaperStage.fence(shard)]
            }
    }

    private static func ofShard(_ shard: Int, _ desk: Desk) -> [StreamReaders] {
        let riskManagers = (0..<desk.keys.partitions).map {
            RiskManagerStage.fence(desk, $0, shard)
        }
        return [
            StreamReaders(Keys.entryOrders(shard), groups: [StageName.gateway]),
            StreamReaders(Keys.positions(shard), followers: riskManagers),
            StreamReaders(Keys.exits(shard), groups: [StageName.exitEngine]),
            StreamReaders(Keys.exitOrders(shard), groups: [StageName.gateway]),
            StreamReaders(Keys.paperRequests(shard), followers: [PaperStage.fence(shard)]),
            StreamReaders(Keys.brokerEvents(shard), groups: [StageName.hub]),
            StreamReaders(Keys.orderUpdates(shard), groups: [StageName.handler]),
        ]
    }
}
