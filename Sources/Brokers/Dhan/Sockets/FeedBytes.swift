import Trading

/// One packet's bytes, whose length has been checked against its kind: numbers in little endian.
struct FeedBytes {
    private let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    func byte(at offset: Int) -> Int { Int(bytes[bytes.startIndex + offset]) }

    func short(at offset: Int) -> Int { byte(at: offset) | byte(at: offset + 1) << 8 }

    func word(at offset: Int) -> Int { short(at: offset) | short(at: offset + 2) << 16 }

    /// Nil where the broker says nothing.
    func price(at offset: Int, step: Price) throws(FeedRefusal) -> Price? {
        guard let price = FeedPrice.decode(UInt32(word(at: offset)), step: step) else {
            throw .price(offset: offset)
        }
        return price.paise > 0 ? price : nil
    }

    /// Nil for a number that no market has: it would be written, and nobody could read it.
    func quantity(at offset: Int) -> Quantity? { Self.readable(word(at: offset)) }

    func shortQuantity(at offset: Int) -> Quantity? { Self.readable(short(at: offset)) }

    private static func readable(_ units: Int) -> Quantity? {
        Readable.quantity.contains(units) ? Quantity(units) : nil
    }

    /// The exchange's seconds are counted on the wall clock of India, five and a half hours ahead.
    /// Nil for "never", which is zero or a day in 1980.
    func time(at offset: Int) -> EventTime? {
        let seconds = word(at: offset) - 19_800
        return seconds < 1_000_000_000 ? nil : EventTime(milliseconds: seconds * 1_000)
    }
}
