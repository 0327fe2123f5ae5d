import Trading

/// The broker's instrument list, of which the indices and their options are kept, as a
/// ``ContractFile``: the broker's list has thirty megabytes and changes its columns.
///
/// Two headers are known, the compact and the detailed one. Columns go by name; lines of some
/// versions end in a comma. Nothing is quoted.
enum DhanInstrumentList {
    static let header =
        "security_id,exchange_segment,instrument,symbol,underlying,expiry,strike,option_type,"
        + "lot_size,tick_size,freeze_quantity\n"

    /// - Returns: the text of a contract file.
    static func contracts(_ bytes: [UInt8]) throws(DhanUnreadable) -> String {
        var lines = bytes.split(separator: 10).lazy.map { $0.last == 13 ? $0.dropLast() : $0 }
            .makeIterator()
        guard let first = lines.next() else { throw DhanUnreadable("instruments", "empty") }
        let columns = try DhanColumns(first)
        var rows: [DhanListing] = []
        var number = 1
        var last: DhanLine?
        while let bytes = lines.next() {
            number += 1
            guard let line = DhanLine(bytes, columns, number) else { continue }
            // What it lists may be wanted.
            if line.isCut, !line.has(columns.segment) { throw line.misshapen }
            last = line
            if let row = try DhanListing(line, columns) { rows.append(row) }
        }
        // The rest of the list is missing too.
        if let last, last.isCut { throw last.misshapen }
        let names = DhanListing.indexNames(rows)
        var seen: Set<String> = []
        var text = header
        var options = 0
        for row in rows {
            let line = row.contract(names)
            // Indices of both exchanges share a segment; of two with one id the first is kept.
            guard !row.isIndex || seen.insert(row.id).inserted else { continue }
            options += row.isIndex ? 0 : 1
            text += line
        }
        guard options > 0 else { throw DhanUnreadable("instruments", "no option of an index") }
        return text
    }
}

/// Where each column stands, under either header. A column that is wanted and named twice is none:
/// nobody knows which of the two is meant.
struct DhanColumns {
    let exchange, segment, id, kind, symbol: Int
    let underlying, display: Int?
    let lot, expiry, strike, side, tick: Int
    let freeze: Int?
    let count: Int

    init(_ line: ArraySlice<UInt8>) throws(DhanUnreadable) {
        let names = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        let places = Dictionary(grouping: names.indices) { names[$0] }
        func look(_ wanted: [String]) throws(DhanUnreadable) -> Int? {
            for name in wanted {
                guard let found = places[name] else { continue }
                guard found.count == 1 else {
                    throw DhanUnreadable("instruments", "\(found.count) columns \(name)")
                }
                return found[0]
            }
            return nil
        }
        func find(_ wanted: String...) throws(DhanUnreadable) -> Int {
            if let place = try look(wanted) { return place }
            throw DhanUnreadable("instruments", "no column \(wanted.joined(separator: " or "))")
        }
        exchange = try find("EXCH_ID", "SEM_EXM_EXCH_ID")
        segment = try find("SEGMENT", "SEM_SEGMENT")
        id = try find("SECURITY_ID", "SEM_SMST_SECURITY_ID")
        kind = try find("INSTRUMENT", "SEM_INSTRUMENT_NAME")
        symbol = try find("SYMBOL_NAME", "SEM_TRADING_SYMBOL")
        underlying = try look(["UNDERLYING_SYMBOL"])
        display = try look(["DISPLAY_NAME", "SEM_CUSTOM_SYMBOL"])
        lot = try find("LOT_SIZE", "SEM_LOT_UNITS")
        expiry = try find("SM_EXPIRY_DATE", "SEM_EXPIRY_DATE")
        strike = try find("STRIKE_PRICE", "SEM_STRIKE_PRICE")
        side = try find("OPTION_TYPE", "SEM_OPTION_TYPE")
        tick = try find("TICK_SIZE", "SEM_TICK_SIZE")
        freeze = try look(["SM_FREEZE_QTY"])
        count = names.last == "" ? names.count - 1 : names.count
    }
}
