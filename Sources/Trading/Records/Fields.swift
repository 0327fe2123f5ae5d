/// The flat, ordered field list of a stream entry or a hash, as Redis keeps it.
package struct Fields: Hashable, Sendable {
    package struct Pair: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package var pairs: [Pair]

    package init(_ pairs: [Pair] = []) { self.pairs = pairs }

    package var isEmpty: Bool { pairs.isEmpty }

    /// A linear search: entries have about ten fields, and comparing short strings beats hashing.
    package subscript(name: String) -> String? {
        get { pairs.first { $0.name == name }?.value }
        set {
            guard let index = pairs.firstIndex(where: { $0.name == name }) else {
                if let newValue { pairs.append(Pair(name: name, value: newValue)) }
                return
            }
            if let newValue {
                pairs[index].value = newValue
            } else {
                pairs.remove(at: index)
            }
        }
    }

    /// The value of a field that must be there.
    package func get<Value: FieldValue>(
        _ field: Field, as type: Value.Type = Value.self
    ) throws(FieldError) -> Value {
        guard let value = try find(field, as: type) else { throw .missing(field) }
        return value
    }

    /// The value of a field that may be absent; present but malformed is still an error.
    package func find<Value: FieldValue>(
        _ field: Field, as type: Value.Type = Value.self
    ) throws(FieldError) -> Value? {
        guard let text = self[field.rawValue] else { return nil }
        guard let value = Value(text: text) else {
            throw .malformed(field, value: text, expected: String(describing: type))
        }
        return value
    }

    /// Appends the field; an absent value writes nothing, because Redis knows no null.
    package mutating func put(_ field: Field, _ value: (some FieldValue)?) {
        guard let value else { return }
        pairs.append(Pair(name: field.rawValue, value: value.text))
    }

    /// `name=value` a line, for lists, which have no fields.
    package var lines: String {
        pairs.map { pair in
            pair.name + "=" + pair.value.split(separator: "\n").joined(separator: " ")
        }.joined(separator: "\n")
    }

    package init(lines: String) {
        pairs = lines.split(separator: "\n").compactMap { line in
            // By bytes: as characters, the sign and a combining mark behind it are one.
            guard let equals = line.utf8.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            return Pair(
                name: String(line[..<equals]),
                value: String(line[line.utf8.index(after: equals)...]))
        }
    }

    /// What turns `old` into `self`: fields to set, and names of fields to remove.
    package func changes(from old: Fields) -> (set: Fields, removed: [String]) {
        let set = pairs.filter { old[$0.name] != $0.value }
        let removed = old.pairs.map(\.name).filter { self[$0] == nil }
        return (Fields(set), removed)
    }
}

extension Fields: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, String)...) {
        pairs = elements.map { Pair(name: $0.0, value: $0.1) }
    }
}

/// Why an entry or a hash could not be read. Retrying cannot help: it goes to the dead letters.
package enum FieldError: Error, Hashable {
    case missing(Field)
    case malformed(Field, value: String, expected: String)
}

extension FieldError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing(let field):
            "field '\(field.rawValue)' is missing"
        case .malformed(let field, let value, let expected):
            "field '\(field.rawValue)': '\(value.prefix(80))' is not a \(expected)"
        }
    }
}

/// A value that is kept as a stream entry or a hash.
package protocol Record: Sendable, Hashable {
    init(_ fields: Fields) throws(FieldError)
    var fields: Fields { get }
}
