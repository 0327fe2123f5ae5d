/// What one file says: the checked text of each key, where it stands, and all that is wrong.
struct SettingsFile {
    let name: String
    /// By the key's path.
    private(set) var texts: [[String]: SettingText] = [:]
    /// By the path of everything that the file mentions, right or wrong; elements as `indices[0]`.
    var lines: [String: Int] = [:]
    /// By section, in the file's order.
    private(set) var names: [String: [String]] = [:]
    private(set) var problems: [SettingsProblem] = []

    init(text: String, name: String) {
        self.name = name
        do throws(SettingsProblem) {
            read(try Written.read(text, file: name), at: [], line: 1)
        } catch {
            problems.append(error)
        }
    }

    mutating func report(_ message: String, at key: String, line: Int?) {
        problems.append(SettingsProblem(file: name, line: line, key: key, message: message))
    }

    private mutating func read(_ written: Written, at path: [String], line: Int) {
        switch written {
        case .mapping(let pairs):
            for pair in pairs { read(pair, in: path) }
        case .scalar(let text, let isPlain) where isPlain && (text.isEmpty || text == "null"):
            break  // A section whose keys are all commented out.
        case .scalar, .list:
            report("expected a mapping", at: path.joined(separator: "."), line: line)
        }
    }

    private mutating func read(_ pair: WrittenPair, in parent: [String]) {
        let path = parent + [pair.key]
        let key = path.joined(separator: ".")
        if let first = pair.repeats {
            return report("duplicate key, first on line \(first)", at: key, line: pair.line)
        }
        lines[key] = pair.line
        if let advice = Self.secretAdvice(path) {
            return report(advice, at: key, line: pair.line)
        }
        let children = SettingsKey.children(of: parent)
        if children.contains("*") {
            guard readName(pair, in: parent, key: key) else { return }
        } else if !children.contains(pair.key) {
            let suggestion = Suggestion.text(for: pair.key, among: children)
            return report("unknown key\(suggestion)", at: key, line: pair.line)
        }
        guard let row = SettingsKey.all.first(where: { $0.matches(path) }) else {
            return read(pair.value, at: path, line: pair.line)
        }
        if let text = read(pair.value, as: row.shape, key: key, line: pair.line) {
            texts[path] = text
        }
    }

    /// A name of the user's choice. Two that differ only in case or in `-` and `_` would answer to
    /// the same environment variables.
    private mutating func readName(
        _ pair: WrittenPair, in parent: [String], key: String
    ) -> Bool {
        let section = parent.joined(separator: ".")
        guard SettingType.name.ordinal(of: pair.key) != nil else {
            report("expected \(SettingType.name.expectation)", at: key, line: pair.line)
            return false
        }
        let twin = names[section, default: []].first {
            SettingsLayers.variablePart($0) == SettingsLayers.variablePart(pair.key)
        }
        if let twin {
            report("too similar to '\(twin)'", at: key, line: pair.line)
            return false
        }
        names[section, default: []].append(pair.key)
        return true
    }

    private static func secretAdvice(_ path: [String]) -> String? {
        guard let name = path.last?.lowercased(), path.count > 1,
            ["redis", "accounts", "dhan"].contains(path[0]),
            !SettingsKey.all.contains(where: { $0.matches(path) }),
            ["password", "passwd", "token", "secret", "pin", "totp"].contains(where: name.contains),
            // An account may be called `secretary`; what is inside it may not be a secret.
            path[0] != "accounts" || path.count > 2
        else { return nil }
        let redis = "set SQUAREOFF_REDIS_PASSWORD or SQUAREOFF_REDIS_PASSWORD_FILE"
        let account = "name a file that only you can read (token_file), or use the environment"
        return "a secret does not belong in this file; "
            + (path[0] == "redis" ? redis : account)
    }
}

extension SettingsKey {
    fileprivate func matches(_ path: [String]) -> Bool {
        let own = components
        return own.count == path.count && own.begins(with: path)
    }

    /// What may follow `path`: keys and sections, or `*` for a name.
    fileprivate static func children(of path: [String]) -> Set<String> {
        Set(
            all.lazy.map(\.components)
                .filter { $0.count > path.count && $0.begins(with: path) }
                .map { $0[path.count] })
    }
}

extension [String] {
    fileprivate func begins(with path: [String]) -> Bool {
        zip(self, path).allSatisfy { $0 == "*" || $0 == $1 }
    }
}
