import DhanSimulator
import Secrets
import Settings
import Trading
import Workers

/// What all processes of a run of chaos agree on.
enum ChaosDesk {
    static let accounts = (0..<8).map { AccountID("chaos\($0)") }
    static let strategy: StrategyID = "s"
    static let contracts = 20

    /// - Parameters:
    ///   - ports: of the broker's simulator.
    ///   - tokens: the folder of the accounts' tokens.
    static func make(at ports: SimulatorPorts, tokens: String) throws -> Desk {
        let yaml =
            yaml(tokens: tokens) + """

                dhan:
                  rest: "http://127.0.0.1:\(ports.rest)/v2"
                  auth: "http://127.0.0.1:\(ports.rest)"
                  order_socket: "ws://127.0.0.1:\(ports.orders)"
                  feed_socket: "ws://127.0.0.1:\(ports.feed)"
                """
        return Desk(try SquareoffSettings.parse(yaml, name: "chaos"), isLive: true)
    }

    /// The broker's clients, one for each account.
    static var clients: [String] {
        accounts.flatMap { ["--client", "\($0):\(token(of: $0)):900000000"] }
    }

    static func writeTokens(in folder: String) throws {
        for account in accounts {
            try SecretFile.write(Array(token(of: account).utf8), to: "\(folder)/\(account)")
        }
    }

    private static func token(of account: AccountID) -> String { "token-of-\(account)" }

    /// The accounts may enter as often as they like: what is tested is how they leave. The limits
    /// on orders are the broker's, which counts them too.
    private static func yaml(tokens: String) -> String {
        let accounts = accounts.map {
            """
              \($0):
                capital: 90000000
                strategies: [\(strategy)]
                broker: dhan
                live: true
                client_id: \($0)
                token_file: "\(tokens)/\($0)"
            """
        }.joined(separator: "\n")
        return """
            indices: [\(MadeUpCalls.index)]
            accounts:
            \(accounts)
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
}
