/// The stored state of an indicator: whole numbers under names, in a fixed order, empty where
/// there is none yet: `period=7 count=3 total=81000 close=`.
///
/// Whole numbers only, so that a restored state is the same bit for bit.
enum StateText {
    static func format(_ values: [Int?], keys: [String]) -> String {
        zip(keys, values).map { key, value in key + "=" + (value.map(String.init) ?? "") }
            .joined(separator: " ")
    }

    /// Nil unless the text names exactly these keys in this order.
    static func parse(_ text: String, keys: [String]) -> [Int?]? {
        let fields = text.split(separator: " ", omittingEmptySubsequences: false)
        guard fields.count == keys.count else { return nil }
        var values: [Int?] = []
        for (field, key) in zip(fields, keys) {
            guard field.hasPrefix(key + "=") else { return nil }
            let number = String(field.dropFirst(key.count + 1))
            let value = Int(text: number)
            guard value != nil || number.isEmpty else { return nil }
            values.append(value)
        }
        return values
    }
}

/// A bar, or none, among the numbers of a state.
struct BarState {
    static let keys = ["start", "open", "high", "low", "close"]

    let bar: Bar?

    init(_ bar: Bar?) { self.bar = bar }

    /// Nil unless all five numbers are there, or none.
    init?(_ numbers: some Sequence<Int?>) {
        let numbers = Array(numbers)
        let known = numbers.compactMap { $0 }
        guard numbers.count == Self.keys.count, known.count == numbers.count || known.isEmpty
        else { return nil }
        guard !known.isEmpty else {
            bar = nil
            return
        }
        bar = Bar(
            start: EventTime(milliseconds: known[0]), open: Price(paise: known[1]),
            high: Price(paise: known[2]), low: Price(paise: known[3]),
            close: Price(paise: known[4]))
    }

    var numbers: [Int?] {
        [
            bar?.start.milliseconds, bar?.open.paise, bar?.high.paise, bar?.low.paise,
            bar?.close.paise,
        ]
    }
}
