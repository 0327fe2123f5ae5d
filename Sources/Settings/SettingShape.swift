/// What one key may hold.
package enum SettingShape: Sendable, Hashable {
    /// One value.
    package struct Scalar: Sendable, Hashable {
        package var type: SettingType
        /// In the whole number behind the type; nil for types without an order.
        package var bounds: ClosedRange<Int>?
        package var choices: [String] = []
        package var canBeOff = false
    }

    /// One value of a record.
    package struct Field: Sendable, Hashable {
        package var name: String
        package var scalar: Scalar
    }

    case one(Scalar)
    case list(Scalar, count: ClosedRange<Int>)
    /// A list of records. As text, the fields of a record stand in order with colons between.
    case records([Field], count: ClosedRange<Int>)

    package static let fieldSeparator: Character = ":"
}

/// The text of one key's value, from whichever source.
package enum SettingText: Sendable, Hashable {
    case one(String)
    case list([String])
}

extension SettingShape.Scalar {
    /// YAML's words for nothing; a YAML 1.2 reader would take `off` for text and so do we.
    private static let off: Set<String> = ["off", "null", "~"]

    package func isOff(_ text: String) -> Bool { canBeOff && Self.off.contains(text) }

    /// What is wrong with a value; nil for nothing. `isPlain` says that it stood without quotes.
    func problem(_ text: String, isPlain: Bool = true) -> String? {
        if isPlain, isOff(text) { return nil }
        if text.isEmpty, isPlain {
            return "no value; expected \(expectation)"
        }
        if type.mayHoldSecret { return quietProblem(text) }
        let isText = !type.isOrdered && type != .boolean || type == .time
        guard isPlain || isText, let ordinal = type.ordinal(of: text) else {
            return "expected \(expectation), found \(isPlain ? "" : "the text ")'\(text)'"
        }
        if !choices.isEmpty, !choices.contains(text) {
            return "unknown value '\(text)'; one of: \(choices.joined(separator: ", "))"
        }
        guard let bounds else { return nil }
        if ordinal < bounds.lowerBound {
            return "\(text) is below the least, \(type.text(of: bounds.lowerBound))"
        }
        if ordinal > bounds.upperBound {
            return "\(text) is above the most, \(type.text(of: bounds.upperBound))"
        }
        return nil
    }

    var expectation: String { canBeOff ? "\(type.expectation), or off" : type.expectation }

    /// Never repeats the text: a mistyped URL can hold a password anywhere, and a path may be the
    /// secret itself.
    private func quietProblem(_ text: String) -> String? {
        if type == .url, text.contains("@") {
            return """
                a user or password may not stand in the URL; set SQUAREOFF_REDIS_USER and \
                SQUAREOFF_REDIS_PASSWORD or SQUAREOFF_REDIS_PASSWORD_FILE in the environment
                """
        }
        return type.ordinal(of: text) == nil ? "expected \(expectation)" : nil
    }

    package var boundsText: String {
        if !choices.isEmpty { return choices.joined(separator: ", ") }
        guard let bounds else { return "" }
        return "\(type.text(of: bounds.lowerBound)) to \(type.text(of: bounds.upperBound))"
    }
}

extension SettingShape {
    /// What is wrong with a text that came from outside a file; nil for nothing.
    func problem(_ text: SettingText) -> String? {
        switch (self, text) {
        case (.one(let scalar), .one(let text)):
            return scalar.problem(text)
        case (.list(let scalar, let count), .list(let texts)):
            return Self.countProblem(texts.count, count)
                ?? texts.lazy.compactMap { scalar.problem($0) }.first
                ?? Self.repetition(texts)
        case (.records(let fields, let count), .list(let texts)):
            return Self.countProblem(texts.count, count)
                ?? texts.lazy.compactMap { Self.recordProblem($0, fields) }.first
        case (.one, .list), (.list, .one), (.records, .one):
            return "expected \(expectation)"
        }
    }

    var expectation: String {
        switch self {
        case .one(let scalar): scalar.expectation
        case .list: "a list"
        case .records(let fields, _):
            "a list of {\(fields.map(\.name).joined(separator: ", "))}"
        }
    }

    static func countProblem(_ count: Int, _ bounds: ClosedRange<Int>) -> String? {
        if bounds.contains(count) { return nil }
        return count < bounds.lowerBound
            ? "\(count) entries, at least \(bounds.lowerBound) needed"
            : "\(count) entries, at most \(bounds.upperBound) allowed"
    }

    /// Percentages may repeat (a ladder of equal steps); names twice are a slip.
    static func repetition(_ texts: [String]) -> String? {
        var seen: Set<String> = []
        guard let twice = texts.first(where: { !seen.insert($0).inserted }),
            twice.first?.isLetter == true
        else { return nil }
        return "'\(twice)' stands in the list twice"
    }

    private static func recordProblem(_ text: String, _ fields: [Field]) -> String? {
        let parts = text.split(separator: fieldSeparator, omittingEmptySubsequences: false)
        guard parts.count == fields.count else {
            let form = fields.map(\.name).joined(separator: String(fieldSeparator))
            return "expected \(form), found '\(text)'"
        }
        return zip(fields, parts).lazy.compactMap { field, part in
            field.scalar.problem(String(part)).map { "\(field.name): \($0)" }
        }.first
    }
}
