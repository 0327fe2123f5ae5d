import COpenSSL

/// One-time passwords that follow the clock, RFC 6238: SHA-1, six digits, thirty seconds.
package struct TOTP: Sendable {
    private let key: [UInt8]

    private static let period = 30
    private static let modulus: UInt32 = 1_000_000

    /// - Parameter secret: as authenticators show it, in base 32; spaces, hyphens and the padding
    ///   do not count. Nil for anything else.
    package init?(secret: String) {
        guard let key = Base32.decode(secret), !key.isEmpty else { return nil }
        self.key = key
    }

    /// - Parameter seconds: since the epoch.
    package func code(at seconds: Int) -> String? {
        let counter = UInt64(max(0, seconds) / Self.period)
        let message = (0..<8).map { UInt8(truncatingIfNeeded: counter >> (56 - 8 * UInt64($0))) }
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard
            HMAC(
                EVP_sha1(), key, Int32(key.count), message, message.count, &digest, &count) != nil,
            count == 20
        else { return nil }
        // RFC 4226, 5.3: the last nibble says where the four bytes stand.
        let offset = Int(digest[19] & 15)
        let number = digest[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let digits = String((number & 0x7fff_ffff) % Self.modulus)
        return String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }
}

/// RFC 4648.
private enum Base32 {
    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits = 0
        var buffer = 0
        for character in text.utf8 where !" -=".utf8.contains(character) {
            guard let value = value(of: character) else { return nil }
            buffer = (buffer << 5 | value) & 0xfff
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
            }
        }
        return bytes
    }

    private static func value(of character: UInt8) -> Int? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(character - UInt8(ascii: "a"))
        case UInt8(ascii: "2")...UInt8(ascii: "7"): Int(character - UInt8(ascii: "2")) + 26
        default: nil
        }
    }
}
