import DhanSimulator
import Secrets
import Settings
import Trading

extension SquareoffSettings {
    /// The same accounts, trading at a simulator as clients of their own names.
    ///
    /// - Parameter folder: where their tokens are kept.
    func trading(at ports: SimulatorPorts, tokens folder: String) throws -> SquareoffSettings {
        var settings = self
        settings.dhan.rest = "http://127.0.0.1:\(ports.rest)/v2"
        settings.dhan.auth = "http://127.0.0.1:\(ports.rest)"
        settings.dhan.orderSocket = "ws://127.0.0.1:\(ports.orders)"
        settings.dhan.feedSocket = "ws://127.0.0.1:\(ports.feed)"
        for index in settings.accounts.indices {
            let id = settings.accounts[index].id
            let file = Self.simulatedTokenFile(of: id, in: folder)
            if !SecretFile.exists(file) {
                try SecretFile.write(Array(Self.simulatedToken(of: id).utf8), to: file)
            }
            settings.accounts[index].broker = .dhan
            settings.accounts[index].live = true
            settings.accounts[index].access.clientID = id.text
            settings.accounts[index].access.tokenFile = file
        }
        return settings
    }

    static func simulatedTokenFile(of account: AccountID, in folder: String) -> String {
        "\(folder)/token-of-\(account)"
    }

    static func simulatedToken(of account: AccountID) -> String { "token-of-\(account)" }
}
