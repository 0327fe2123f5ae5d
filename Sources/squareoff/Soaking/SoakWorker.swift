import ArgumentParser
import Foundation
import Logging
import MessageBus
import Redis
import Workers

/// One process of a soak's fleet. It runs until it is killed.
struct SoakWorker: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak-worker", abstract: "One worker process of a soak.", shouldDisplay: false)

    @Option var redis: String
    @Option var name: String

    func run() throws {
        let log = try logger(level: "error")
        let bus = RedisBus(endpoint: try RedisEndpoint(url: redis))
        let desk = try Soak.desk()
        let name = name
        let board = PulseBoard()
        let hub = SoakRelay.init
        let makers: [(String, @Sendable (any BusSession, WorkerName) -> any Worker)] = [
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
            let worker = WorkerName(stage: stage, given: name)
            WorkerThread(name: worker.text, log: log).start { () throws(BusError) in
                let made = make(try bus.session(worker.text), worker)
                board.add(made.pulse)
                return made
            }
        }
        WorkerThread(name: "heartbeat", log: log).start { () throws(BusError) in
            HeartbeatWorker(board, session: try bus.session("heartbeat"))
        }
        while true { Thread.sleep(forTimeInterval: 3_600) }
    }
}
