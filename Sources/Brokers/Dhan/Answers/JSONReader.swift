/// Why bytes are not JSON, and where.
package struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    package let offset: Int
    package let problem: String
    package var description: String { "byte \(offset): \(problem)" }
}

extension JSON {
    /// One value and nothing after it.
    package static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSON {
        var reader = JSONReader(bytes)
        guard let value = try reader.next() else {
            throw JSONError(offset: bytes.count, problem: "nothing there")
        }
        guard reader.isAtEnd else {
            throw JSONError(offset: reader.offset, problem: "more than one value")
        }
        return value
    }
}

/// Reads JSON values that stand one after another, as RFC 8259 writes them. Bytes that are not
/// UTF-8 are replaced: a name that cannot be read is no reason not to see an order.
package struct JSONReader {
    private let bytes: [UInt8]
    private let takesRepeats: Bool
    package private(set) var offset = 0

    /// The broker nests five levels.
    private static let deepest = 32

    /// - Parameter takesRepeats: of two values under one key, the later is taken: some senders
    ///   repeat keys. Otherwise nobody knows which is meant.
    package init(_ bytes: [UInt8], takesRepeats: Bool = false) {
        self.bytes = bytes
        self.takesRepeats = takesRepeats
    }

    package var isAtEnd: Bool { offset == bytes.count }

    /// Nil at the end. White space around values is skipped.
    package mutating func next() throws(JSONError) -> JSON? {
        skipSpace()
        if isAtEnd { return nil }
        let value = try value(depth: 0)
        skipSpace()
        return value
    }

    private func error(_ problem: String) -> JSONError {
        JSONError(offset: offset, problem: problem)
    }

    private var byte: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func skipSpace() {
        while let byte, byte == 32 || byte == 10 || byte == 13 || byte == 9 { offset += 1 }
    }

    private mutating func take(_ expected: Character) -> Bool {
        guard byte == expected.asciiValue else { return false }
        offset += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSON {
        guard depth < Self.deepest else { throw error("nested too deep") }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ word: String, _ value: JSON) throws(JSONError) -> JSON {
        guard bytes[offset...].starts(with: word.utf8) else { throw error("not a value") }
        offset += word.utf8.count
        return value
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSON {
        offset += 1
        var elements: [JSON] = []
        skipSpace()
        if take("]") { return .array(elements) }
        while true {
            skipSpace()
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if take("]") { return .array(elements) }
            guard take(",") else { throw error("neither , nor ]") }
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSON {
        offset += 1
        var fields: [String: JSON] = [:]
        skipSpace()
        if take("}") { return .object(fields) }
        while true {
            skipSpace()
            guard byte == UInt8(ascii: "\"") else { throw error("not a key") }
            let key = try string()
            skipSpace()
            guard take(":") else { throw error("no :") }
            skipSpace()
            let old = fields.updateValue(try value(depth: depth + 1), forKey: key)
            guard old == nil || takesRepeats else { throw error("a key twice") }
            skipSpace()
            if take("}") { return .object(fields) }
            guard take(",") else { throw error("neither , nor }") }
        }
    }

    private mutating func number() throws(JSONError) -> JSON {
        let start = offset
        _ = take("-")
        let whole = digits()
        guard whole > 0, whole == 1 || bytes[offset - whole] != UInt8(ascii: "0") else {
            throw error("not a value")
        }
        if take(".") {
            guard digits() > 0 else { throw error("no digit after the point") }
        }
        if take("e") || take("E") {
            _ = take("+") || take("-")
            guard digits() > 0 else { throw error("no digit in the exponent") }
        }
        return .number(String(decoding: bytes[start..<offset], as: UTF8.self))
    }

    private mutating func digits() -> Int {
        let start = offset
        while let byte, (48...57).contains(byte) { offset += 1 }
        return offset - start
    }
}

extension JSONReader {
    private mutating func string() throws(JSONError) -> String {
        offset += 1
        var text: [UInt8] = []
        while true {
            let start = offset
            while let byte, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 32 {
                offset += 1
            }
            text += bytes[start..<offset]
            if take("\"") { return String(decoding: text, as: UTF8.self) }
            guard take("\\") else { throw error("a string without an end") }
            try escape(into: &text)
        }
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
        let plain: [Character: Character] = [
            "\"": "\"", "\\": "\\", "/": "/", "b": "\u{8}", "f": "\u{c}", "n": "\n", "r": "\r",
            "t": "\t",
        ]
        guard let byte else { throw error("a string without an end") }
        offset += 1
        if let character = plain[Character(UnicodeScalar(byte))] {
            text += Array(String(character).utf8)
            return
        }
        guard byte == UInt8(ascii: "u") else { throw error("not an escape") }
        var unit = try hexadecimal()
        if (0xd800..<0xdc00).contains(unit), bytes[offset...].starts(with: "\\u".utf8) {
            let high = unit
            offset += 2
            let low = try hexadecimal()
            guard (0xdc00..<0xe000).contains(low) else { throw error("half a character") }
            unit = 0x10000 + (high - 0xd800) << 10 + (low - 0xdc00)
        }
        guard let scalar = UnicodeScalar(unit) else { throw error("half a character") }
        text += Array(String(Character(scalar)).utf8)
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        let end = offset + 4
        guard end <= bytes.count,
            bytes[offset..<end].allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
            let unit = UInt32(String(decoding: bytes[offset..<end], as: UTF8.self), radix: 16)
        else { throw error("not four hexadecimal digits") }
        offset = end
        return unit
    }
}
