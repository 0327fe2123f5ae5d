package import Brokers
package import Logging
package import MessageBus
import Synchronization
package import Trading

/// The workers of one process, each on a thread of its own, and the thread that shows their
/// pulses.
package final class Crew {
    private let desk: Desk
    private let bus: any Bus
    private let name: String?
    private let log: Logger
    private let onExit: (@Sendable (PositionTracker) -> Void)?
    private let house: DhanHouse?
    private let brokers: Brokerage
    private let troubles: Troubles?
    private var threads: [WorkerThread] = []
    private let board = PulseBoard()

    /// Of the workers that have come to life so far.
    package var pulses: [Pulse] { board.all }

    /// Called by a supervisor, a worker has this long to finish its batch.
    private static let farewell = 2.5

    /// - Parameters:
    ///   - name: a stable name of this process, under which it finds its own pending entries again
    ///     after a crash.
    ///   - house: for accounts that trade with money; nil where none does.
    ///   - brokers: as the desk says, unless told otherwise.
    ///   - troubles: what the brokers' clients find wrong.
    package init(
        _ desk: Desk, bus: any Bus, name: String?, log: Logger, house: DhanHouse? = nil,
        brokers: Brokerage? = nil, troubles: Troubles? = nil,
        onExit: (@Sendable (PositionTracker) -> Void)? = nil
    ) {
        self.desk = desk
        self.bus = bus
        self.name = name
        self.log = log
        self.onExit = onExit
        self.house = house
        self.brokers = brokers ?? Brokerage(desk, house)
        self.troubles = troubles
    }

    /// Starts one worker of each of these stages for each shard or partition, and one that sweeps.
    package func start(_ stages: [String]) {
        for post in stages.flatMap(posts) + [Post(Janitor.stage, Janitor.stage)] { start(post) }
        if let troubles { watch(troubles) }
        let heartbeat = WorkerThread(name: HeartbeatWorker.name, log: log)
        heartbeat.start { [desk, bus, board, house, log] () throws(BusError) in
            HeartbeatWorker(
                board, session: try bus.session(HeartbeatWorker.name), log: log, desk: desk,
                onReaders: house.map { house in { house.share(among: $0) } })
        }
        threads.append(heartbeat)
    }

    private func watch(_ troubles: Troubles) {
        let thread = WorkerThread(name: TroubleWorker.name, log: log)
        thread.start { [bus] () throws(BusError) in
            TroubleWorker(troubles, session: try bus.session(TroubleWorker.name))
        }
        threads.append(thread)
    }

    private func start(_ post: Post) {
        let name = WorkerName(stage: post.label, given: name)
        let hiring = Hiring(desk, log: log, onExit: onExit)
        let thread = WorkerThread(name: name.text, log: log)
        thread.start { [bus, desk, board, brokers, house, log] () throws(BusError) in
            let session = try bus.session(name.text)
            var made = house.flatMap {
                LiveHiring(desk, $0, log: log).worker(
                    post.stage, of: post.account, named: name, session)
            }
            if made == nil {
                made = try hiring.worker(
                    post.stage, partition: post.partition, shard: post.shard, named: name, session
                ) { () throws(BusError) in
                    try Self.means(desk, session, shard: post.shard, brokers)
                }
            }
            guard let worker = made else { throw .refused("no stage \(post.stage)") }
            guard post.stage != Janitor.stage else { return worker }
            // Before it reads: to the others, who has entries and no heartbeat is dead. Whoever
            // starts at this moment looks for the living by the list.
            try session.beat(worker.pulse, startedAt: session.wall)
            _ = try session.list([worker.pulse])
            board.add(worker.pulse)
            return worker
        }
        threads.append(thread)
    }

    /// Each finishes the batch in hand, gives its leases back and leaves.
    ///
    /// - Returns: the names of those that did not leave in time.
    package func stop() -> [String] {
        for thread in threads.dropLast() { thread.stop() }
        let late = threads.dropLast().filter { !$0.join(within: Self.farewell) }
        // The heartbeat last: a worker that still commits must not look dead.
        threads.last?.stop()
        _ = threads.last?.join(within: 0.5)
        return late.map(\.name)
    }
}

/// Where one worker stands: a stage at one shard or partition.
private struct Post: Sendable {
    var label: String
    var stage: String
    var partition = 0
    var shard = 0
    var account: AccountID?

    init(
        _ label: String, _ stage: String, partition: Int = 0, shard: Int = 0,
        account: AccountID? = nil
    ) {
        self.label = label
        self.stage = stage
        self.partition = partition
        self.shard = shard
        self.account = account
    }
}

extension Crew {
    private func posts(of stage: String) -> [Post] {
        let shards = 0..<desk.keys.shards
        let partitions = 0..<desk.keys.partitions
        switch stage {
        case StageName.scheduler:
            return partitions.map { Post("\(stage)-\($0)", stage, partition: $0) }
        case StageName.riskManager:
            return partitions.flatMap { partition in
                shards.map { shard in
                    Post(
                        "\(stage)-\(partition)-\(shard)", stage, partition: partition, shard: shard)
                }
            }
        case StageName.entryGuard: return [Post(stage, stage)]
        case StageName.paper, StageName.exitEngine, StageName.hub, StageName.handler,
            StageName.gateway, StageName.reconciler:
            return shards.map { Post("\(stage)-\($0)", stage, shard: $0) }
        case StageName.orderListener:
            return desk.moneyAccounts.map { Post("\(stage)-\($0)", stage, account: $0) }
        case StageName.marketFeed:
            // One account's right to data serves all; the others' are in reserve.
            return desk.moneyAccounts.prefix(1).map { Post(stage, stage, account: $0) }
        default: return []
        }
    }

    private static func means(
        _ desk: Desk, _ session: any BusSession, shard: Int, _ brokerage: Brokerage
    ) throws(BusError) -> GatewayMeans {
        // Without it, a frozen sender could call after its order was called absent.
        guard let timer = KillTimer.make() else { throw .refused("no timer for senders") }
        let brokers = desk.accounts(inShard: shard).map {
            ($0.id, brokerage.broker(of: $0.id, shard: shard, session))
        }
        return GatewayMeans(
            brokers: Dictionary(uniqueKeysWithValues: brokers), timer: timer, nonces: .random)
    }
}

/// The pulses of a process's workers, as they come to life.
package final class PulseBoard: Sendable {
    private let pulses = Mutex<[Pulse]>([])

    package init() {}

    package func add(_ pulse: Pulse) { pulses.withLock { $0.append(pulse) } }
    package var all: [Pulse] { pulses.withLock { $0 } }
}
