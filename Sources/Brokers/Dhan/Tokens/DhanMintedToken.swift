package import HTTP
import Secrets
import Synchronization
package import Trading

/// A token that is minted by one-time codes, by one process at a time, and kept in a file for all
/// of them.
package final class DhanMintedToken: DhanTokenSource {
    package struct Credentials: Sendable {
        package var clientID: String
        /// The file with the codes' secret, in base 32; and the one with the pin.
        package var secretFile: String
        package var pinFile: String
        /// Where the token is kept.
        package var tokenFile: String

        package init(clientID: String, secretFile: String, pinFile: String, tokenFile: String) {
            self.clientID = clientID
            self.secretFile = secretFile
            self.pinFile = pinFile
            self.tokenFile = tokenFile
        }
    }

    private let credentials: Credentials
    private let mint: DhanMint
    private let store: DhanTokenStore
    private let now: @Sendable () -> EventTime
    private let held = Mutex<DhanTokenStore.Entry>(DhanTokenStore.Entry())

    /// The authority takes one request in two minutes, and one that comes too early begins them
    /// anew.
    static let rest = Span.seconds(125)
    /// A token is used up to here before its end, so that it does not end under a call.
    static let margin = Span.minutes(5)

    /// - Parameter now: the wall's clock, by which codes and tokens live.
    package init(
        _ credentials: Credentials, endpoints: DhanEndpoints, egress: String? = nil,
        http: HTTPClient, now: @escaping @Sendable () -> EventTime
    ) {
        self.credentials = credentials
        self.mint = DhanMint(endpoints: endpoints, egress: egress, http: http)
        self.store = DhanTokenStore(path: credentials.tokenFile)
        self.now = now
    }

    package func current(_ answer: @escaping Answer) {
        if let token = held.withLock({ usable($0, except: nil) }) {
            return answer(.success(token))
        }
        renew(except: nil, answer)
    }

    package func replace(_ dead: DhanToken, _ answer: @escaping Answer) {
        held.withLock { if $0.token == dead { $0 = DhanTokenStore.Entry() } }
        renew(except: dead, answer)
    }

    private func usable(_ entry: DhanTokenStore.Entry, except dead: DhanToken?) -> DhanToken? {
        guard let token = entry.token, token != dead else { return nil }
        if let endsAt = entry.endsAt, now() >= endsAt - Self.margin { return nil }
        return token
    }

    /// Another process may have been faster: what is in the file is looked at first, and again
    /// under the lock.
    private func renew(except dead: DhanToken?, _ answer: @escaping Answer) {
        do throws(SecretFileError) {
            if let token = try take(except: dead) { return answer(.success(token)) }
            guard let lock = try store.lock() else {
                return answer(.failure(.later("another one is minting a token")))
            }
            if let token = try take(except: dead) { return answer(.success(token)) }
            let entry = try store.load()
            let asked = now()
            if let last = entry.askedAt, asked < last + Self.rest {
                let wait = (last + Self.rest - asked).milliseconds / 1_000
                return answer(.failure(.none("no token for the next \(wait) s: one was just made")))
            }
            // Noted before it is asked for: who dies in between has asked all the same.
            try store.save(DhanTokenStore.Entry(token: nil, endsAt: nil, askedAt: asked))
            let request = try mint.request(credentials, at: asked)
            ask(request, askedAt: asked, lock: lock, answer)
        } catch {
            answer(.failure(.none(error.description)))
        }
    }

    private func take(except dead: DhanToken?) throws(SecretFileError) -> DhanToken? {
        let entry = try store.load()
        guard let token = usable(entry, except: dead) else { return nil }
        held.withLock { $0 = entry }
        return token
    }

    /// The lock is held until the token is in the file.
    private func ask(
        _ request: HTTPRequest?, askedAt: EventTime, lock: FileLock, _ answer: @escaping Answer
    ) {
        guard let request else {
            return answer(.failure(.none("\(credentials.secretFile) holds no secret in base 32")))
        }
        mint.ask(request) { [self] result in
            let kept = result.flatMap { minted -> Result<DhanToken, DhanTokenError> in
                let entry = DhanTokenStore.Entry(
                    token: minted.token, endsAt: minted.endsAt ?? askedAt + .days(1),
                    askedAt: askedAt)
                held.withLock { $0 = entry }
                do throws(SecretFileError) {
                    try store.save(entry)
                    return .success(minted.token)
                } catch {
                    // The token works here; others would mint another one and end it.
                    return .failure(.none(error.description))
                }
            }
            withExtendedLifetime(lock) {}
            answer(kept)
        }
    }
}
