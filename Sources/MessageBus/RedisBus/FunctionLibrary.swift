import Redis
import StreamsSchema

/// What the server's library does, under these names and a version.
enum ServerFunction: String {
    case commit
    /// The same, allowed on a server without memory: for commits that add nothing.
    case settle
    case claim, raise, lease, release, beat, cut, forget, count
}

/// The server's library under the names that this version of it has there.
///
/// The names contain the text's own hash: whoever changes the text has new functions, and workers
/// of two versions share a server. A version number raised by hand would be forgotten once.
struct FunctionLibrary {
    static let current = FunctionLibrary(template: ServerFunctions.library)

    let name: String
    let text: String
    private let version: String

    init(template: String) {
        version = Self.hash(template)
        var parts: [Substring] = []
        var rest = template[...]
        while let token = rest.firstRange(of: "@VERSION@") {
            parts.append(rest[..<token.lowerBound])
            rest = rest[token.upperBound...]
        }
        parts.append(rest)
        text = parts.joined(separator: version)
        name = "squareoff_\(version)"
    }

    func name(of function: ServerFunction) -> String { "\(function.rawValue)_\(version)" }

    /// Puts the library on the server unless it is there word for word.
    func install(on connection: RedisConnection) throws(RedisError) {
        let list = RedisCommand("FUNCTION", "LIST", "LIBRARYNAME", name, "WITHCODE")
        let found = try connection.call(list).asArray
        if let library = found.first, try library.asArray.contains(.string(text)) { return }
        // REPLACE, because another worker may load the same text at this moment.
        do throws(RedisError) {
            _ = try connection.call(RedisCommand("FUNCTION", "LOAD", "REPLACE", text))
        } catch .refused(.noPerm, _) {
            throw .refused(
                .noPerm,
                message: """
                    the functions \(name) are not on the server, and this user may not load \
                    them; let one who may run: squareoff functions
                    """)
        }
    }

    /// FNV-1a, folded to eight hexadecimal digits.
    private static func hash(_ text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(UInt32(truncatingIfNeeded: hash ^ hash >> 32), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
