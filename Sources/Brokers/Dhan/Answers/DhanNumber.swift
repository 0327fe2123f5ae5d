/// Reads the broker's numbers: `115.64`, `1.7375706E9`, `25935.099609375`, `"65.0"`.
enum DhanNumber {
    /// Far more digits than any of its numbers has.
    private static let longest = 64
    private static let largestExponent = 400

    /// Scaled to so many decimals, and rounded there, half away from zero: prices pass through
    /// 32-bit fractions at the broker, and `0.94999695` is 95 paise. Nil for what is no number and
    /// for one that does not fit.
    static func scaled(_ text: String, decimals: Int) -> Int? {
        guard text.utf8.count <= longest, let parts = Parts(text) else { return nil }
        // How many of the digits stand before the point once it has been moved.
        let kept = parts.whole + parts.exponent + decimals
        var value = 0
        for index in 0..<max(0, kept) {
            let digit = index < parts.digits.count ? parts.digits[index] : 0
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(digit)
            if overflow || carry { return nil }
            value = sum
        }
        if kept >= 0, kept < parts.digits.count, parts.digits[kept] >= 5 {
            let (sum, overflow) = value.addingReportingOverflow(1)
            if overflow { return nil }
            value = sum
        }
        return parts.isNegative ? -value : value
    }

    /// A whole number, however it is written; nil for one with a fraction.
    static func whole(_ text: String) -> Int? {
        guard let tenths = scaled(text, decimals: 6), tenths % 1_000_000 == 0 else { return nil }
        return tenths / 1_000_000
    }

    private struct Parts {
        var isNegative = false
        var digits: [Int] = []
        /// How many of the digits stand before the point.
        var whole = 0
        var exponent = 0

        init?(_ text: String) {
            var rest = text.utf8[...]
            isNegative = rest.first == UInt8(ascii: "-")
            if isNegative { rest = rest.dropFirst() }
            let mantissa = rest.prefix { $0 != UInt8(ascii: "e") && $0 != UInt8(ascii: "E") }
            let halves = mantissa.split(
                separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            guard (1...2).contains(halves.count), halves.allSatisfy({ !$0.isEmpty }) else {
                return nil
            }
            for byte in halves.joined() {
                guard (48...57).contains(byte) else { return nil }
                digits.append(Int(byte) - 48)
            }
            whole = halves[0].count
            rest = rest.dropFirst(mantissa.count)
            guard !rest.isEmpty else { return }
            // Not by `abs`: the least of all integers has no opposite, and asking for it traps.
            guard let power = Int(String(rest.dropFirst()) ?? ""),
                power.magnitude <= DhanNumber.largestExponent.magnitude
            else { return nil }
            exponent = power
        }
    }
}
