package import Foundation
package import Trading

/// One file of `streams-schema/`: what may stand in an entry or under a key.
///
/// It reads the part of JSON Schema that those files use: `properties`, `patternProperties`,
/// `required`, `items`, `pattern`, `enum`; additional properties are always forbidden.
package struct Schema: @unchecked Sendable {
    // Why unchecked: NSRegularExpression never changes, and Foundation on Linux does not say so.

    /// What a value, which is always a string, must look like.
    package struct Rule {
        package let pattern: NSRegularExpression?
        package let choices: Set<String>?
        package let isDescribed: Bool

        init(_ json: [String: Any], needs described: Bool = true) throws {
            pattern = try (json["pattern"] as? String).map { try NSRegularExpression(pattern: $0) }
            choices = (json["enum"] as? [String]).map(Set.init)
            isDescribed = ["x-unit", "x-writer", "x-reader", "x-since", "description"]
                .allSatisfy { json[$0] is String }
        }

        package func allows(_ text: String) -> Bool {
            if let choices { return choices.contains(text) }
            return pattern.map { $0.matchesAll(text) } ?? false
        }
    }

    package let name: String
    package let key: NSRegularExpression
    package let keyText: String
    /// The key's type, as Redis calls it.
    package let type: String
    /// The entry's `kind`, where the stream has entries of several.
    package let kind: String?
    package let properties: [String: Rule]
    package let patternProperties: [(text: String, pattern: NSRegularExpression, rule: Rule)]
    package let required: Set<String>
    /// Of a set's or a list's elements, or of a string.
    package let value: Rule?
    /// False where the file says less than all of them must.
    package let isComplete: Bool

    /// - Parameter name: the file's name without folder and extension.
    init(name: String, _ data: Data) throws {
        guard let json = try JSONSerialization.jsonObject(with: data) as? [String: Any],
            let keyText = json["x-key"] as? String, let type = json["x-type"] as? String
        else { throw SchemaError.malformed(name) }
        self.name = name
        self.keyText = keyText
        self.type = type
        key = try Self.pattern(ofKey: keyText)
        kind = json["x-kind"] as? String
        properties = try (json["properties"] as? [String: [String: Any]] ?? [:]).mapValues {
            try Rule($0)
        }
        patternProperties = try (json["patternProperties"] as? [String: [String: Any]] ?? [:])
            .sorted { $0.key < $1.key }
            .map { ($0.key, try NSRegularExpression(pattern: $0.key), try Rule($0.value)) }
        required = Set(json["required"] as? [String] ?? [])
        if ["set", "list"].contains(type) {
            value = try (json["items"] as? [String: Any]).map { try Rule($0) }
        } else {
            value = type == "string" ? try Rule(json) : nil
        }
        let isObject = ["stream", "hash", "zset"].contains(type)
        isComplete =
            json["title"] as? String == name
            && ["description", "x-writer", "x-reader", "x-since"].allSatisfy { json[$0] is String }
            && (!isObject || json["additionalProperties"] as? Bool == false)
            && (isObject || value != nil)
    }

    /// `sq:{<shard>}:position:<position>` as a pattern.
    private static func pattern(ofKey text: String) throws -> NSRegularExpression {
        var pattern = NSRegularExpression.escapedPattern(for: text)
        for (name, part) in ["shard": "[0-9]+", "partition": "[0-9]+", "slot": "(bus|t?[0-9]+)"] {
            pattern = pattern.replacingOccurrences(of: "<\(name)>", with: part)
        }
        pattern = pattern.replacingOccurrences(
            of: "<[a-z]+>", with: "[^{}]+", options: .regularExpression)
        return try NSRegularExpression(pattern: "^\(pattern)$")
    }

    /// What is wrong with these fields, a sentence each.
    package func problems(_ fields: Fields) -> [String] {
        let missing = required.subtracting(fields.pairs.map(\.name)).sorted()
        return missing.map { "'\($0)' is missing" }
            + fields.pairs.compactMap { pair in
                guard let rule = rule(for: pair.name) else { return "unknown field '\(pair.name)'" }
                return rule.allows(pair.value) ? nil : "\(pair.name) = '\(pair.value.prefix(80))'"
            }
    }

    package func rule(for name: String) -> Rule? {
        properties[name]
            ?? patternProperties.first { $0.pattern.matchesAll(name) }.map { $0.rule }
    }

    /// The name under which the field is described: its own, or the pattern's.
    package func describedName(of name: String) -> String {
        if properties[name] != nil { return name }
        return patternProperties.first { $0.pattern.matchesAll(name) }.map { $0.text } ?? name
    }
}

package enum SchemaError: Error {
    case malformed(String)
}

extension NSRegularExpression {
    package func matchesAll(_ text: String) -> Bool {
        firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
    }
}

/// All files of `streams-schema/`.
package struct Schemas: Sendable {
    package let all: [Schema]

    package static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "streams-schema")

    package init() throws {
        all = try ["streams", "hashes"].flatMap { folder in
            try FileManager.default.contentsOfDirectory(
                at: Self.folder.appending(path: folder), includingPropertiesForKeys: nil
            )
            .filter { $0.pathExtension == "json" }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
            .map {
                try Schema(
                    name: $0.deletingPathExtension().lastPathComponent, Data(contentsOf: $0))
            }
        }
    }

    package subscript(name: String) -> Schema? { all.first { $0.name == name } }

    /// The families that this key belongs to: exactly one, else the schemas are wrong.
    package func families(of key: String) -> [Schema] {
        all.filter { $0.kind == nil && $0.key.matchesAll(key) }
    }

    /// The schema of an entry: its stream's own, or its kind's.
    package func schema(of fields: Fields, in stream: Schema, key: String) -> Schema? {
        guard let kind = fields["kind"] else { return stream }
        return all.first { $0.kind == kind && $0.key.matchesAll(key) }
    }
}
