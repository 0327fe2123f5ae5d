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
    private let renewsEarly: Bool
    private let now: @Sendable () -> EventTime
    private let state = Mutex(State())

    private struct State {
        var held = DhanTokenStore.Entry()
        /// When a new one was last asked for while the old one lived.
        var renewedAt: EventTime?
    }

    /// The authority takes one request in two minutes, and one that comes too early begins them
    /// anew.
    static let rest = Span.seconds(125)

    /// - Parameters:
    ///   - renewsEarly: false for who may leave at any moment: it would end a token that lives, and
    ///     be gone before the new one is kept.
    ///   - now: the wall's clock, by which codes and tokens live.
    package init(
        _ credentials: Credentials, endpoints: DhanEndpoints, egress: String? = nil,
        http: HTTPClient, renewsEarly: Bool = true, now: @escaping @Sendable () -> EventTime
    ) {
        self.credentials = credentials
        self.mint = DhanMint(endpoints: endpoints, egress: egress, http: http)
        self.store = DhanTokenStore(path: credentials.tokenFile)
        self.renewsEarly = renewsEarly
        self.now = now
    }

    /// A living token is given at once, also while a newer one is being made.
    package func current(_ answer: @escaping Answer) {
        guard let entry = living() else { return renew(except: nil, answer) }
        if let token = entry.token { answer(.success(token)) }
        if isDue(entry, at: now()), isTimeToRenew() { renew(except: nil) { _ in } }
    }

    package func replace(_ dead: DhanToken, _ answer: @escaping Answer) {
        state.withLock { if $0.held.token == dead { $0.held = DhanTokenStore.Entry() } }
        renew(except: dead, answer)
    }

    private func living() -> DhanTokenStore.Entry? {
        let held = state.withLock { $0.held }
        if held.lives(at: now(), except: nil) { return held }
        guard let kept = try? store.load(), kept.lives(at: now(), except: nil) else { return nil }
        state.withLock { $0.held = kept }
        return kept
    }

    private func isDue(_ entry: DhanTokenStore.Entry, at now: EventTime) -> Bool {
        renewsEarly && entry.isDue(at: now)
    }

    private func isTimeToRenew() -> Bool {
        let now = now()
        return state.withLock { state in
            if let last = state.renewedAt, last <= now, now < last + Self.rest { return false }
            state.renewedAt = now
            return true
        }
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
            let asked = now()
            var entry = try store.load()
            if let last = entry.askedAt, last <= asked, asked < last + Self.rest {
                let wait = (last + Self.rest - asked).milliseconds / 1_000
                return answer(.failure(.none("no token for the next \(wait) s: one was just made")))
            }
            // Noted before it is asked for: who dies in between has asked all the same. What still
            // lives stays there until there is another.
            if entry.token == dead { entry = DhanTokenStore.Entry() }
            entry.askedAt = asked
            try store.save(entry)
            let request = try mint.request(credentials, at: asked)
            ask(request, askedAt: asked, lock: lock, answer)
        } catch {
            answer(.failure(.none(error.description)))
        }
    }

    private func take(except dead: DhanToken?) throws(SecretFileError) -> DhanToken? {
        let (entry, now) = (try store.load(), now())
        guard entry.lives(at: now, except: dead), !isDue(entry, at: now) else { return nil }
        state.withLock { $0.held = entry }
        return entry.token
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
                state.withLock { $0.held = entry }
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

extension DhanTokenStore.Entry {
    /// A token is replaced this long before its end, so that it does not end under a call.
    private static let margin = Span.minutes(5)
    /// While something may trade, a new token, which ends the old one under the calls of others, is
    /// made only because it must be.
    private static let trading = TimeOfDay(9, 0)..<TimeOfDay(15, 45)
    /// A new token may be as short-lived as the one before; it is not made again and again.
    private static let earlyRest = Span.minutes(4 * 60)

    fileprivate func lives(at now: EventTime, except dead: DhanToken?) -> Bool {
        guard let token, token != dead else { return false }
        return endsAt.map { now < $0 } ?? true
    }

    /// Whether it is time for a new one: before the end, and in quiet hours before the end that
    /// would come within the next session.
    fileprivate func isDue(at now: EventTime) -> Bool {
        guard let endsAt else { return false }
        if now >= endsAt - Self.margin { return true }
        let time = now.timeOfDay
        if Self.trading.contains(time) { return false }
        if let askedAt, askedAt <= now, now < askedAt + Self.earlyRest { return false }
        let next = time < Self.trading.lowerBound ? now.day : now.day + 1
        return endsAt < EventTime(next, Self.trading.upperBound)
    }
}
