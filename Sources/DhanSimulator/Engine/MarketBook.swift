package import Trading

/// What the market has shown of each instrument today.
package struct MarketBook: Sendable {
    package struct Row: Sendable {
        package var quote: Quote
        package var open: Price
        package var high: Price
        package var low: Price
        package var previousClose: Price
        package var volume = 0
        package var lastQuantity = 0
        /// Circuit limits of the day, where the exchange has set some.
        package var lower: Price?
        package var upper: Price?
        /// The average of half a minute, renewed each half minute: the limit price protection's.
        package var reference: Price
        fileprivate var window: (since: EventTime, sum: Int, count: Int)
    }

    private(set) package var rows: [InstrumentID: Row] = [:]

    package init() {}

    package subscript(instrument: InstrumentID) -> Row? { rows[instrument] }

    package mutating func take(_ tick: Tick) {
        let quote = tick.quote
        guard var row = rows[tick.instrument] else {
            rows[tick.instrument] = Row(
                quote: quote, open: quote.ltp, high: quote.ltp, low: quote.ltp,
                previousClose: quote.ltp, volume: tick.volume ?? 0,
                lastQuantity: tick.lastQuantity?.units ?? 0, reference: quote.ltp,
                window: (quote.at, quote.ltp.paise, 1))
            return
        }
        row.quote = quote
        row.high = max(row.high, quote.ltp)
        row.low = min(row.low, quote.ltp)
        row.volume = tick.volume ?? row.volume
        row.lastQuantity = tick.lastQuantity?.units ?? row.lastQuantity
        row.window.sum += quote.ltp.paise
        row.window.count += 1
        if quote.at - row.window.since >= .seconds(30) {
            row.reference = Price(paise: row.window.sum / row.window.count)
            row.window = (quote.at, 0, 0)
        }
        if row.window.count == 0 { row.window = (quote.at, quote.ltp.paise, 1) }
        rows[tick.instrument] = row
    }

    package mutating func setBand(_ instrument: InstrumentID, from lower: Price?, to upper: Price?)
    {
        rows[instrument]?.lower = lower
        rows[instrument]?.upper = upper
    }

    package mutating func setPreviousClose(_ instrument: InstrumentID, _ price: Price) {
        rows[instrument]?.previousClose = price
    }
}
