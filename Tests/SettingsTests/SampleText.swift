@testable import Settings

/// YAML for one key and nothing else, the key on the last line.
struct SampleText {
    let key: SettingsKey
    /// With a name in the place of `*`.
    let path: String
    let line: Int
    private let lead: String

    init(_ key: SettingsKey) {
        self.key = key
        let components = key.path(for: "alpha")
        path = components.joined(separator: ".")
        line = components.count
        lead = components.enumerated().map { depth, component in
            String(repeating: "  ", count: depth) + component + ":"
        }.joined(separator: "\n")
    }

    func yaml(_ value: String) -> String { "\(lead) \(value)\n" }

    /// The problems with this key alone: the sample lacks much else.
    func problems(_ value: String) -> [SettingsProblem] {
        SettingsFile(text: yaml(value), name: "sample.yaml").problems
    }
}

extension SettingsProblem {
    /// All that is wrong with a file of this text; none when it loads.
    static func all(
        _ yaml: String, environment: [String: String] = [:]
    ) -> [SettingsProblem] {
        do throws(SettingsErrors) {
            _ = try SquareoffSettings.parse(yaml, name: "x.yaml", environment: environment)
            return []
        } catch {
            return error.problems
        }
    }
}

/// One account that follows nothing, so that a file has no other errors.
let oneAccount = """
    accounts:
      alpha:
        capital: 100000
        strategies: []

    """
