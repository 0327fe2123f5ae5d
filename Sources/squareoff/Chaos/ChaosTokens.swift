import Foundation
import Secrets
import Settings
import Trading

/// The person who puts a new token into an account's file where the broker has ended the old one.
final class ChaosTokens {
    private let broker: SimulatorProcess
    private let folder: String
    private var next = ContinuousClock.now
    private(set) var made = 0

    /// - Parameter folder: of the accounts' token files.
    init(_ broker: SimulatorProcess, in folder: String) {
        self.broker = broker
        self.folder = folder
    }

    /// Looks once a second.
    func beat() throws(SecretFileError) {
        guard ContinuousClock.now >= next else { return }
        next = .now + .seconds(1)
        for account in broker.withoutToken {
            guard let token = broker.issueToken(to: account) else { continue }
            let file = SquareoffSettings.simulatedTokenFile(of: account, in: folder)
            try SecretFile.write(Array(token.utf8), to: file)
            made += 1
        }
    }
}
