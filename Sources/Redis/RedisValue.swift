/// One reply, decoded once.
package enum RedisValue: Hashable, Sendable {
    /// A bulk string in UTF-8, which is what this project writes.
    case string(String)
    /// A bulk string that is not UTF-8; a `String` would silently replace its bytes.
    case bytes([UInt8])
    /// A simple string such as `OK`.
    case status(String)
    case integer(Int)
    case array([RedisValue])
    case null
    // Indirect keeps the enum at 24 bytes instead of 40: stream batches hold thousands.
    indirect case error(RedisReplyError)
}

/// Readers of the expected shape. An error reply is thrown as itself, any other shape as
/// ``RedisError/unexpectedReply(expected:got:)``.
extension RedisValue {
    /// A bulk string or a status.
    package var asString: String {
        get throws(RedisError) {
            switch self {
            case .string(let text), .status(let text): text
            default: throw unexpected("a string")
            }
        }
    }

    /// A bulk string or a status; nil for a null reply.
    package var asOptionalString: String? {
        get throws(RedisError) { isNull ? nil : try asString }
    }

    /// The bytes of a bulk string, UTF-8 or not.
    package var asBytes: [UInt8] {
        get throws(RedisError) {
            switch self {
            case .bytes(let bytes): bytes
            case .string(let text): Array(text.utf8)
            default: throw unexpected("a string")
            }
        }
    }

    package var asInteger: Int {
        get throws(RedisError) {
            guard case .integer(let value) = self else { throw unexpected("an integer") }
            return value
        }
    }

    package var asArray: [RedisValue] {
        get throws(RedisError) {
            guard case .array(let values) = self else { throw unexpected("an array") }
            return values
        }
    }

    /// An array; nil for a null reply (`XREAD` and `BLPOP` that found nothing).
    package var asOptionalArray: [RedisValue]? {
        get throws(RedisError) { isNull ? nil : try asArray }
    }

    /// An array of strings.
    package var asStrings: [String] {
        get throws(RedisError) {
            // A loop because `map` would lose the error's type.
            var texts: [String] = []
            for value in try asArray { texts.append(try value.asString) }
            return texts
        }
    }

    /// A flat array `name, value, name, value …` in the server's order, as `HGETALL` answers.
    package var asPairs: [(name: String, value: String)] {
        get throws(RedisError) {
            let texts = try asStrings
            guard texts.count.isMultiple(of: 2) else { throw unexpected("pairs") }
            return stride(from: 0, to: texts.count, by: 2).map { (texts[$0], texts[$0 + 1]) }
        }
    }

    /// The status `OK`.
    package func expectOK() throws(RedisError) {
        guard case .status("OK") = self else { throw unexpected("OK") }
    }

    package var isNull: Bool { self == .null }

    /// The reply itself unless it is an error.
    package func orThrow() throws(RedisError) -> RedisValue {
        guard case .error(let reply) = self else { return self }
        throw RedisError(reply)
    }

    private func unexpected(_ expected: String) -> RedisError {
        if case .error(let reply) = self { return RedisError(reply) }
        return .unexpectedReply(expected: expected, got: shape)
    }

    /// The shape without the content, which could be anything.
    private var shape: String {
        switch self {
        case .string: "a string"
        case .bytes: "bytes that are not UTF-8"
        case .status(let text): "status \(text)"
        case .integer: "an integer"
        case .array(let values): "an array of \(values.count)"
        case .null: "null"
        case .error: "an error"
        }
    }
}
