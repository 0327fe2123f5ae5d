/// Why a file of contracts can't be read. The day's trading must not begin with half a list: the
/// file is to be mended, reading it again does not help.
package struct ContractFileError: Error, Hashable, CustomStringConvertible {
    package enum Problem: Hashable, Sendable {
        case missingColumn
        case emptyField
        case unreadable(String)
        case duplicateSecurity(String)
        case wrongFieldCount(expected: Int, found: Int)
    }

    /// As an editor counts, from 1.
    package let line: Int
    /// Nil where the whole line is meant.
    package let column: String?
    package let problem: Problem

    package init(line: Int, column: String?, problem: Problem) {
        self.line = line
        self.column = column
        self.problem = problem
    }

    package var description: String {
        let place = "line \(line)" + (column.map { ", column \($0)" } ?? "")
        return switch problem {
        case .missingColumn: "\(place): the header does not name this column"
        case .emptyField: "\(place): empty"
        case .unreadable(let text): "\(place): can't read \"\(text)\""
        case .duplicateSecurity(let id): "\(place): \(id) was listed before"
        case .wrongFieldCount(let expected, let found):
            "\(place): \(found) fields, the header has \(expected)"
        }
    }
}

/// Reads the contracts that belong to a recording, one a line, comma-separated, no quoting:
///
///     security_id,exchange_segment,instrument,symbol,
///     underlying,expiry,strike,option_type,lot_size,tick_size
///
/// Columns go by name, in any order; others are ignored, but for an optional `freeze_quantity`.
/// Prices are in rupees. Rows that are neither an index (`IDX_I`) nor an option of one (`OPTIDX`)
/// are kept as ``Instrument/Kind/other``.
package enum ContractFile {
    package static func parse(_ text: String) throws(ContractFileError) -> [Instrument] {
        var header: Header?
        var seen: Set<InstrumentID> = []
        var instruments: [Instrument] = []
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (offset, line) in lines.enumerated() where !line.isEmpty {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
                .map(String.init)
            guard let known = header else {
                header = try Header(names: fields, line: offset + 1)
                continue
            }
            let row = try Row(header: known, fields: fields, line: offset + 1)
            let instrument = try row.instrument()
            guard seen.insert(instrument.id).inserted else {
                throw row.error("security_id", .duplicateSecurity(instrument.id.text))
            }
            instruments.append(instrument)
        }
        guard header != nil else {
            throw ContractFileError(line: 1, column: "security_id", problem: .missingColumn)
        }
        return instruments
    }
}

/// Where each column stands.
private struct Header {
    static let required = [
        "security_id", "exchange_segment", "instrument", "symbol", "underlying", "expiry",
        "strike", "option_type", "lot_size", "tick_size",
    ]

    let places: [String: Int]
    let count: Int

    init(names: [String], line: Int) throws(ContractFileError) {
        places = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
        count = names.count
        for name in Self.required where places[name] == nil {
            throw ContractFileError(line: line, column: name, problem: .missingColumn)
        }
    }
}

private struct Row {
    let header: Header
    let fields: [String]
    let line: Int

    init(header: Header, fields: [String], line: Int) throws(ContractFileError) {
        guard fields.count == header.count else {
            throw ContractFileError(
                line: line, column: nil,
                problem: .wrongFieldCount(expected: header.count, found: fields.count))
        }
        self.header = header
        self.fields = fields
        self.line = line
    }

    func instrument() throws(ContractFileError) -> Instrument {
        let segment: Segment = try required("exchange_segment")
        let symbol: String = try name("symbol")
        let underlying = field("underlying").isEmpty ? symbol : try name("underlying")
        let kind = try kind(in: segment)
        let traded = if case .option = kind { true } else { false }
        return Instrument(
            id: InstrumentID(segment, try name("security_id")), symbol: symbol,
            index: IndexName(underlying), kind: kind,
            lot: Quantity(try size("lot_size", digits: 0, needed: traded) ?? 1),
            tickSize: Price(paise: try size("tick_size", digits: 2, needed: traded) ?? 0),
            freezeQuantity: try size("freeze_quantity", digits: 0, needed: false)
                .map(Quantity.init)
        )
    }

    private func kind(in segment: Segment) throws(ContractFileError) -> Instrument.Kind {
        if segment == .index { return .index }
        guard field("instrument") == "OPTIDX" else { return .other }
        _ = try name("underlying")
        let strike = try size("strike", digits: 2, needed: true) ?? 0
        return .option(
            OptionContract(
                expiry: try required("expiry"), strike: Price(paise: strike),
                side: try required("option_type")))
    }

    /// A number above zero, and within ``Readable``: the line is written to Redis, where nobody
    /// could read it otherwise. Lots are written `35` and `35.0`. Nil for an empty field.
    private func size(
        _ column: String, digits: Int, needed: Bool
    ) throws(ContractFileError) -> Int? {
        let text = field(column)
        if text.isEmpty {
            if needed { throw error(column, .emptyField) }
            return nil
        }
        let range = digits == 0 ? Readable.quantity : Readable.price
        guard let number = Decimal.parse(text, digits: digits), number > 0, range.contains(number)
        else { throw error(column, .unreadable(text)) }
        return number
    }

    /// A name that fits into an instrument's text form.
    private func name(_ column: String) throws(ContractFileError) -> String {
        let text: String = try required(column)
        guard !text.contains(Instrument.bar) else { throw error(column, .unreadable(text)) }
        return text
    }

    private func required<Value: FieldValue>(_ column: String) throws(ContractFileError) -> Value {
        let text = field(column)
        if text.isEmpty { throw error(column, .emptyField) }
        guard let value = Value(text: text) else { throw error(column, .unreadable(text)) }
        return value
    }

    /// Empty for an optional column that is not there.
    private func field(_ column: String) -> String {
        header.places[column].map { fields[$0] } ?? ""
    }

    func error(_ column: String, _ problem: ContractFileError.Problem) -> ContractFileError {
        ContractFileError(line: line, column: column, problem: problem)
    }
}
