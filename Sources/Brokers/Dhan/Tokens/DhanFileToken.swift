import Secrets

/// A token that somebody else puts into a file: a person, or a process that mints.
package final class DhanFileToken: DhanTokenSource {
    private let path: String

    static let longest = 4_095

    package init(path: String) { self.path = path }

    /// Read each time: whoever puts a new one there expects it to be used.
    package func current(_ answer: @escaping Answer) { answer(read()) }

    package func replace(_ dead: DhanToken, _ answer: @escaping Answer) {
        answer(
            read().flatMap { token in
                token == dead
                    ? .failure(.none("the token in \(path) is dead: put a new one there"))
                    : .success(token)
            })
    }

    private func read() -> Result<DhanToken, DhanTokenError> {
        do throws(SecretFileError) {
            let bytes = try SecretFile.read(path, atMost: Self.longest)
            guard let token = DhanToken(text: bytes) else {
                return .failure(.none("\(path) holds no token"))
            }
            return .success(token)
        } catch {
            return .failure(.none(error.description))
        }
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
