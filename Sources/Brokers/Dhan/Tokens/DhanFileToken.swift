import Secrets
import Synchronization
import Trading

/// A token that somebody else puts into a file: a person, or a process that mints. Where it can be
/// renewed, the file gets the new one before the old one ends, from one process for all.
package final class DhanFileToken: DhanTokenSource {
    private struct State {
        var isRenewing = false
        /// The answers that wait for the end of a renewal.
        var waiting: [(dead: DhanToken, answer: Answer)] = []
        /// A new token that the file did not take: the old one is dead.
        var held: DhanToken?
    }

    private let path: String
    private let store: DhanTokenStore
    private let renewal: DhanRenewal?
    private let state = Mutex(State())

    static let longest = 4_095

    /// - Parameter renewal: nil where the token is used as it is.
    package init(path: String, renewal: DhanRenewal? = nil) {
        self.path = path
        self.renewal = renewal
        store = DhanTokenStore(path: path)
    }

    /// Read each time: whoever puts a new one there expects it to be used.
    package func current(_ answer: @escaping Answer) {
        let entry = read()
        answer(entry.flatMap(token))
        if case .success(let entry) = entry { renewInTime(entry) }
    }

    package func replace(_ dead: DhanToken, _ answer: @escaping Answer) {
        let waits = state.withLock { state in
            if state.isRenewing { state.waiting.append((dead, answer)) }
            return state.isRenewing
        }
        if !waits { answer(other(than: dead)) }
    }

    private func read() -> Result<DhanTokenStore.Entry, DhanTokenError> {
        do throws(SecretFileError) {
            // A file that is not there is an error here, and its reason says so.
            _ = try SecretFile.read(path, atMost: Self.longest)
            return .success(try store.load())
        } catch {
            return .failure(.none(error.description))
        }
    }

    private func token(_ entry: DhanTokenStore.Entry) -> Result<DhanToken, DhanTokenError> {
        if let held = state.withLock({ $0.held }) { return .success(held) }
        guard let token = entry.token else { return .failure(.none("\(path) holds no token")) }
        return .success(token)
    }

    /// Another process that renews has ended the token, and its successor is on its way.
    private func other(than dead: DhanToken) -> Result<DhanToken, DhanTokenError> {
        state.withLock { if $0.held == dead { $0.held = nil } }
        return read().flatMap(token).flatMap { token -> Result<DhanToken, DhanTokenError> in
            guard token == dead else { return .success(token) }
            do throws(SecretFileError) {
                if renewal != nil, SecretFile.exists(store.lockPath), try store.lock() == nil {
                    return .failure(.later("another process is renewing the token"))
                }
            } catch {
                return .failure(.none(error.description))
            }
            // It may have ended between the two looks.
            return read().flatMap(self.token).flatMap {
                token -> Result<DhanToken, DhanTokenError> in
                token == dead
                    ? .failure(.none("the token in \(path) is dead: put a new one there"))
                    : .success(token)
            }
        }
    }
}

extension DhanFileToken {
    private func renewInTime(_ entry: DhanTokenStore.Entry) {
        guard let renewal, let token = entry.token, renewal.isDue(entry, token) else { return }
        let isFirst = state.withLock { state in
            defer { state.isRenewing = true }
            return !state.isRenewing
        }
        guard isFirst else { return }
        do throws(SecretFileError) {
            guard let lock = try store.lock() else { return end(failed: false) }
            // The file may have changed before the lock was ours.
            var entry = try store.load()
            guard let token = entry.token, renewal.isDue(entry, token) else {
                return end(failed: false)
            }
            // Noted before it is asked for: whoever comes next leaves the broker in peace, and a
            // file that cannot be written costs no token.
            entry.askedAt = renewal.now()
            try store.save(entry)
            renewal.ask(token) { [self] result in
                take(result)
                withExtendedLifetime(lock) {}
            }
        } catch {
            end(failed: true)
        }
    }

    private func take(_ result: Result<DhanMinted, DhanTokenError>) {
        switch result {
        case .failure: end(failed: true)
        case .success(let minted):
            let asked = renewal?.now()
            let entry = DhanTokenStore.Entry(
                token: minted.token, endsAt: minted.endsAt ?? asked.map { $0 + .days(1) },
                askedAt: asked)
            do throws(SecretFileError) {
                try store.save(entry)
                end(failed: false)
            } catch {
                state.withLock { $0.held = minted.token }
                end(failed: true)
            }
        }
    }

    private func end(failed: Bool) {
        let waiting = state.withLock { state in
            defer { (state.isRenewing, state.waiting) = (false, []) }
            return state.waiting
        }
        for (dead, answer) in waiting { answer(other(than: dead)) }
        if failed { renewal?.onFailure() }
    }
}

/// A token that was given at the start, by the environment.
package final class DhanFixedToken: DhanTokenSource {
    private let token: DhanToken?

    /// - Parameter token: nil where none was given.
    package init(_ token: DhanToken?) { self.token = token }

    package func current(_ answer: @escaping Answer) {
        answer(token.map { .success($0) } ?? .failure(.none("no token was given at the start")))
    }

    package func replace(_ dead: DhanToken, _ answer: @escaping Answer) {
        answer(.failure(.none("the token of the environment is dead: start with a new one")))
    }
}

extension DhanToken {
    /// The first line of a file. Nil for what cannot stand in a header.
    init?(text bytes: [UInt8]) {
        let line = bytes.prefix { $0 != 10 && $0 != 13 }
        let isPlain = line.allSatisfy { (33...126).contains($0) }
        guard isPlain, !line.isEmpty else { return nil }
        self.init(String(decoding: line, as: UTF8.self))
    }
}
