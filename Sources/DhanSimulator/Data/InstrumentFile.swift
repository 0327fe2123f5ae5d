import Trading

/// The day's instrument list, as the broker publishes it: columns in the newest order that was
/// seen, and a comma at the end of each line.
struct InstrumentFile {
    let instruments: [Instrument]

    private static let columns = [
        "EXCH_ID", "SEGMENT", "SECURITY_ID", "ISIN", "INSTRUMENT", "UNDERLYING_SECURITY_ID",
        "UNDERLYING_SYMBOL", "SYMBOL_NAME", "DISPLAY_NAME", "INSTRUMENT_TYPE", "SERIES",
        "LOT_SIZE", "SM_EXPIRY_DATE", "STRIKE_PRICE", "OPTION_TYPE", "TICK_SIZE", "EXPIRY_FLAG",
        "BRACKET_FLAG", "COVER_FLAG", "ASM_GSM_FLAG", "ASM_GSM_CATEGORY", "BUY_SELL_INDICATOR",
        "BUY_CO_MIN_MARGIN_PER", "BUY_CO_SL_RANGE_MAX_PERC", "BUY_CO_SL_RANGE_MIN_PERC",
        "BUY_BO_MIN_MARGIN_PER", "BUY_BO_PROFIT_RANGE_MAX_PERC", "BUY_BO_PROFIT_RANGE_MIN_PERC",
        "MTF_LEVERAGE", "SM_UPPER_LIMIT", "SM_LOWER_LIMIT", "SM_FREEZE_QTY",
    ]

    func text(of segment: Segment? = nil) -> String {
        let rows = instruments.filter { segment == nil || $0.id.segment == segment }.map(row)
        return ([Self.columns] + rows).map { $0.joined(separator: ",") + ",\n" }.joined()
    }

    private func row(_ instrument: Instrument) -> [String] {
        let segment = instrument.id.segment
        let option = instrument.option
        let isIndex = segment == .index
        let exchange =
            isIndex
            ? MarketIndex.with(id: instrument.id)?.exchange.rawValue ?? "NSE"
            : segment.text.hasPrefix("BSE") ? "BSE" : "NSE"
        // Paise for what is traded, rupees for indices.
        let tick = isIndex ? instrument.tickSize.text : "\(instrument.tickSize.paise).0000"
        let freeze = instrument.freezeQuantity.map { "\($0.units + 1).0" } ?? "0.0"
        let kind = option != nil ? "OPTIDX" : isIndex ? "INDEX" : "EQUITY"
        let words = ContractWords(contract: instrument, instrument: instrument.id)
        return [
            exchange, segment.letter, instrument.id.securityID, "NA", kind, "0",
            instrument.index.text, instrument.symbol, words.display, option == nil ? kind : "OP",
            "NA", "\(instrument.lot.units).0", option?.expiry.text ?? "0001-01-01",
            option.map { Decimal.format($0.strike.paise, digits: 2) + "000" } ?? "",
            option?.side.text ?? "XX", tick, option == nil ? "N" : "M", "N", "N", "N", "NA", "A",
            "0.0", "0.0", "0.0", "0.0", "0.0", "0.0", "0.0", "0.0", "0.0", freeze,
        ]
    }
}

extension Engine {
    /// Files that anybody may have.
    func file(_ call: Call) -> Reply? {
        let list = InstrumentFile(instruments: settings.instruments?.instruments ?? [])
        switch (call.method, call.route.first, call.route.last) {
        case ("GET", "api-data", "api-scrip-master-detailed.csv"):
            return Reply(200, type: "text/csv", list.text())
        case ("GET", "instrument", let name):
            guard let segment = name.flatMap(Segment.init(rawValue:)) else { return nil }
            return Reply(200, type: "text/csv", list.text(of: segment))
        default: return nil
        }
    }
}
