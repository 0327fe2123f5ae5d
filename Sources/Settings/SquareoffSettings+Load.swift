import Foundation

extension SquareoffSettings {
    /// Reads the file at `path`, and above it the environment's `SQUAREOFF_…` variables; with no
    /// path, the environment above the defaults.
    package static func load(
        path: String?, environment: [String: String]
    ) throws(SettingsErrors) -> SquareoffSettings {
        guard let path else { return try parse("", name: "settings", environment: environment) }
        let text: String
        do {
            text = try String(contentsOf: URL(filePath: path), encoding: .utf8)
        } catch {
            let reason = FileManager.default.fileExists(atPath: path) ? "cannot be read" : "no file"
            throw SettingsErrors([
                SettingsProblem(file: path, line: nil, key: "", message: reason)
            ])
        }
        return try parse(text, name: path, environment: environment)
    }

    /// Reads YAML text; `name` stands for the file in errors.
    package static func parse(
        _ yaml: String, name: String, environment: [String: String] = [:]
    ) throws(SettingsErrors) -> SquareoffSettings {
        let file = SettingsFile(text: yaml, name: name)
        return try SettingsAssembly(file: file, environment: environment).settings()
    }
}
