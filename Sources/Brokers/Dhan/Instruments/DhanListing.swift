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
    init?(_ line: DhanLine, _ columns: DhanColumns) throws(DhanUnreadable) {
        let kind = line.text(columns.segment)
        let isIndex = kind == "I"
        let symbol = line.text(columns.symbol)
        guard isIndex || (kind == "D" && line.text(columns.kind) == "OPTIDX"),
            let exchange = Exchange(rawValue: line.text(columns.exchange)),
            !symbol.contains(Self.test)
        else { return nil }
        try line.checkShape()
        let id = line.text(columns.id)
        let segment = isIndex ? Segment.index : exchange.derivatives
        guard FeedRequest.canTick(InstrumentID(segment, id)) else {
            throw line.error("no security id: \(id)")
        }
        (self.id, self.isIndex, self.segment) = (id, isIndex, segment)
        // The option's own name begins with its underlying's where no column has it.
        let prefix = symbol.prefix { $0 != "-" }
        underlying = columns.underlying.map { line.text($0) } ?? String(prefix)
        // On one exchange all options of an index share a symbol.
        self.symbol =
            isIndex || prefix.count < symbol.count ? symbol : line.text(columns.display)
        if isIndex {
            (expiry, strike, side, lot, tick, freeze) = (nil, nil, nil, nil, nil, nil)
            return
        }
        guard let expiry = Self.day(line.text(columns.expiry)) else {
            throw line.error("no expiry: \(line.text(columns.expiry))")
        }
        guard let strike = DhanNumber.scaled(line.text(columns.strike), decimals: 2),
            let side = OptionSide(text: line.text(columns.side)),
            let lot = DhanNumber.whole(line.text(columns.lot)),
            let tick = Self.tick(line.text(columns.tick))
        else { throw line.error("strike, side, lot or tick cannot be read") }
        self.expiry = expiry
        self.strike = Price(paise: strike)
        self.side = side
        self.lot = lot
        self.tick = tick
        freeze = Self.freeze(line.text(columns.freeze))
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
    /// a rupee or more. Nil for what is neither, or a part of a paisa.
    private static func tick(_ text: String) -> Price? {
        guard let hundredths = DhanNumber.scaled(text, decimals: 2), hundredths > 0 else {
            return nil
        }
        if hundredths < 100 { return Price(paise: hundredths) }
        let (paise, rest) = hundredths.quotientAndRemainder(dividingBy: 100)
        return rest == 0 && paise < 100 ? Price(paise: paise) : nil
    }

    /// Nil for no limit: none, zero or less, and more than any order can have.
    private static func freeze(_ text: String) -> Int? {
        guard let units = DhanNumber.whole(text), units > 0, Readable.quantity.contains(units)
        else { return nil }
        return units
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
