import ArgumentParser
import MessageBus
import Redis
import Workers

/// One process of a chaos fleet: a stage as in production, at the chaos broker. It runs until it is
/// killed, or its parent is.
struct ChaosWorker: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos-worker", abstract: "One worker process of a run of chaos.",
        shouldDisplay: false)

    @Option var redis: String
    @Option var broker: String
    @Option var stage: String
    @Option var name: String

    func run() throws {
        let crew = Crew(
            try ChaosDesk.make(), bus: RedisBus(endpoint: try RedisEndpoint(url: redis)),
            name: name, log: try logger(level: "error"),
            brokers: Brokerage { [broker] account, _, _ in
                ChaosBroker(account: account, socket: broker)
            })
        crew.start([stage])
        Lifeline.wait()
    }
}
