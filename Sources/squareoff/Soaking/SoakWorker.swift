import ArgumentParser
import Foundation
import Logging
import MessageBus
import Redis
import Workers

/// One process of a soak's fleet. It runs until it is killed, or its parent is.
struct SoakWorker: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak-worker", abstract: "One worker process of a soak.", shouldDisplay: false)

    @Option var redis: String
    @Option var name: String

    private typealias Make = @Sendable (any BusSession, WorkerName) -> any Worker

    func run() throws {
        let log = try logger(level: "error")
        let bus = RedisBus(endpoint: try RedisEndpoint(url: redis))
        let desk = try Soak.desk()
        let board = PulseBoard()
        let hub = SoakRelay.init
        let makers: [(String, Make)] = [
            (
                StageName.hub,
                { session, worker in
                    GroupWorker(
                        hub(StageName.hub, SoakRoute.first, SoakRoute.second), session: session,
                        name: worker, log: log)
                }
            ),
            (
                StageName.handler,
                { session, worker in
                    GroupWorker(
                        hub(StageName.handler, SoakRoute.second, SoakRoute.last),
                        session: session, name: worker, log: log)
                }
            ),
            (
                StageName.riskManager,
                { session, worker in
                    OrderedWorker(SoakTally(), session: session, name: worker, log: log)
                }
            ),
            (
                Janitor.stage,
                { session, worker in
                    Janitor(desk, session: session, name: worker, log: log)
                }
            ),
        ]
        for (stage, make) in makers {
            start(WorkerName(stage: stage, given: name), make, board, on: bus, log)
        }
        WorkerThread(name: "heartbeat", log: log).start { () throws(BusError) in
            HeartbeatWorker(board, session: try bus.session("heartbeat"), log: log)
        }
        Lifeline.wait()
    }

    private func start(
        _ name: WorkerName, _ make: @escaping Make, _ board: PulseBoard, on bus: RedisBus,
        _ log: Logger
    ) {
        WorkerThread(name: name.text, log: log).start { () throws(BusError) in
            let session = try bus.session(name.text)
            let worker = make(session, name)
            try session.beat(worker.pulse, startedAt: session.wall)
            board.add(worker.pulse)
            return worker
        }
    }
}
