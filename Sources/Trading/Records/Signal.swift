/// Where a strategy thinks the index goes.
package enum Direction: String, FieldValue, CaseIterable {
    case bullish, bearish

    /// Options are bought, never written: a call for a rise, a put for a fall.
    package var side: OptionSide { self == .bullish ? .call : .put }
}

/// An entry of `signals`: buy this contract, with the quote that it was chosen from.
package struct Signal: Record {
    package var id: SignalID
    package var strategy: StrategyID
    package var index: IndexName
    package var direction: Direction
    package var instrument: InstrumentID
    package var quote: Quote
    package var at: EventTime
    /// After this, nobody enters on it.
    package var expiresAt: EventTime
    /// The indicator values behind it, for people.
    package var evidence: String

    package init(
        id: SignalID, strategy: StrategyID, index: IndexName, direction: Direction,
        instrument: InstrumentID, quote: Quote, at: EventTime, expiresAt: EventTime,
        evidence: String
    ) {
        self.id = id
        self.strategy = strategy
        self.index = index
        self.direction = direction
        self.instrument = instrument
        self.quote = quote
        self.at = at
        self.expiresAt = expiresAt
        self.evidence = evidence
    }

    package init(_ fields: Fields) throws(FieldError) {
        self.init(
            id: try fields.get(.signal), strategy: try fields.get(.strategy),
            index: try fields.get(.index), direction: try fields.get(.direction),
            instrument: InstrumentID(try fields.get(.segment), try fields.get(.securityID)),
            quote: Quote(
                ltp: try fields.get(.ltp), bid: try fields.find(.bid), ask: try fields.find(.ask),
                openInterest: try fields.find(.openInterest), at: try fields.get(.quotedAt)),
            at: try fields.get(.at), expiresAt: try fields.get(.expiresAt),
            evidence: try fields.find(.evidence) ?? "")
    }

    package var fields: Fields {
        var fields = Fields()
        fields.put(.signal, id)
        fields.put(.strategy, strategy)
        fields.put(.index, index)
        fields.put(.direction, direction)
        fields.put(.segment, instrument.segment)
        fields.put(.securityID, instrument.securityID)
        fields.put(.ltp, quote.ltp)
        fields.put(.bid, quote.bid)
        fields.put(.ask, quote.ask)
        fields.put(.openInterest, quote.openInterest)
        fields.put(.quotedAt, quote.at)
        fields.put(.at, at)
        fields.put(.expiresAt, expiresAt)
        fields.put(.evidence, evidence)
        return fields
    }
}
