/// A value with one readable text form, the form that it has in Redis, in tables and in JSON.
package protocol FieldValue: Sendable {
    /// Nil when the text is not exactly one such value; nothing is rounded or guessed.
    init?(text: String)
    var text: String { get }
}

extension FieldValue where Self: RawRepresentable<String> {
    package init?(text: String) { self.init(rawValue: text) }
    package var text: String { rawValue }
}

extension String: FieldValue {
    package init?(text: String) { self = text }
    package var text: String { self }
}

extension Int: FieldValue {
    /// `Int` alone would read `"+5"` too.
    package init?(text: String) {
        if text.hasPrefix("+") { return nil }
        guard let value = Int(text), Readable.whole.contains(value) else { return nil }
        self = value
    }
    package var text: String { String(self) }
}

extension Bool: FieldValue {
    package init?(text: String) { self.init(text) }
    package var text: String { self ? "true" : "false" }
}
