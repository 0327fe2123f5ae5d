/// The prices of one stretch of time. Text: start, open, high, low and close between spaces,
/// `1765770300000 59410.05 59432.00 59401.10 59420.00`.
package struct Bar: Hashable, Sendable {
    package let start: EventTime
    package let open: Price
    package private(set) var high: Price
    package private(set) var low: Price
    package private(set) var close: Price

    package init(start: EventTime, open: Price, high: Price, low: Price, close: Price) {
        self.start = start
        self.open = open
        self.high = high
        self.low = low
        self.close = close
    }

    /// The bar of a single price.
    package init(start: EventTime, price: Price) {
        self.init(start: start, open: price, high: price, low: price, close: price)
    }

    package mutating func add(_ price: Price) {
        high = max(high, price)
        low = min(low, price)
        close = price
    }

    /// Takes in a shorter bar that follows what is already here.
    mutating func add(_ part: Bar) {
        high = max(high, part.high)
        low = min(low, part.low)
        close = part.close
    }
}

extension Bar: FieldValue {
    package init?(text: String) {
        let fields = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let prices = fields.dropFirst().compactMap(Price.init(text:))
        guard fields.count == 5, prices.count == 4, let start = EventTime(text: fields[0])
        else { return nil }
        self.init(
            start: start, open: prices[0], high: prices[1], low: prices[2], close: prices[3])
    }

    package var text: String {
        ([start.text] + [open, high, low, close].map(\.text)).joined(separator: " ")
    }
}
