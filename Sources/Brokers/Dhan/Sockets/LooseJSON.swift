/// A JSON value as it stands in a text: numbers keep their digits, and a key may come twice.
///
/// Of our own and not Foundation's, for three reasons: several values may stand in one text
/// without a separator, prices must not pass through floating point, and a text from outside may
/// nest no deeper than this says.
enum LooseJSON: Sendable, Hashable {
    case object([Member])
    case array([LooseJSON])
    case string(String)
    case number(String)
    case bool(Bool)
    case null

    struct Member: Sendable, Hashable {
        var key: String
        var value: LooseJSON
    }
}

/// Why a text is no JSON, and at which byte.
struct LooseJSONError: Error, Hashable {
    var at: Int
}

/// Reads one value after the other from a text.
struct LooseJSONReader {
    private let bytes: [UInt8]
    private var place = 0

    private static let deepest = 16

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Nil at the end of the text.
    mutating func next() throws(LooseJSONError) -> LooseJSON? {
        skipSpace()
        return place < bytes.count ? try value(depth: 0) : nil
    }

    private var error: LooseJSONError { LooseJSONError(at: place) }
    private var current: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || (0x09...0x0d).contains(byte) { place += 1 }
    }

    private mutating func value(depth: Int) throws(LooseJSONError) -> LooseJSON {
        guard depth < Self.deepest else { throw error }
        skipSpace()
        switch current {
        case UInt8(ascii: "{"): return .object(try members(depth: depth))
        case UInt8(ascii: "["): return .array(try elements(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func members(depth: Int) throws(LooseJSONError) -> [LooseJSON.Member] {
        var members: [LooseJSON.Member] = []
        place += 1
        skipSpace()
        if take("}") { return members }
        while true {
            skipSpace()
            guard current == UInt8(ascii: "\"") else { throw error }
            let key = try string()
            skipSpace()
            guard take(":") else { throw error }
            members.append(LooseJSON.Member(key: key, value: try value(depth: depth + 1)))
            skipSpace()
            if take("}") { return members }
            guard take(",") else { throw error }
        }
    }

    private mutating func elements(depth: Int) throws(LooseJSONError) -> [LooseJSON] {
        var elements: [LooseJSON] = []
        place += 1
        skipSpace()
        if take("]") { return elements }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if take("]") { return elements }
            guard take(",") else { throw error }
        }
    }

    private mutating func take(_ sign: Unicode.Scalar) -> Bool {
        guard current == UInt8(ascii: sign) else { return false }
        place += 1
        return true
    }

    private mutating func word(
        _ word: String, _ value: LooseJSON
    ) throws(LooseJSONError) -> LooseJSON {
        guard bytes[place...].starts(with: word.utf8) else { throw error }
        place += word.utf8.count
        return value
    }

    private mutating func number() throws(LooseJSONError) -> String {
        let start = place
        while let byte = current, Self.isOfNumber(byte) { place += 1 }
        guard place > start else { throw error }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    private static func isOfNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
            UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    private mutating func string() throws(LooseJSONError) -> String {
        place += 1
        var text: [UInt8] = []
        while let byte = current {
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text += try escaped()
            default: text.append(byte)
            }
        }
        throw error
    }

    private mutating func escaped() throws(LooseJSONError) -> [UInt8] {
        guard let byte = current else { throw error }
        place += 1
        switch byte {
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "u"): return Array(String(try scalar()).utf8)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        default: throw error
        }
    }

    /// Half of a surrogate pair is a replacement character: no field that counts has any.
    private mutating func scalar() throws(LooseJSONError) -> Unicode.Scalar {
        guard place + 4 <= bytes.count,
            let code = UInt32(String(decoding: bytes[place..<place + 4], as: UTF8.self), radix: 16)
        else { throw error }
        place += 4
        return Unicode.Scalar(code) ?? "\u{fffd}"
    }
}
