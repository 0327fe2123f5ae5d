import Trading

/// The feed's prices are binary floating point of 32 bits. They are decoded by their bits, so that
/// no floating point takes part: 24 bits of a fraction and a power of two, times a hundred, to the
/// nearest step of the instrument's prices.
enum FeedPrice {
    /// One paisa: of an instrument whose step nobody knows.
    static let paisa = Price(paise: 1)

    private static let fractionBits = 23
    private static let exponentBias = 127
    /// More than this many places to the right, and nothing of a price is left.
    private static let longestShift = 40

    /// Nil for what is no price: below zero, not a number, or beyond any market.
    static func decode(_ bits: UInt32, step: Price) -> Price? {
        let exponent = Int(bits >> fractionBits & 0xff)
        let fraction = Int(bits & 0x7f_ffff)
        // Zero, and what is smaller than any price.
        if exponent == 0 { return fraction == 0 ? Price(paise: 0) : nil }
        guard bits >> 31 == 0, exponent < 0xff else { return nil }
        let shift = exponentBias + fractionBits - exponent
        // Without a shift, it would be eighty lakh rupees at least.
        guard shift > 0 else { return nil }
        if shift > longestShift { return nil }
        let hundredfold = (fraction | 1 << fractionBits) * 100
        let stride = max(1, min(step.paise, Readable.price.upperBound))
        let unit = stride << shift
        let paise = (hundredfold + unit / 2) / unit * stride
        return Readable.price.contains(paise) ? Price(paise: paise) : nil
    }
}
