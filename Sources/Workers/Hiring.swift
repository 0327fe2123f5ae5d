package import Brokers
package import Logging
package import MessageBus
package import Trading

/// What a worker that calls brokers needs and that is not on the bus: a gateway all of it, the
/// reconciler the brokers.
package struct GatewayMeans {
    package var brokers: [AccountID: any Broker]
    package var timer: (any SenderTimer)?
    package var nonces: NonceSource

    package init(
        brokers: [AccountID: any Broker], timer: (any SenderTimer)?, nonces: NonceSource
    ) {
        self.brokers = brokers
        self.timer = timer
        self.nonces = nonces
    }
}

/// Makes workers by their stages' names, for processes and for simulations.
package struct Hiring: Sendable {
    private let desk: Desk
    private let log: Logger
    private let onExit: (@Sendable (PositionTracker) -> Void)?

    package init(
        _ desk: Desk, log: Logger, onExit: (@Sendable (PositionTracker) -> Void)? = nil
    ) {
        self.desk = desk
        self.log = log
        self.onExit = onExit
    }

    /// - Parameter means: asked for by a gateway and by the reconciler alone.
    /// - Returns: nil where no stage has that name.
    package func worker(
        _ stage: String, partition: Int = 0, shard: Int = 0, named name: WorkerName,
        _ session: any BusSession, means: () throws(BusError) -> GatewayMeans
    ) throws(BusError) -> (any Worker)? {
        func group(_ stage: any GroupStage) -> any Worker {
            GroupWorker(stage, session: session, name: name, log: log)
        }
        func ordered(_ stage: any OrderedStage) -> any Worker {
            OrderedWorker(stage, session: session, name: name, log: log)
        }
        switch stage {
        case StageName.scheduler:
            return ordered(SchedulerStage(desk, partition: partition, log: log))
        case StageName.riskManager:
            return ordered(RiskManagerStage(desk, partition: partition, shard: shard))
        case StageName.paper: return ordered(PaperStage(desk, shard: shard))
        case StageName.entryGuard: return group(EntryGuardStage(desk))
        case StageName.exitEngine: return group(ExitEngineStage(desk, shard: shard))
        case StageName.hub: return group(OrderUpdateHubStage(desk, shard: shard))
        case StageName.handler:
            return group(OrderUpdateHandlerStage(desk, shard: shard, onExit: onExit))
        case StageName.gateway:
            let means = try means()
            return group(
                GatewayStage(
                    desk, shard: shard, brokers: means.brokers,
                    calls: BrokerCalls(interrupt: session.interrupt), timer: means.timer,
                    nonces: means.nonces))
        case StageName.reconciler:
            return group(
                ReconcilerStage(
                    desk, shard: shard, brokers: try means().brokers,
                    interrupt: session.interrupt))
        case Janitor.stage: return Janitor(desk, session: session, name: name, log: log)
        default: return nil
        }
    }
}
