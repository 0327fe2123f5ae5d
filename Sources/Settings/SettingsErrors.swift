/// All that is wrong with the settings. Nothing was started; a person must correct the file or the
/// environment, and trying again changes nothing.
package struct SettingsErrors: Error, Sendable, Hashable, CustomStringConvertible {
    package let problems: [SettingsProblem]

    package init(_ problems: [SettingsProblem]) {
        self.problems = problems
    }

    /// One line a problem, in the order of the file.
    package var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}

/// One wrong setting: `ops/examples/x.yaml:12: accounts.alpha.capitol: unknown key`.
package struct SettingsProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file's name as it was given, or ``environment``.
    package var file: String
    /// Counted from 1; nil where there is no line, as in the environment or an unreadable file.
    package var line: Int?
    /// The key's path, or the environment variable's name; empty for the file as a whole.
    package var key: String
    /// Never repeats a value that could be a secret.
    package var message: String

    package static let environment = "environment"

    package init(file: String, line: Int?, key: String, message: String) {
        self.file = file
        self.line = line
        self.key = key
        self.message = message
    }

    package var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        return key.isEmpty ? "\(place): \(message)" : "\(place): \(key): \(message)"
    }
}
