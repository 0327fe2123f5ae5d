import Trading

/// Why an answer cannot be believed, and where. Nothing of it is used then: half a book is none.
package struct DhanUnreadable: Error, Sendable, Hashable, CustomStringConvertible {
    package let place: String
    package let problem: String

    package init(_ place: String, _ problem: String) {
        self.place = place
        self.problem = problem
    }

    package var description: String { "\(place): \(problem)" }
}

/// An object of an answer, with the place where it stands.
struct DhanRow {
    let place: String
    private let fields: [String: JSON]

    init(_ json: JSON, _ place: String) throws(DhanUnreadable) {
        guard case .object(let fields) = json else { throw DhanUnreadable(place, "no object") }
        self.fields = fields
        self.place = place
    }

    subscript(key: String) -> JSON? { fields[key] }
    var all: [String: JSON] { fields }

    func error(_ key: String, _ problem: String) -> DhanUnreadable {
        let value = fields[key].map { " (\($0.text.prefix(40)))" } ?? ""
        return DhanUnreadable(place, "\(key)\(value) \(problem)")
    }

    /// Nil when it is missing, null or empty.
    func find(_ key: String) throws(DhanUnreadable) -> String? {
        guard let value = fields[key], value != .null else { return nil }
        guard let text = value.plainText else { throw error(key, "is no text") }
        return text.isEmpty ? nil : text
    }

    func text(_ key: String) throws(DhanUnreadable) -> String {
        guard let text = try find(key) else { throw error(key, "is missing") }
        return text
    }

    /// A number or a name that the broker made, and that goes into addresses and keys.
    func identifier(_ key: String) throws(DhanUnreadable) -> String {
        let text = try text(key)
        guard Self.isIdentifier(text) else { throw error(key, "is no identifier") }
        return text
    }

    static func isIdentifier(_ text: String) -> Bool {
        let isPlain = text.utf8.allSatisfy { byte in
            switch Character(UnicodeScalar(byte)) {
            case "0"..."9", "A"..."Z", "a"..."z", "-", "_": true
            default: false
            }
        }
        return isPlain && (1...40).contains(text.utf8.count) && text != "0"
    }

    private func number(
        _ key: String, decimals: Int, within range: ClosedRange<Int>
    ) throws(DhanUnreadable) -> Int? {
        guard let text = try find(key) else { return nil }
        let value =
            decimals == 0
            ? DhanNumber.whole(text) : DhanNumber.scaled(text, decimals: decimals)
        guard let value, range.contains(value) else { throw error(key, "is out of all bounds") }
        return value
    }

    private func needed<Value>(_ key: String, _ value: Value?) throws(DhanUnreadable) -> Value {
        guard let value else { throw error(key, "is missing") }
        return value
    }

    func findPrice(_ key: String) throws(DhanUnreadable) -> Price? {
        try number(key, decimals: 2, within: 0...Readable.price.upperBound)
            .map(Price.init(paise:))
    }
    func price(_ key: String) throws(DhanUnreadable) -> Price {
        try needed(key, findPrice(key))
    }
    func findMoney(_ key: String) throws(DhanUnreadable) -> Money? {
        try number(key, decimals: 2, within: Readable.money).map(Money.init(paise:))
    }
    func money(_ key: String) throws(DhanUnreadable) -> Money {
        try needed(key, findMoney(key))
    }
    /// Zero or more.
    func findQuantity(_ key: String) throws(DhanUnreadable) -> Quantity? {
        try number(key, decimals: 0, within: 0...Readable.quantity.upperBound)
            .map(Quantity.init)
    }
    func quantity(_ key: String) throws(DhanUnreadable) -> Quantity {
        try needed(key, findQuantity(key))
    }
    func signedQuantity(_ key: String) throws(DhanUnreadable) -> Quantity {
        Quantity(try needed(key, number(key, decimals: 0, within: Readable.quantity)))
    }
    /// Zero or more.
    func findWhole(_ key: String) throws(DhanUnreadable) -> Int? {
        try number(key, decimals: 0, within: 0...Readable.whole.upperBound)
    }
    /// An average price, in ten-thousandths of a paisa: the value of an order is this times its
    /// units, and an average that was rounded to paise would be off by half a paisa a unit.
    func findAverage(_ key: String) throws(DhanUnreadable) -> DhanAverage? {
        try number(key, decimals: 6, within: 0...Readable.price.upperBound * 10_000)
            .map(DhanAverage.init(parts:))
    }

    /// Nil for a segment that we do not know: somebody may trade there by hand.
    func instrument() throws(DhanUnreadable) -> InstrumentID? {
        guard let name = try find("exchangeSegment"), let segment = Segment(rawValue: name)
        else { return nil }
        return InstrumentID(segment, try identifier("securityId"))
    }

    /// Of a market in which nothing is traded here, and without a name of ours: what is odd about
    /// it is nothing to us.
    private var isElsewhere: Bool {
        guard let name = fields["exchangeSegment"]?.plainText,
            let segment = Segment(rawValue: name),
            !segment.hasOptions
        else { return false }
        return fields["correlationId"]?.plainText.flatMap { CorrelationID(text: $0) } == nil
    }

    /// - Returns: nil for a row of somebody else's that cannot be read.
    func read<Value>(
        _ decode: (DhanRow) throws(DhanUnreadable) -> Value
    ) throws(DhanUnreadable) -> Value? {
        do throws(DhanUnreadable) {
            return try decode(self)
        } catch {
            guard isElsewhere else { throw error }
            return nil
        }
    }

    func side() throws(DhanUnreadable) -> OrderSide? {
        switch try find("transactionType")?.uppercased() {
        case nil: return nil
        case "BUY": return .buy
        case "SELL": return .sell
        default: throw error("transactionType", "is neither BUY nor SELL")
        }
    }
}

extension Segment {
    /// Contracts that may be traded here are in it.
    var hasOptions: Bool { self == .nseDerivatives || self == .bseDerivatives }
}

/// A price per unit, finer than a paisa.
struct DhanAverage {
    let parts: Int

    /// To the nearest paisa; nil when it is more than can be read back.
    func value(of quantity: Quantity) -> Money? {
        let (product, overflow) = parts.multipliedReportingOverflow(by: quantity.units)
        guard !overflow else { return nil }
        let paise = product / 10_000 + (product % 10_000 >= 5_000 ? 1 : 0)
        return Readable.money.contains(paise) ? Money(paise: paise) : nil
    }
}

extension JSON {
    /// The rows of a list: an array, one object in its place, or either under `data`.
    ///
    /// An empty array is an answer; an empty body or object is none.
    func rows(_ name: String) throws(DhanUnreadable) -> [DhanRow] {
        let list: [JSON]
        switch self["data"] ?? self {
        case .array(let elements): list = elements
        case .object(let fields) where !fields.isEmpty: list = [.object(fields)]
        default: throw DhanUnreadable(name, "neither a list nor an object")
        }
        var rows: [DhanRow] = []
        for (index, element) in list.enumerated() {
            rows.append(try DhanRow(element, "\(name) \(index + 1)"))
        }
        return rows
    }
}
