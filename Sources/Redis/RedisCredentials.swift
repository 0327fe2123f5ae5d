import Glibc
package import Secrets

/// A user and a password for `AUTH`. Printing, interpolating or dumping one shows neither.
package struct RedisCredentials: Hashable, Sendable {
    package static let userVariable = "SQUAREOFF_REDIS_USER"
    package static let passwordVariable = "SQUAREOFF_REDIS_PASSWORD"
    package static let passwordFileVariable = "SQUAREOFF_REDIS_PASSWORD_FILE"

    /// Nil for the server's user `default`.
    let user: String?
    let password: String

    package init(user: String? = nil, password: String) {
        self.user = user
        self.password = password
    }

    /// The credentials that the process' environment names; nil where it names none.
    package static func fromEnvironment() throws(RedisCredentialsError) -> RedisCredentials? {
        var environment: [String: String] = [:]
        for name in [userVariable, passwordVariable, passwordFileVariable] {
            environment[name] = getenv(name).map { String(cString: $0) }
        }
        return try from(environment)
    }

    /// The same from a given environment. An empty variable counts as unset, because that is how
    /// a service manager or compose file unsets one.
    package static func from(
        _ environment: [String: String]
    ) throws(RedisCredentialsError) -> RedisCredentials? {
        func value(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        let user = value(userVariable)
        switch (value(passwordVariable), value(passwordFileVariable)) {
        case (nil, nil):
            guard user == nil else { throw .userWithoutPassword }
            return nil
        case (let password?, nil): return RedisCredentials(user: user, password: password)
        case (nil, let path?): return RedisCredentials(user: user, password: try read(path))
        case (_?, _?): throw .twoPasswords
        }
    }

    /// The file's text without one final newline.
    private static func read(_ path: String) throws(RedisCredentialsError) -> String {
        let bytes: [UInt8]
        do throws(SecretFileError) {
            bytes = try SecretFile.read(path, atMost: 4_095)
        } catch {
            throw .passwordFile(error)
        }
        var text = bytes[...]
        if text.last == UInt8(ascii: "\n") { text = text.dropLast() }
        if text.last == UInt8(ascii: "\r") { text = text.dropLast() }
        guard !text.isEmpty else {
            throw .passwordFile(.unreadable(path: path, reason: "empty"))
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// Why there are no credentials; names variables and the file, never a password.
package enum RedisCredentialsError: Error, Hashable, Sendable, CustomStringConvertible {
    case userWithoutPassword
    case twoPasswords
    case passwordFile(SecretFileError)

    package var description: String {
        switch self {
        case .userWithoutPassword:
            """
            \(RedisCredentials.userVariable) is set, but neither \
            \(RedisCredentials.passwordVariable) nor \(RedisCredentials.passwordFileVariable)
            """
        case .twoPasswords:
            """
            set \(RedisCredentials.passwordVariable) or \
            \(RedisCredentials.passwordFileVariable), not both
            """
        case .passwordFile(let error): "\(RedisCredentials.passwordFileVariable): \(error)"
        }
    }
}

extension RedisCredentials: CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    package var description: String { "Redis credentials (hidden)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
