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
    private let brokers: Brokerage
    private var threads: [WorkerThread] = []
    private let board = PulseBoard()

    /// Of the workers that have come to life so far.
    package var pulses: [Pulse] { board.all }

    /// Called by a supervisor, a worker has this long to finish its batch.
    private static let farewell = 2.5

    /// The broker of an account, for a gateway of its shard.
    package typealias Brokerage =
        @Sendable (AccountID, _ shard: Int, any BusSession) -> any Broker

    /// - Parameters:
    ///   - name: a stable name of this process, under which it finds its own pending entries again
    ///     after a crash.
    ///   - brokers: the paper broker, unless told otherwise.
    package init(
        _ desk: Desk, bus: any Bus, name: String?, log: Logger, brokers: Brokerage? = nil,
        onExit: (@Sendable (PositionTracker) -> Void)? = nil
    ) {
        self.desk = desk
        self.bus = bus
        self.name = name
        self.log = log
        self.onExit = onExit
        self.brokers =
            brokers ?? { account, shard, session in
                PaperBroker(
                    account: account, store: BusPaperStore(desk, session, shard: shard),
                    profile: desk.paper)
            }
    }

    /// Starts one worker of each of these stages for each shard or partition.
    package func start(_ stages: [String]) {
        let board = board
        for stage in stages {
            for post in posts(of: stage) {
                let name = WorkerName(stage: post.label, given: name)
                let thread = WorkerThread(name: name.text, log: log)
                thread.start { [bus, log] () throws(BusError) in
                    let session = try bus.session(name.text)
                    let worker = try post.make(session, name, log)
                    // Before it reads: to the others, who has entries and no heartbeat is dead.
                    try session.beat(worker.pulse, startedAt: session.wall)
                    board.add(worker.pulse)
                    return worker
                }
                threads.append(thread)
            }
        }
        let janitor = WorkerName(stage: Janitor.stage, given: name)
        let sweeper = WorkerThread(name: janitor.text, log: log)
        sweeper.start { [bus, desk, log] () throws(BusError) in
            Janitor(desk, session: try bus.session(janitor.text), name: janitor, log: log)
        }
        threads.append(sweeper)
        let heartbeat = WorkerThread(name: "heartbeat", log: log)
        heartbeat.start { [bus, log] () throws(BusError) in
            HeartbeatWorker(board, session: try bus.session("heartbeat"), log: log)
        }
        threads.append(heartbeat)
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
    var make: @Sendable (any BusSession, WorkerName, Logger) throws(BusError) -> any Worker
}

extension Crew {
    private func posts(of stage: String) -> [Post] {
        let shards = 0..<desk.keys.shards
        let partitions = 0..<desk.keys.partitions
        let desk = desk
        let onExit = onExit
        let log = log
        switch stage {
        case StageName.scheduler:
            return partitions.map {
                ordered("\(stage)-\($0)", SchedulerStage(desk, partition: $0, log: log))
            }
        case StageName.riskManager:
            return partitions.flatMap { partition in
                shards.map { shard in
                    ordered(
                        "\(stage)-\(partition)-\(shard)",
                        RiskManagerStage(desk, partition: partition, shard: shard))
                }
            }
        case StageName.paper:
            return shards.map { ordered("\(stage)-\($0)", PaperStage(desk, shard: $0)) }
        case StageName.entryGuard: return [group(stage, EntryGuardStage(desk))]
        case StageName.exitEngine:
            return shards.map { group("\(stage)-\($0)", ExitEngineStage(desk, shard: $0)) }
        case StageName.hub:
            return shards.map { group("\(stage)-\($0)", OrderUpdateHubStage(desk, shard: $0)) }
        case StageName.handler:
            return shards.map {
                group("\(stage)-\($0)", OrderUpdateHandlerStage(desk, shard: $0, onExit: onExit))
            }
        case StageName.gateway: return shards.map { gateway("\(stage)-\($0)", shard: $0) }
        default: return []
        }
    }

    private func group(
        _ label: String, _ stage: @autoclosure @escaping @Sendable () -> any GroupStage
    ) -> Post {
        Post(label: label) { session, name, log in
            GroupWorker(stage(), session: session, name: name, log: log)
        }
    }

    private func ordered(
        _ label: String, _ stage: @autoclosure @escaping @Sendable () -> any OrderedStage
    ) -> Post {
        Post(label: label) { session, name, log in
            OrderedWorker(stage(), session: session, name: name, log: log)
        }
    }

    private func gateway(_ label: String, shard: Int) -> Post {
        let desk = desk
        let makeBroker = brokers
        return Post(label: label) { session, name, log throws(BusError) in
            // Without it, a frozen sender could call after its order was called absent.
            guard let timer = KillTimer.make() else { throw .refused("no timer for senders") }
            let brokers = desk.accounts(inShard: shard).map {
                ($0.id, makeBroker($0.id, shard, session))
            }
            let stage = GatewayStage(
                desk, shard: shard, brokers: Dictionary(uniqueKeysWithValues: brokers),
                calls: BrokerCalls(interrupt: session.interrupt), timer: timer,
                nonces: .random)
            return GroupWorker(stage, session: session, name: name, log: log)
        }
    }
}

/// The pulses of a process's workers, as they come to life.
package final class PulseBoard: Sendable {
    private let pulses = Mutex<[Pulse]>([])

    package init() {}

    package func add(_ pulse: Pulse) { pulses.withLock { $0.append(pulse) } }
    package var all: [Pulse] { pulses.withLock { $0 } }
}
