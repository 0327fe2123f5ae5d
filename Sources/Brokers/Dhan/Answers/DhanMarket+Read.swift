import Trading

extension DhanQuote {
    /// `{"data": {"NSE_FNO": {"49081": {…}}}}`. An instrument without a price is left out: the
    /// broker writes zeros for one that has never traded.
    static func list(_ json: JSON) throws(DhanUnreadable) -> [DhanQuote] {
        guard let data = json["data"] else { throw DhanUnreadable("quotes", "no data") }
        var quotes: [DhanQuote] = []
        for (name, part) in try DhanRow(data, "quotes").all {
            guard let segment = Segment(rawValue: name) else { continue }
            for (id, quote) in try DhanRow(part, name).all {
                let row = try DhanRow(quote, "\(name) \(id)")
                guard try row.price("last_price").paise > 0 else { continue }
                quotes.append(try DhanQuote(row, InstrumentID(segment, id)))
            }
        }
        return quotes.sorted { $0.instrument < $1.instrument }
    }

    private init(_ row: DhanRow, _ instrument: InstrumentID) throws(DhanUnreadable) {
        self.instrument = instrument
        last = try row.price("last_price")
        let day = try row["ohlc"].map { json throws(DhanUnreadable) in
            try DhanRow(json, row.place + " ohlc")
        }
        open = try day?.findPrice("open").positive
        high = try day?.findPrice("high").positive
        low = try day?.findPrice("low").positive
        previousClose = try day?.findPrice("close").positive
        let buy = try Self.best(row, "buy")
        let sell = try Self.best(row, "sell")
        bid = try buy?.findPrice("price").positive
        ask = try sell?.findPrice("price").positive
        bidQuantity = bid == nil ? nil : try buy?.findQuantity("quantity")
        askQuantity = ask == nil ? nil : try sell?.findQuantity("quantity")
        volume = try row.findWhole("volume")
        openInterest = try row.findWhole("oi")
        lowerLimit = try row.findPrice("lower_circuit_limit").positive
        upperLimit = try row.findPrice("upper_circuit_limit").positive
        let traded = try row.find("last_trade_time").flatMap(EventTime.init(indian:))
        // 1 January 1980 is "never".
        tradedAt = traded.flatMap { $0.day < Day(1990, 1, 1) ? nil : $0 }
    }

    /// The first of the five prices of a side.
    private static func best(
        _ row: DhanRow, _ side: String
    ) throws(DhanUnreadable) -> DhanRow? {
        guard let first = row["depth"]?[side]?.elements?.first else { return nil }
        return try DhanRow(first, row.place + " " + side)
    }
}

extension DhanOptionChain {
    init(_ json: JSON) throws(DhanUnreadable) {
        let row = try DhanRow(json["data"] ?? json, "chain")
        spot = try row.price("last_price")
        guard let list = row["oc"] else { throw row.error("oc", "is missing") }
        strikes = []
        for (key, sides) in try DhanRow(list, "chain").all {
            guard let paise = DhanNumber.scaled(key, decimals: 2), paise > 0,
                Readable.price.contains(paise)
            else { throw DhanUnreadable("chain", "\(key.prefix(40)) is no strike") }
            let row = try DhanRow(sides, "strike \(key)")
            strikes.append(
                Strike(
                    strike: Price(paise: paise), call: try Side.read(row, "ce"),
                    put: try Side.read(row, "pe")))
        }
        strikes.sort { $0.strike < $1.strike }
    }
}

extension DhanOptionChain.Side {
    fileprivate static func read(
        _ strike: DhanRow, _ key: String
    ) throws(DhanUnreadable) -> DhanOptionChain.Side? {
        guard let json = strike[key], json != .null else { return nil }
        let row = try DhanRow(json, "\(strike.place) \(key)")
        return DhanOptionChain.Side(
            securityID: try row.find("security_id"), last: try row.price("last_price"),
            bid: try row.price("top_bid_price"), ask: try row.price("top_ask_price"),
            bidQuantity: try row.quantity("top_bid_quantity"),
            askQuantity: try row.quantity("top_ask_quantity"),
            openInterest: try row.findWhole("oi") ?? 0, volume: try row.findWhole("volume") ?? 0)
    }
}

enum DhanExpiries {
    static func list(_ json: JSON) throws(DhanUnreadable) -> [Day] {
        guard let list = json["data"]?.elements else {
            throw DhanUnreadable("expiries", "no list")
        }
        var days: [Day] = []
        for element in list {
            guard let day = element.plainText.flatMap(Day.init(text:)) else {
                throw DhanUnreadable("expiries", "\(element.text.prefix(40)) is no day")
            }
            days.append(day)
        }
        return days.sorted()
    }
}

extension DhanBar {
    /// Parallel arrays, all of one length; all empty for a day without trades.
    static func list(_ json: JSON) throws(DhanUnreadable) -> [DhanBar] {
        let data = json["data"] ?? json
        func column(_ name: String) throws(DhanUnreadable) -> [JSON] {
            guard let column = data[name]?.elements else {
                throw DhanUnreadable("chart", "no \(name)")
            }
            return column
        }
        let names = ["open", "high", "low", "close", "volume"]
        let starts = try column("timestamp")
        var columns: [String: [JSON]] = [:]
        for name in names {
            let values = try column(name)
            guard values.count == starts.count else {
                throw DhanUnreadable("chart", "\(values.count) of \(name), \(starts.count) bars")
            }
            columns[name] = values
        }
        var bars: [DhanBar] = []
        for (index, start) in starts.enumerated() {
            var fields = columns.mapValues { $0[index] }
            fields["timestamp"] = start
            bars.append(try DhanBar(DhanRow(.object(fields), "bar \(index + 1)")))
        }
        return bars.sorted { $0.start < $1.start }
    }

    private init(_ row: DhanRow) throws(DhanUnreadable) {
        guard let seconds = try row.findWhole("timestamp"),
            seconds <= Readable.time.upperBound / 1_000
        else { throw row.error("timestamp", "is no time") }
        start = EventTime(milliseconds: seconds * 1_000)
        open = try row.price("open")
        high = try row.price("high")
        low = try row.price("low")
        close = try row.price("close")
        volume = try row.findWhole("volume") ?? 0
        guard low.paise > 0, low <= min(open, close), high >= max(open, close) else {
            throw row.error("high", "and low do not hold open and close")
        }
    }
}

extension Price? {
    /// The broker writes zero where there is no price.
    fileprivate var positive: Price? { flatMap { $0.paise > 0 ? $0 : nil } }
}
