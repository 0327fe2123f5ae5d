import ArgumentParser
import Brokers
import DhanSimulator
import MessageBus
import Redis
import Workers

/// One process of a chaos fleet: a stage as in production, at the broker's simulator. It runs until
/// it is killed, or its parent is.
struct ChaosWorker: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos-worker", abstract: "One worker process of a run of chaos.",
        shouldDisplay: false)

    @Option var redis: String
    @Option var rest: Int
    @Option var orders: Int
    @Option var feed: Int
    @Option var tokens: String
    @Option var stage: String
    @Option var name: String

    func run() throws {
        let ports = SimulatorPorts(rest: rest, orders: orders, feed: feed)
        let desk = try ChaosDesk.make(at: ports, tokens: tokens)
        let troubles = Troubles()
        let crew = Crew(
            desk, bus: RedisBus(endpoint: try RedisEndpoint(url: redis)), name: name,
            log: try logger(level: "error"), house: LiveTrading.house(desk, troubles),
            troubles: troubles)
        crew.start([stage])
        Lifeline.wait()
    }
}
