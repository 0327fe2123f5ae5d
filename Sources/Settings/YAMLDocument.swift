import Yams

/// A part of a YAML file, with the line where it stands. Only this file knows the YAML library.
enum Written {
    case scalar(String, isPlain: Bool)
    case list([WrittenElement])
    case mapping([WrittenPair])
}

struct WrittenElement {
    var value: Written
    var line: Int
}

struct WrittenPair {
    var key: String
    var value: Written
    var line: Int
    /// The line of the same key's first occurrence, when this is not the first.
    var repeats: Int?
}

extension Written {
    /// Reads one YAML document; an empty one is an empty mapping.
    static func read(_ text: String, file: String) throws(SettingsProblem) -> Written {
        do {
            guard let node = try compose(text) else { return .mapping([]) }
            return Written(node)
        } catch {
            throw SettingsProblem(error, file: file)
        }
    }

    /// Marks a key that another one repeats: a character of private use, allowed in YAML and
    /// meaningless in a settings file.
    private static let repeatMark: Unicode.Scalar = "\u{E000}"

    /// Yams refuses a mapping with a repeated key at once and says nothing of the rest of the
    /// file. So the first of the equal keys is marked, to make it differ, and the text read again.
    private static func compose(_ text: String) throws -> Node? {
        var text = text
        var attempts = 0
        while true {
            do {
                return try Yams.compose(yaml: text)
            } catch let error as YamlError {
                attempts += 1
                guard case .duplicatedKeysInMapping(_, let context) = error, attempts < 100,
                    let marked = mark(text, line: context.mark.line, column: context.mark.column)
                else { throw error }
                text = marked
            }
        }
    }

    /// Nil when the key cannot be marked; the rest of the file then stays unread.
    private static func mark(_ text: String, line: Int, column: Int) -> String? {
        var lines = text.unicodeScalars.split(
            separator: "\n", omittingEmptySubsequences: false
        ).map { Array($0) }
        guard lines.indices.contains(line - 1), lines[line - 1].indices.contains(column - 1) else {
            return nil
        }
        let first = lines[line - 1][column - 1]
        // The key itself stands somewhere behind its anchor or tag.
        if first == "&" || first == "!" { return nil }
        let isQuoted = first == "\"" || first == "'"
        lines[line - 1].insert(repeatMark, at: isQuoted ? column : column - 1)
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: lines.joined(separator: ["\n"]))
        return String(scalars)
    }

    private init(_ node: Node) {
        switch node {
        case .scalar(let scalar):
            self = .scalar(scalar.string, isPlain: scalar.style == .plain)
        case .sequence(let sequence):
            self = .list(
                sequence.map { WrittenElement(value: Written($0), line: $0.mark?.line ?? 1) })
        case .mapping(let mapping):
            var lines: [String: Int] = [:]
            self = .mapping(
                mapping.map { key, value in
                    let name = Self.name(of: key)
                    let line = key.mark?.line ?? 1
                    defer { lines[name] = lines[name] ?? line }
                    return WrittenPair(
                        key: name, value: Written(value), line: line, repeats: lines[name])
                })
        case .alias:
            // Yams puts what an alias stands for in its place; only its encoder makes these.
            self = .scalar("", isPlain: true)
        }
    }

    private static func name(of key: Node) -> String {
        guard case .scalar(let scalar) = key else { return "[…]" }
        var scalars = scalar.string.unicodeScalars
        while scalars.first == repeatMark { scalars.removeFirst() }
        return String(scalars)
    }
}

extension SettingsProblem {
    /// The library's own descriptions repeat the text, and with it what might be a secret.
    fileprivate init(_ error: any Error, file: String) {
        var line: Int?
        var key = ""
        let message: String
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            line = mark.line
            message = "not YAML: \(problem)"
        case .duplicatedKeysInMapping(let duplicates, let context):
            line = context.mark.line
            key = duplicates.first ?? ""
            message = "duplicate key"
        case .reader(let problem, _, _, _):
            message = "not YAML: \(problem)"
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded, nil:
            message = "not YAML"
        }
        self.init(file: file, line: line, key: key, message: message)
    }
}
