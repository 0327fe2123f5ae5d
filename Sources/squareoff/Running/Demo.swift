import ArgumentParser
import Logging
import MessageBus
import Settings
import Trading
import Workers

struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Trade a made-up session on paper, on a private Redis.",
        discussion: """
            Starts redis-server on a unix socket, runs all stages in this process, plays a \
            generated day of two indices and their options for three accounts, reports, and \
            removes everything again.
            """)

    @Option(help: "Another seed is another day.")
    var seed: UInt64 = 7

    @Option(help: "Configuration, YAML; without it, the demo's own.")
    var config: String?

    @Option(help: "Write the trades to this file, as a JSON array.")
    var json: String?

    @Option(name: .customLong("log-level"), help: "trace, debug, info, notice, warning, error.")
    var logLevel: String = "error"

    func run() throws {
        let settings =
            if let config {
                try SquareoffSettings.load(path: config, environment: [:])
            } else {
                try SquareoffSettings.parse(Self.yaml, name: "demo")
            }
        let session = GeneratedSession(seed: seed)
        let server = try EmbeddedRedis()
        defer { server.stop() }
        let job = Job(
            settings: settings, instruments: session.instruments, source: session, speed: nil,
            runsStages: true, log: try logger(level: logLevel))
        let report = try job.run(on: RedisBus(endpoint: server.endpoint))
        print("A generated session of \(GeneratedSession.day.text), seed \(seed).")
        print(report.text)
        if let json { try report.writeTrades(to: json) }
    }

    /// Three accounts of different size and temper.
    private static let yaml = """
        indices: [BANKNIFTY, NIFTY]
        accounts:
          alpha:
            capital: 300000
            strategies: [supertrend]
          bravo:
            capital: 1000000
            strategies: [supertrend]
            risk: patient
          charlie:
            capital: 3000000
            strategies: [supertrend, eager]
        strategies:
          supertrend:
            indices: [BANKNIFTY, NIFTY]
            adx_period: 7
            min_adx: 15
            min_confirming_adx: 12
          eager:
            indices: [NIFTY]
            supertrend_multiplier: 2.0
            adx_period: 7
            min_adx: 12
            min_confirming_adx: 12
            risk: patient
        entry_profiles:
          default:
            max_lots: 20
        risk_profiles:
          default:
            stop_loss: 12
            take_profit: 25
            peak_drawdown_from: 12
          patient:
            time_stop_losing: 45m
            time_stop_winning: 90m
        """
}
