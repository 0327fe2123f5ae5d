/// A position: `251215-7k2m9qwzx`, the day it was signalled and a hash of signal and account.
///
/// Deterministic, so that a signal that is delivered twice opens the same position twice, which is
/// once. Short, because the broker takes 25 characters for a correlation id.
package struct PositionID: Identifier {
    package let text: String
    package init(_ text: String) { self.text = text }

    package init(signal: SignalID, account: AccountID, day: Day) {
        let (year, month, date) = day.civil
        let prefix = String((year % 100) * 10_000 + month * 100 + date)
        text = prefix + "-" + Base32.text(FNV1a.hash(signal.text + "\n" + account.text), digits: 9)
    }
}

/// What an order is for.
package enum OrderPurpose: String, FieldValue {
    case entry, exit
}

/// The client's name for one order: `251215-7k2m9qwzx-x2-1` is the exit of that position, second
/// attempt, first slice. At most 25 characters of `[A-Za-z0-9_-]`, durable before the broker
/// hears of it; the broker does not dedupe on it.
package struct CorrelationID: Hashable, Comparable, CustomStringConvertible {
    package let position: PositionID
    package let purpose: OrderPurpose
    package let attempt: Int
    package let slice: Int

    package static let longest = 25
    /// Far more than a day has room for. Above it, no slice's name would fit.
    package static let mostAttempts = 99_999

    /// How many slices of this attempt have a name that the broker takes: a position's id has 16
    /// characters, what stands between the numbers three.
    package static func mostSlices(ofAttempt attempt: Int) -> Int {
        let digits = longest - 16 - 3 - attempt.text.utf8.count
        return (0..<max(1, digits)).reduce(1) { power, _ in power * 10 } - 1
    }

    package init(_ position: PositionID, _ purpose: OrderPurpose, attempt: Int, slice: Int) {
        self.position = position
        self.purpose = purpose
        self.attempt = attempt
        self.slice = slice
    }

    package var description: String { text }
    package static func < (left: CorrelationID, right: CorrelationID) -> Bool {
        left.text < right.text
    }
}

extension CorrelationID: FieldValue {
    package init?(text: String) {
        // By bytes, from the end: each message about an order passes here.
        let bytes = text.utf8
        guard bytes.count <= Self.longest, let second = bytes.lastIndex(of: UInt8(ascii: "-")),
            let first = bytes[..<second].lastIndex(of: UInt8(ascii: "-")), first > bytes.startIndex,
            let slice = Int(text: String(text[bytes.index(after: second)...])), slice > 0
        else { return nil }
        let middle = text[bytes.index(after: first)..<second]
        guard let attempt = Int(text: String(middle.dropFirst())), attempt > 0 else { return nil }
        switch middle.utf8.first {
        case UInt8(ascii: "e"): purpose = .entry
        case UInt8(ascii: "x"): purpose = .exit
        default: return nil
        }
        position = PositionID(String(text[..<first]))
        self.attempt = attempt
        self.slice = slice
    }

    package var text: String {
        "\(position)-\(purpose == .entry ? "e" : "x")\(attempt)-\(slice)"
    }
}

/// Fowler–Noll–Vo, 64 bits: stable over versions and machines, which `Hasher` is not.
package enum FNV1a {
    package static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}

/// Digits and lower-case letters without `i l o u`, so that nobody misreads one for another.
private enum Base32 {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")

    static func text(_ value: UInt64, digits: Int) -> String {
        String((0..<digits).map { alphabet[Int(value >> UInt64(5 * $0) & 31)] })
    }
}
