import Trading

/// Numbers as this broker writes them: `10`, `"10"`, `10.0`, `107.170002`, `1.0E7`, `""`.
struct LooseNumber {
    private var negative = false
    private var digits: [UInt8] = []
    /// How many of the digits stand behind the point.
    private var scale = 0

    private static let mostDigits = 30
    private static let greatestExponent = 18

    /// Nil for what is no number.
    init?(_ text: String) {
        let parts = text.split(
            maxSplits: 1, omittingEmptySubsequences: false, whereSeparator: { "eE".contains($0) })
        guard let mantissa = parts.first, readDigits(mantissa.utf8) else { return nil }
        guard parts.count == 2 else { return }
        let exponent = parts[1].hasPrefix("+") ? parts[1].dropFirst() : parts[1]
        guard let power = Int(text: String(exponent)), abs(power) <= Self.greatestExponent else {
            return nil
        }
        scale -= power
    }

    private mutating func readDigits(_ text: Substring.UTF8View) -> Bool {
        var point: Int?
        for (index, byte) in text.enumerated() {
            switch byte {
            case UInt8(ascii: "-") where index == 0: negative = true
            case UInt8(ascii: ".") where point == nil && !digits.isEmpty: point = digits.count
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits.append(byte - UInt8(ascii: "0"))
            default: return false
            }
        }
        scale = point.map { digits.count - $0 } ?? 0
        return !digits.isEmpty && digits.count <= Self.mostDigits
    }

    /// Nil where there is a fraction, or too much of it.
    var whole: Int? {
        if scale > 0, digits.suffix(scale).contains(where: { $0 != 0 }) { return nil }
        return scaled(by: 0)
    }

    /// Hundredths, to the nearest one.
    var hundredths: Int? { scaled(by: 2) }

    private func scaled(by places: Int) -> Int? {
        let kept = digits.count - scale + places
        var value = 0
        for index in 0..<max(0, kept) {
            let digit = index < digits.count ? Int(digits[index]) : 0
            let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tenfold.addingReportingOverflow(digit)
            if overflow || carry { return nil }
            value = sum
        }
        if digits.indices.contains(kept), digits[kept] >= 5 {
            let (rounded, overflow) = value.addingReportingOverflow(1)
            if overflow { return nil }
            value = rounded
        }
        return negative ? -value : value
    }
}

extension Price {
    /// Nil for what is no price of a market; a blank or zero is none too.
    init?(loose text: String) {
        guard let paise = LooseNumber(text)?.hundredths, paise > 0, Readable.price.contains(paise)
        else { return nil }
        self.init(paise: paise)
    }
}

extension Quantity {
    init?(loose text: String) {
        guard let units = LooseNumber(text)?.whole, Readable.quantity.contains(units) else {
            return nil
        }
        self.init(units)
    }
}
