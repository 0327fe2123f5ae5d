/// What makes one option of an index different from the others.
package struct OptionContract: Hashable, Sendable {
    package let expiry: Day
    package let strike: Price
    package let side: OptionSide

    package init(expiry: Day, strike: Price, side: OptionSide) {
        self.expiry = expiry
        self.strike = strike
        self.side = side
    }
}

/// Something with a price at the broker, as the day's instrument list describes it.
package struct Instrument: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case index
        case option(OptionContract)
        /// Known by name, never traded here: shares, futures, options of shares.
        case other
    }

    package let id: InstrumentID
    package let symbol: String
    /// The underlying; of an instrument without one, its own symbol.
    package let index: IndexName
    package let kind: Kind
    /// Units of one lot; 1 where the list gives none.
    package let lot: Quantity
    /// The step of its prices; zero where the list gives none.
    package let tickSize: Price
    /// The exchange's limit on one order, in units; nil where the list gives none. The broker's
    /// `SM_FREEZE_QTY` (largest order plus one: 1756) serves as well: whole lots stay below both.
    package let freezeQuantity: Quantity?

    package init(
        id: InstrumentID, symbol: String, index: IndexName, kind: Kind, lot: Quantity,
        tickSize: Price, freezeQuantity: Quantity? = nil
    ) {
        self.id = id
        self.symbol = symbol
        self.index = index
        self.kind = kind
        self.lot = lot
        self.tickSize = tickSize
        self.freezeQuantity = freezeQuantity
    }

    /// The contract, if it is an option.
    package var option: OptionContract? {
        guard case .option(let contract) = kind else { return nil }
        return contract
    }
}

/// One line of ten fields between bars, for a hash in Redis. Empty where nothing is known:
///
///     NSE_FNO:51460|BANKNIFTY-Dec2025-59400-CE|BANKNIFTY|OPTION|2025-12-30|59400.00|CE|35|0.05|600
///     IDX_I:25|BANKNIFTY|BANKNIFTY|INDEX||||1|0.05|
extension Instrument: FieldValue {
    package init?(text: String) {
        let fields = text.split(separator: Self.bar, omittingEmptySubsequences: false)
            .map(String.init)
        guard fields.count == 10, let id = InstrumentID(text: fields[0]), !fields[1].isEmpty,
            let index = IndexName(text: fields[2]), let kind = Kind(fields: Array(fields[3...6])),
            let lot = Quantity(text: fields[7]), let tickSize = Price(text: fields[8])
        else { return nil }
        let freeze = Quantity(text: fields[9])
        guard freeze != nil || fields[9].isEmpty else { return nil }
        self.init(
            id: id, symbol: fields[1], index: index, kind: kind, lot: lot, tickSize: tickSize,
            freezeQuantity: freeze)
    }

    package var text: String {
        let fields = [id.text, symbol, index.text] + kind.fields
        let sizes = [lot.text, tickSize.text, freezeQuantity?.text ?? ""]
        return (fields + sizes).joined(separator: String(Self.bar))
    }

    /// The separator, which no symbol may contain; ``ContractFile`` refuses one that does.
    static let bar: Character = "|"
}

extension Instrument.Kind {
    /// Kind, expiry, strike and side.
    fileprivate init?(fields: [String]) {
        switch fields[0] {
        case "INDEX" where fields[1...].allSatisfy(\.isEmpty):
            self = .index
        case "OTHER" where fields[1...].allSatisfy(\.isEmpty):
            self = .other
        case "OPTION":
            guard let expiry = Day(text: fields[1]), let strike = Price(text: fields[2]),
                let side = OptionSide(text: fields[3])
            else { return nil }
            self = .option(OptionContract(expiry: expiry, strike: strike, side: side))
        default:
            return nil
        }
    }

    fileprivate var fields: [String] {
        switch self {
        case .index: ["INDEX", "", "", ""]
        case .other: ["OTHER", "", "", ""]
        case .option(let contract):
            ["OPTION", contract.expiry.text, contract.strike.text, contract.side.text]
        }
    }
}
