import Trading

/// Puts file, environment and defaults together, and collects what is wrong.
struct SettingsAssembly {
    private let file: SettingsFile
    private let environment: [String: String]
    private let layers: SettingsLayers
    private(set) var draft = SettingsDraft()
    private(set) var problems: [SettingsProblem]

    init(file: SettingsFile, environment: [String: String]) {
        self.file = file
        self.environment = environment
        layers = SettingsLayers(file: file, environment: environment)
        problems = file.problems
        applyAll()
        checkVariables()
        for finding in SettingsConsistency.findings(draft, names: names) {
            report(finding.message, at: finding.path, index: finding.index)
        }
    }

    /// Throws when anything is wrong.
    func settings() throws(SettingsErrors) -> SquareoffSettings {
        guard problems.isEmpty else {
            // By line; what has none (the environment) comes last.
            throw SettingsErrors(
                problems.enumerated().sorted {
                    ($0.element.line ?? .max, $0.offset) < ($1.element.line ?? .max, $1.offset)
                }.map(\.element))
        }
        return SquareoffSettings(
            draft, accounts: names("accounts"), strategies: names("strategies"))
    }

    /// The names in a section; the default profiles come first, because the others start there.
    private func names(_ section: String) -> [String] {
        let written = file.names[section] ?? []
        guard section.hasSuffix("_profiles") else { return written }
        let other = written.filter { $0 != SettingsDraft.defaultProfile }
        return [SettingsDraft.defaultProfile] + other
    }

    private mutating func applyAll() {
        for key in SettingsKey.all where !key.path.contains("*") { apply(key, name: "") }
        for section in SettingsKey.namedSections {
            for name in names(section) {
                draft.begin(section, name)
                for key in SettingsKey.all where key.path.hasPrefix(section + ".") {
                    apply(key, name: name)
                }
            }
        }
    }

    private mutating func apply(_ key: SettingsKey, name: String) {
        let path = key.path(for: name)
        guard let text = layers.text(key.shape, at: path) else {
            // One that the file has, but wrong, was reported with the file.
            let isWritten = file.lines[path.joined(separator: ".")] != nil
            if key.defaultText == nil, !isWritten { report("missing", at: path) }
            return
        }
        guard let problem = key.shape.problem(text) else {
            return key.apply(text, name, &draft)
        }
        // Only a checked text of the file came this far: this one is the environment's. A quoted
        // value that reads like `off` was refused there already.
        report(problem, at: path)
    }

    /// A mistyped variable would be as silent as a mistyped key. Others that begin with
    /// `SQUAREOFF_` but not with a section's name belong to somebody else, and so do the secrets,
    /// which are read where they are used.
    private mutating func checkVariables() {
        var known: Set<String> = []
        for key in SettingsKey.all {
            let names = key.path.contains("*") ? self.names(key.components[0]) : [""]
            known.formUnion(names.map { SettingsLayers.variable(key.path(for: $0)) })
        }
        let sections = Set(SettingsKey.all.map(\.components).filter { $0.count > 1 }.map(\.[0]))
        let prefixes = sections.map { SettingsLayers.variable([$0]) + "_" }
        let secrets = ["_USER", "_PASSWORD", "_TOKEN", "_SECRET"]
        for name in environment.keys.sorted() where !known.contains(name) {
            guard prefixes.contains(where: name.hasPrefix),
                !secrets.contains(where: { name.hasSuffix($0) || name.hasSuffix($0 + "_FILE") })
            else { continue }
            let suggestion = Suggestion.text(for: name, among: known)
            problems.append(
                SettingsProblem(
                    file: SettingsProblem.environment, line: nil, key: name,
                    message: "unknown setting\(suggestion)"))
        }
    }

    /// Reports where the value comes from: the variable, else the line of the list's element, of
    /// the key, or of the nearest section around it.
    private mutating func report(_ message: String, at path: [String], index: Int? = nil) {
        let variable = SettingsLayers.variable(path)
        if environment[variable] != nil {
            problems.append(
                SettingsProblem(
                    file: SettingsProblem.environment, line: nil, key: variable, message: message))
            return
        }
        let key = path.joined(separator: ".")
        var place = index.flatMap { file.lines["\(key)[\($0)]"] }
        for count in stride(from: path.count, to: 0, by: -1) where place == nil {
            place = file.lines[path.prefix(count).joined(separator: ".")]
        }
        problems.append(SettingsProblem(file: file.name, line: place, key: key, message: message))
    }
}
