package import Trading

/// The id of a stream entry: milliseconds and a sequence number.
package struct EntryID: Hashable, Comparable, Sendable {
    package var milliseconds: Int
    package var sequence: Int

    package init(_ milliseconds: Int, _ sequence: Int) {
        self.milliseconds = milliseconds
        self.sequence = sequence
    }

    package static let zero = EntryID(0, 0)

    package static func < (left: EntryID, right: EntryID) -> Bool {
        (left.milliseconds, left.sequence) < (right.milliseconds, right.sequence)
    }
}

extension EntryID: FieldValue {
    /// Digits, a hyphen and digits, read byte by byte: each delivered entry passes here.
    package init?(text: String) {
        var parts = (0, 0)
        var length = 0
        var hasHyphen = false
        for byte in text.utf8 {
            if byte == UInt8(ascii: "-"), !hasHyphen, length > 0 {
                hasHyphen = true
                parts.0 = parts.1
                (parts.1, length) = (0, 0)
                continue
            }
            guard byte &- 48 < 10, length < 18 else { return nil }
            parts.1 = parts.1 * 10 + Int(byte &- 48)
            length += 1
        }
        guard hasHyphen, length > 0 else { return nil }
        self.init(parts.0, parts.1)
    }
    package var text: String { "\(milliseconds)-\(sequence)" }
}

/// An entry as it stands in a stream.
package struct Entry: Hashable, Sendable {
    package var id: EntryID
    package var fields: Fields

    package init(id: EntryID, fields: Fields) {
        self.id = id
        self.fields = fields
    }
}

/// An entry as one consumer got it.
package struct Delivery: Hashable, Sendable {
    package var stream: Key
    package var id: EntryID
    /// Nil when the entry was trimmed while it was pending: its content is lost.
    package var fields: Fields?
    /// It was delivered before, to this consumer or to one that died.
    package var isRedelivered: Bool

    package init(stream: Key, id: EntryID, fields: Fields?, isRedelivered: Bool = false) {
        self.stream = stream
        self.id = id
        self.fields = fields
        self.isRedelivered = isRedelivered
    }
}
