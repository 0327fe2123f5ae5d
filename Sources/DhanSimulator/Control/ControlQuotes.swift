package import Trading

extension House.State {
    /// `{"quotes": [{"segment": "NSE_FNO", "security_id": "51460", "ltp": "100.00", …}]}`
    mutating func quotes(_ json: JSON, now: EventTime) -> Reply {
        guard let rows = json["quotes"]?.array ?? json.array else {
            return House.wrong("quotes: no array")
        }
        for (index, row) in rows.enumerated() {
            guard let tick = Tick(control: row, at: now) else {
                return House.wrong("quotes[\(index)]: segment, security_id and ltp are needed")
            }
            engine.quote(tick, now: now)
            if let close = row.price("previous_close") {
                engine.market.setPreviousClose(tick.instrument, close)
            }
            if let lower = row.price("lower"), let upper = row.price("upper") {
                engine.market.setBand(tick.instrument, from: lower, to: upper)
            }
        }
        return Reply(200, ["taken": .int(rows.count)])
    }
}

extension JSON {
    fileprivate func price(_ key: String) -> Price? {
        self[key]?.scalar.flatMap(Price.init(text:))
    }

    fileprivate func units(_ key: String) -> Quantity? { self[key]?.int.map(Quantity.init) }
}

extension Tick {
    fileprivate init?(control row: JSON, at time: EventTime) {
        guard let segment = row["segment"]?.string.flatMap(Segment.init(rawValue:)),
            let id = row["security_id"]?.scalar, let ltp = row.price("ltp"), ltp.paise > 0
        else { return nil }
        self.init(
            instrument: InstrumentID(segment, id),
            quote: Quote(
                ltp: ltp, bid: row.price("bid"), ask: row.price("ask"),
                bidQuantity: row.units("bid_quantity"), askQuantity: row.units("ask_quantity"),
                openInterest: row["open_interest"]?.int, at: time),
            volume: row["volume"]?.int, lastQuantity: row.units("last_quantity"),
            exchangeTime: time)
    }
}

extension EventTime {
    /// `2025-12-15T10:00:00` in India, or milliseconds since the epoch.
    package init?(control text: String) {
        let parts = text.split(separator: "T", omittingEmptySubsequences: false)
        if parts.count == 2, let day = Day(text: String(parts[0])),
            let time = TimeOfDay(text: String(parts[1]))
        {
            self.init(day, time)
        } else {
            self.init(text: text)
        }
    }
}
