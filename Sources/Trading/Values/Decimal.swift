/// Reads and writes fixed-point integers as decimals. `Double` never takes part, so what was
/// written is what is read.
package enum Decimal {
    /// `"524.3"` with two digits is 52430. Nil for anything but digits with at most `digits`
    /// decimals and an optional minus sign (`NaN`, `1e5`, `+1`, `.5` and `5.` are not decimals).
    package static func parse(_ text: String, digits: Int) -> Int? {
        var value = 0
        var wholeDigits = 0
        var decimals: Int?
        var negative = false
        for (index, byte) in text.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "-") where index == 0:
                negative = true
            case UInt8(ascii: ".") where decimals == nil && wholeDigits > 0:
                decimals = 0
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if let count = decimals {
                    decimals = count + 1
                    // Trailing zeros beyond the precision change nothing; other digits would.
                    if count >= digits {
                        guard byte == UInt8(ascii: "0") else { return nil }
                        continue
                    }
                } else {
                    wholeDigits += 1
                }
                let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
                let (sum, carry) = scaled.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
                if overflow || carry { return nil }
                value = sum
            default:
                return nil
            }
        }
        guard wholeDigits > 0, decimals != 0 else { return nil }
        for _ in min(decimals ?? 0, digits)..<digits {
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            value = scaled
        }
        return negative ? -value : value
    }

    /// 52430 with two digits is `"524.30"`.
    package static func format(_ value: Int, digits: Int) -> String {
        guard digits > 0 else { return String(value) }
        let magnitude = String(value.magnitude)
        let padding = String(repeating: "0", count: max(0, digits + 1 - magnitude.utf8.count))
        let padded = padding + magnitude
        let sign = value < 0 ? "-" : ""
        return "\(sign)\(padded.dropLast(digits)).\(padded.suffix(digits))"
    }
}
