import Trading

/// One line of the broker's list that is wanted: an index, or an option of one.
struct DhanListing {
    let id: String
    let isIndex: Bool
    private let segment: Segment
    private let symbol: String
    /// The underlying's name in the list, which is not always its index's.
    private let underlying: String
    private let expiry: Day?
    private let strike: Price?
    private let side: OptionSide?
    private let lot: Int?
    private let tick: Price?
    private let freeze: Int?

    /// The exchanges list contracts that nobody may trade.
    private static let test = "NSETEST"

    /// Nil for a line that is not wanted.
    init?(
        _ line: ArraySlice<UInt8>, _ columns: DhanColumns, _ number: Int
    ) throws(DhanUnreadable) {
        let fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        func text(_ place: Int?) -> String {
            guard let place, place < fields.count else { return "" }
            return String(decoding: fields[place], as: UTF8.self)
        }
        func error(_ problem: String) -> DhanUnreadable {
            DhanUnreadable("instruments, line \(number)", problem)
        }
        isIndex = text(columns.segment) == "I"
        guard isIndex || (text(columns.segment) == "D" && text(columns.kind) == "OPTIDX"),
            let exchange = Exchange(rawValue: text(columns.exchange)),
            !text(columns.symbol).contains(Self.test)
        else { return nil }
        // A comma in a name moves all that comes after it.
        let named = fields.last?.isEmpty == true ? fields.count - 1 : fields.count
        guard named == columns.count || fields.count == columns.count else {
            throw error("\(fields.count) fields, the header has \(columns.count)")
        }
        id = text(columns.id)
        segment = isIndex ? .index : exchange.derivatives
        let symbol = text(columns.symbol)
        // The option's own name begins with its underlying's where no column has it.
        let prefix = symbol.prefix { $0 != "-" }
        underlying = columns.underlying.map(text) ?? String(prefix)
        // On one exchange all options of an index share a symbol.
        self.symbol = isIndex || prefix.count < symbol.count ? symbol : text(columns.display)
        if isIndex {
            (expiry, strike, side, lot, tick, freeze) = (nil, nil, nil, nil, nil, nil)
            return
        }
        guard let expiry = Self.day(text(columns.expiry)) else {
            throw error("no expiry: \(text(columns.expiry))")
        }
        guard let strike = DhanNumber.scaled(text(columns.strike), decimals: 2),
            let side = OptionSide(text: text(columns.side)),
            let lot = DhanNumber.whole(text(columns.lot)),
            let tick = Self.tick(text(columns.tick))
        else { throw error("strike, side, lot or tick cannot be read") }
        self.expiry = expiry
        self.strike = Price(paise: strike)
        self.side = side
        self.lot = lot
        self.tick = tick
        freeze = DhanNumber.whole(text(columns.freeze)).flatMap { $0 > 0 ? $0 : nil }
    }

    /// `2025-02-27`, `2025-02-27 14:30:00` with a time that means nothing, `27/02/25`.
    private static func day(_ text: String) -> Day? {
        let date = text.prefix { $0 != " " }
        let parts = date.split(separator: "/")
        guard parts.count == 3 else { return Day(text: String(date)) }
        let year = parts[2].count == 2 ? "20\(parts[2])" : String(parts[2])
        return Day(text: "\(year)-\(parts[1])-\(parts[0])")
    }

    /// In paise, and in rupees on some lines: no tick is below a paisa, and none of an option is
    /// a rupee or more.
    private static func tick(_ text: String) -> Price? {
        guard let hundredths = DhanNumber.scaled(text, decimals: 2), hundredths > 0 else {
            return nil
        }
        return Price(paise: hundredths >= 100 ? hundredths / 100 : hundredths)
    }

    /// Options name their underlying as the index's line does; we name an index by its symbol.
    static func indexNames(_ rows: [DhanListing]) -> [String: String] {
        Dictionary(rows.filter(\.isIndex).map { ($0.underlying, $0.symbol) }) { first, _ in first }
    }

    /// A line of a ``ContractFile``.
    func contract(_ names: [String: String]) -> String {
        let fields = [
            id, segment.rawValue, isIndex ? "INDEX" : "OPTIDX", symbol,
            isIndex ? symbol : names[underlying] ?? underlying, expiry?.text ?? "",
            strike?.text ?? "", side?.text ?? "", lot?.text ?? "", tick?.text ?? "",
            freeze?.text ?? "",
        ]
        return fields.joined(separator: ",") + "\n"
    }
}
