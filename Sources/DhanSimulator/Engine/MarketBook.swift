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
        /// The day's minutes.
        var bars = MinuteBars()
        private var window: (since: EventTime, sum: Int, count: Int)

        fileprivate init(first tick: Tick) {
            quote = tick.quote
            (open, high, low) = (quote.ltp, quote.ltp, quote.ltp)
            previousClose = quote.ltp
            reference = quote.ltp
            window = (quote.at, 0, 0)
        }

        fileprivate mutating func take(_ tick: Tick) {
            if tick.quote.at.day != quote.at.day {
                previousClose = quote.ltp
                (open, high, low) = (tick.quote.ltp, tick.quote.ltp, tick.quote.ltp)
                volume = 0
            }
            quote = tick.quote
            high = max(high, quote.ltp)
            low = min(low, quote.ltp)
            volume = tick.volume ?? volume
            lastQuantity = tick.lastQuantity?.units ?? lastQuantity
            bars.take(quote.ltp, volume: tick.volume, at: quote.at)
            if window.count > 0, quote.at - window.since >= .seconds(30) {
                reference = Price(paise: window.sum / window.count)
                window = (quote.at, 0, 0)
            }
            window.sum += quote.ltp.paise
            window.count += 1
        }
    }

    private(set) package var rows: [InstrumentID: Row] = [:]

    package init() {}

    package subscript(instrument: InstrumentID) -> Row? { rows[instrument] }

    package mutating func take(_ tick: Tick) {
        rows[tick.instrument, default: Row(first: tick)].take(tick)
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
