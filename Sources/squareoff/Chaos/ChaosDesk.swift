import DhanSimulator
import Settings
import Trading
import Workers

/// What all processes of a run of chaos agree on.
enum ChaosDesk {
    static let accounts = (0..<12).map { AccountID("chaos\($0)") }
    static let strategy: StrategyID = "s"
    static let contracts = 20

    /// - Parameters:
    ///   - ports: of the broker's simulator.
    ///   - tokens: the folder of the accounts' tokens.
    static func make(at ports: SimulatorPorts, tokens: String) throws -> Desk {
        let settings = try SquareoffSettings.parse(yaml, name: "chaos")
        return Desk(try settings.trading(at: ports, tokens: tokens), isLive: true)
    }

    /// The broker's clients, one for each account.
    static var clients: [String] {
        accounts.flatMap {
            ["--client", "\($0):\(SquareoffSettings.simulatedToken(of: $0)):900000000"]
        }
    }

    /// The accounts may enter as often as they like: what is tested is how they leave. The limits
    /// on orders are the broker's, which counts them too.
    private static let yaml = """
        indices: [\(MadeUpCalls.index)]
        accounts:
        \(accounts.map { "  \($0): { capital: 90000000, strategies: [\(strategy)] }" }
            .joined(separator: "\n"))
        strategies:
          \(strategy): { indices: [\(MadeUpCalls.index)] }
        entry_profiles:
          default:
            quote_age: 15s
            cooldown: 0s
            daily_loss: off
            profit_lock_from: off
            max_trades: off
            max_open: off
            max_open_per_index: off
            max_open_per_side: off
            max_lots: 3
            order_validity: 5s
        risk_profiles:
          default: { daily_loss: off }
        exits: { chase_after: 2s, retry_after: 500ms }
        gateway: { poll_every: 3s, retry_after: 500ms }
        retention: { sweep_every: 5s }
        """
}
