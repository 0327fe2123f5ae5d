import Redis
import StreamsSchema

/// `commit.lua` under the names that this version of it has on the server.
///
/// The names contain the text's own hash: whoever changes the text has new functions, and workers
/// of two versions share a server. A version number raised by hand would be forgotten once.
struct FunctionLibrary {
    static let current = FunctionLibrary(template: ServerFunctions.commit)

    let name: String
    let text: String
    let commit: String
    /// The same, allowed on a server without memory: for commits that add nothing.
    let settle: String
    let claim: String
    let raise: String
    let lease: String
    let release: String
    let beat: String
    let cut: String
    let forget: String
    let count: String

    init(template: String) {
        let version = Self.hash(template)
        var parts: [Substring] = []
        var rest = template[...]
        while let token = rest.firstRange(of: "@VERSION@") {
            parts.append(rest[..<token.lowerBound])
            rest = rest[token.upperBound...]
        }
        parts.append(rest)
        text = parts.joined(separator: version)
        name = "squareoff_\(version)"
        commit = "commit_\(version)"
        settle = "settle_\(version)"
        claim = "claim_\(version)"
        raise = "raise_\(version)"
        lease = "lease_\(version)"
        release = "release_\(version)"
        beat = "beat_\(version)"
        cut = "cut_\(version)"
        forget = "forget_\(version)"
        count = "count_\(version)"
    }

    /// Puts the library on the server unless it is there word for word.
    func install(on connection: RedisConnection) throws(RedisError) {
        let list = RedisCommand("FUNCTION", "LIST", "LIBRARYNAME", name, "WITHCODE")
        let found = try connection.call(list).asArray
        if let library = found.first, try library.asArray.contains(.string(text)) { return }
        // REPLACE, because another worker may load the same text at this moment.
        _ = try connection.call(RedisCommand("FUNCTION", "LOAD", "REPLACE", text))
    }

    /// FNV-1a, folded to eight hexadecimal digits.
    private static func hash(_ text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(UInt32(truncatingIfNeeded: hash ^ hash >> 32), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
