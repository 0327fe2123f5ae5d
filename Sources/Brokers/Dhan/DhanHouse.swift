import Glibc
import HTTP
import Synchronization
package import Trading

/// All accounts at DhanHQ that one process trades in: their calls share a thread.
package final class DhanHouse: Sendable {
    private let endpoints: DhanEndpoints
    private let environment: [String: String]
    private let isInCharge: Bool
    private let mints: Bool
    private let onTrouble: DhanClient.OnTrouble
    private let http = HTTPClient()
    private let clients = Mutex<[AccountID: DhanClient]>([:])
    /// How many processes read the accounts' books, by the last two counts.
    private let readers = Mutex([DhanPacer.usualReaders])

    /// - Parameters:
    ///   - environment: where a token may stand.
    ///   - isInCharge: whether it replaces tokens before their end and fetches the day's contracts.
    ///     A command that is over in a second must not: it would end the token, and itself before
    ///     it has the new one.
    ///   - mints: false for who only looks: a new token ends the one that others use.
    package init(
        _ endpoints: DhanEndpoints, environment: [String: String], isInCharge: Bool = false,
        mints: Bool = true, onTrouble: @escaping DhanClient.OnTrouble = { _, _ in }
    ) {
        self.endpoints = endpoints
        self.environment = environment
        self.isInCharge = isInCharge
        self.mints = mints
        self.onTrouble = onTrouble
    }

    /// The list of contracts, which needs no account; nil where it is not in charge.
    package var instruments: DhanInstruments? {
        guard isInCharge else { return nil }
        return DhanInstruments(
            endpoints: endpoints, http: http, folder: DhanInstruments.folder)
    }

    private static func now() -> EventTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return EventTime(milliseconds: time.tv_sec * 1_000 + time.tv_nsec / 1_000_000)
    }

    /// One for each account, whoever asks: what it may call in a second is counted there.
    package func client(of account: AccountID, _ access: BrokerAccess) -> DhanClient {
        clients.withLock { clients in
            if let client = clients[account] { return client }
            let client = DhanClient(
                account: account, access: self.access(account, access), http: http,
                onTrouble: onTrouble)
            client.pacer.share(among: readers.withLock { $0.max() ?? DhanPacer.usualReaders })
            clients[account] = client
            return client
        }
    }

    /// What an account may be asked in a second is for so many processes together. Fewer of them
    /// are believed at the second count: after a restart of the server all but one seem dead.
    package func share(among count: Int) {
        let readers = readers.withLock { counts in
            counts = counts.suffix(1) + [count]
            return counts.max() ?? count
        }
        let clients = clients.withLock { Array($0.values) }
        for client in clients { client.pacer.share(among: readers) }
    }

    private func access(_ account: AccountID, _ access: BrokerAccess) -> DhanAccess {
        DhanAccess(
            clientID: access.clientID ?? "", endpoints: endpoints, egress: egress(access),
            token: token(account, access))
    }

    /// The settings have read it before.
    private func egress(_ access: BrokerAccess) -> Egress? {
        access.interface.flatMap(Egress.init(text:))
    }

    private func token(_ account: AccountID, _ access: BrokerAccess) -> any DhanTokenSource {
        if mints, let secret = access.totpSecretFile, let pin = access.pinFile {
            return DhanMintedToken(
                .init(
                    clientID: access.clientID ?? "", secretFile: secret, pinFile: pin,
                    tokenFile: access.tokenFile ?? secret + ".token"),
                endpoints: endpoints, egress: egress(access)?.text, http: http,
                renewsEarly: isInCharge, now: Self.now)
        }
        if let file = access.tokenFile {
            let renewal = DhanRenewal(
                clientID: access.clientID ?? "", endpoints: endpoints,
                egress: egress(access)?.text, http: http, now: Self.now,
                onFailure: { [onTrouble] in onTrouble(account, .tokenEnding) })
            return DhanFileToken(path: file, renewal: isInCharge ? renewal : nil)
        }
        let text = environment[access.tokenVariable, default: ""]
        return DhanFixedToken(DhanToken(text: Array(text.utf8)))
    }
}
