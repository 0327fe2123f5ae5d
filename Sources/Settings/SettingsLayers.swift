import Configuration

/// The environment above the file: whichever says something about a key first is heard.
struct SettingsLayers {
    private static let prefix = "SQUAREOFF"
    private let reader: ConfigReader

    init(file: SettingsFile, environment: [String: String]) {
        let values = file.texts.map { path, text in
            (AbsoluteConfigKey(Self.parts(path)), ConfigValue(text.content, isSecret: false))
        }
        reader = ConfigReader(providers: [
            EnvironmentVariablesProvider(environmentVariables: environment),
            InMemoryProvider(
                name: file.name, values: Dictionary(values, uniquingKeysWith: { first, _ in first })
            ),
        ])
    }

    /// What the layers say about the key of this shape at `path`; nil for nothing.
    func text(_ shape: SettingShape, at path: [String]) -> SettingText? {
        let key = ConfigKey(Self.parts(path))
        switch shape {
        case .one: return reader.string(forKey: key).map(SettingText.one)
        case .list, .records:
            // The library reads an empty variable as one empty element.
            return reader.stringArray(forKey: key).map { .list($0 == [""] ? [] : $0) }
        }
    }

    /// `SQUAREOFF_ACCOUNTS_ALPHA_CAPITAL`.
    static func variable(_ path: [String]) -> String {
        parts(path).joined(separator: "_")
    }

    /// One part of a path as it stands in a variable's name. Made here and not left to the
    /// library, which would also split `alphaTwo` into `ALPHA_TWO`.
    static func variablePart(_ component: String) -> String {
        String(component.uppercased().map { $0.isLetter || $0.isNumber ? $0 : "_" })
    }

    private static func parts(_ path: [String]) -> [String] {
        [prefix] + path.map(variablePart)
    }
}

extension SettingText {
    fileprivate var content: ConfigContent {
        switch self {
        case .one(let text): .string(text)
        case .list(let texts): .stringArray(texts)
        }
    }
}
