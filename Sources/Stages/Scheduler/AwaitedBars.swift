package import Trading

/// Minutes that a book lacks. Text: `1765770300000 1765771260000`.
package struct AwaitedBars: Sendable, Hashable {
    /// The first of them.
    package let from: EventTime
    /// What comes after this has been heard whole.
    package let until: EventTime

    package init(from: EventTime, until: EventTime) {
        self.from = from
        self.until = until
    }
}

extension AwaitedBars: FieldValue {
    package init?(text: String) {
        let times = text.split(separator: " ", omittingEmptySubsequences: false)
            .compactMap { EventTime(text: String($0)) }
        guard times.count == 2 else { return nil }
        self.init(from: times[0], until: times[1])
    }

    package var text: String { "\(from.text) \(until.text)" }
}
