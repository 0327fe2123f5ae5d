import Trading

/// How the wire writes numbers and times.
extension JSON {
    /// As REST writes: `0.0`, `392.0`, `0.36`.
    static func decimal(_ paise: Int) -> JSON { .number(decimalText(paise)) }
    static func decimal(_ price: Price?) -> JSON { decimal(price?.paise ?? 0) }
    static func decimal(_ money: Money) -> JSON { decimal(money.paise) }

    /// As the sockets write: `0`, `392`, `0.36`.
    static func short(_ paise: Int) -> JSON {
        let text = decimalText(paise)
        return .number(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
    }

    private static func decimalText(_ paise: Int) -> String {
        let text = Trading.Decimal.format(paise, digits: 2)
        return text.hasSuffix("0") ? String(text.dropLast()) : text
    }

    /// A quotient as the broker computes it, in 32 bits, and shows it with all its noise.
    static func noisy(_ hundredths: Int, over units: Int) -> JSON {
        guard units > 0 else { return .number("0.0") }
        let quotient = Float(hundredths) / Float(units) / 100
        return .number("\(quotient)")
    }
}

extension EventTime {
    /// `2025-12-15 10:00:00`, in India.
    var wire: String { "\(day.text) \(clock)" }

    /// `15/12/2025 10:00:00`.
    var wireDayFirst: String {
        let (year, month, day) = self.day.civil
        return "\(Self.two(day))/\(Self.two(month))/\(year) \(clock)"
    }

    private var clock: String {
        let seconds = timeOfDay.milliseconds / 1_000
        return [seconds / 3_600, seconds / 60 % 60, seconds % 60].map(Self.two)
            .joined(separator: ":")
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// Never.
    static let wireNever = "0001-01-01 00:00:00"
}
