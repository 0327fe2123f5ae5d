/// The best prices of an instrument at one instant.
package struct Quote: Hashable, Sendable {
    package var ltp: Price
    package var bid: Price?
    package var ask: Price?
    package var bidQuantity: Quantity?
    package var askQuantity: Quantity?
    package var openInterest: Int?
    package var at: EventTime

    package init(
        ltp: Price, bid: Price? = nil, ask: Price? = nil, bidQuantity: Quantity? = nil,
        askQuantity: Quantity? = nil, openInterest: Int? = nil, at: EventTime
    ) {
        self.ltp = ltp
        self.bid = bid
        self.ask = ask
        self.bidQuantity = bidQuantity
        self.askQuantity = askQuantity
        self.openInterest = openInterest
        self.at = at
    }
}

/// One tick of one instrument. Its event time is the id of its stream entry.
package struct Tick: Hashable, Sendable {
    package var instrument: InstrumentID
    package var quote: Quote
    package var volume: Int?
    package var lastQuantity: Quantity?
    /// The exchange's own time; its clock and ours differ by seconds, so nothing is decided by it.
    package var exchangeTime: EventTime?

    package init(
        instrument: InstrumentID, quote: Quote, volume: Int? = nil,
        lastQuantity: Quantity? = nil, exchangeTime: EventTime? = nil
    ) {
        self.instrument = instrument
        self.quote = quote
        self.volume = volume
        self.lastQuantity = lastQuantity
        self.exchangeTime = exchangeTime
    }
}

extension Tick {
    package init(_ fields: Fields, at: EventTime) throws(FieldError) {
        instrument = InstrumentID(try fields.get(.segment), try fields.get(.securityID))
        quote = Quote(
            ltp: try fields.get(.ltp), bid: try fields.find(.bid), ask: try fields.find(.ask),
            bidQuantity: try fields.find(.bidQuantity), askQuantity: try fields.find(.askQuantity),
            openInterest: try fields.find(.openInterest), at: at)
        volume = try fields.find(.volume)
        lastQuantity = try fields.find(.lastQuantity)
        exchangeTime = try fields.find(.exchangeTime)
        guard quote.ltp.paise > 0 else {
            throw .malformed(.ltp, value: quote.ltp.text, expected: "price above zero")
        }
    }

    package var fields: Fields {
        var fields = Fields()
        fields.put(.segment, instrument.segment)
        fields.put(.securityID, instrument.securityID)
        fields.put(.ltp, quote.ltp)
        fields.put(.bid, quote.bid)
        fields.put(.ask, quote.ask)
        fields.put(.bidQuantity, quote.bidQuantity)
        fields.put(.askQuantity, quote.askQuantity)
        fields.put(.volume, volume)
        fields.put(.openInterest, quote.openInterest)
        fields.put(.lastQuantity, lastQuantity)
        fields.put(.exchangeTime, exchangeTime)
        return fields
    }
}
