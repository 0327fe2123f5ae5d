package import Trading

/// A quote in one field: ltp, bid, ask, both quantities, open interest and time between spaces,
/// `-` for what is not known: `524.30 524.00 525.40 35 - 338625 1765771368948`.
package struct QuoteText: FieldValue {
    package let quote: Quote

    package init(quote: Quote) { self.quote = quote }

    package init?(text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 7, let ltp = Price(text: parts[0]), let at = EventTime(text: parts[6]),
            let bid = Self.read(parts[1], as: Price.self),
            let ask = Self.read(parts[2], as: Price.self),
            let bidQuantity = Self.read(parts[3], as: Quantity.self),
            let askQuantity = Self.read(parts[4], as: Quantity.self),
            let openInterest = Self.read(parts[5], as: Int.self)
        else { return nil }
        quote = Quote(
            ltp: ltp, bid: bid, ask: ask, bidQuantity: bidQuantity, askQuantity: askQuantity,
            openInterest: openInterest, at: at)
    }

    package var text: String {
        let values: [String?] = [
            quote.ltp.text, quote.bid?.text, quote.ask?.text, quote.bidQuantity?.text,
            quote.askQuantity?.text, quote.openInterest?.text, quote.at.text,
        ]
        return values.map { $0 ?? Self.unknown }.joined(separator: " ")
    }

    private static let unknown = "-"

    /// Nil for text that is no value; an unknown value is a nil inside.
    private static func read<Value: FieldValue>(_ text: String, as: Value.Type) -> Value?? {
        if text == unknown { return .some(nil) }
        return Value(text: text).map { .some($0) }
    }
}
