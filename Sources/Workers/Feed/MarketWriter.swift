package import MessageBus
package import Trading

/// Writes market events to their partition: the tick's stream entry, whose id is its event time,
/// and the last prices for people.
package struct MarketWriter: Sendable {
    private let keys: Keys
    private let instruments: InstrumentList

    package init(_ keys: Keys, _ instruments: InstrumentList) {
        self.keys = keys
        self.instruments = instruments
    }

    /// Nil for an instrument that is on no list: nobody could say which index it belongs to.
    package func partition(of id: InstrumentID) -> Int? {
        let index = MarketIndex.with(id: id)?.name ?? instruments[id]?.index
        return index.map { keys.partition(of: $0) }
    }

    package func commit(_ ticks: [Tick], partition: Int) -> Commit {
        var last = Fields()
        var writes: [Write] = ticks.map { tick in
            last[tick.instrument.text] = Self.lastPrice(tick)
            return .append(
                Keys.ticks(partition), tick.fields, milliseconds: tick.quote.at.milliseconds)
        }
        writes.append(.set(Keys.ltp(partition), last))
        return Commit(
            slot: .partition(partition), owner: .anyone, changes: [Change(writes: writes)])
    }

    package func commit(clock: EventTime, partition: Int) -> Commit {
        commit(.clock(clock), partition: partition)
    }

    /// For what is no tick.
    func commit(_ event: MarketEvent, partition: Int) -> Commit {
        Commit(
            slot: .partition(partition), owner: .anyone,
            changes: [
                Change(writes: [
                    .append(
                        Keys.ticks(partition), event.fields,
                        milliseconds: event.at.milliseconds)
                ])
            ])
    }

    /// `524.30 bid=524.00 ask=525.40 at=1765771368948`
    private static func lastPrice(_ tick: Tick) -> String {
        let quote = tick.quote
        let parts = [
            quote.ltp.text, quote.bid.map { "bid=\($0.text)" }, quote.ask.map { "ask=\($0.text)" },
            "at=\(quote.at.text)",
        ]
        return parts.compactMap { $0 }.joined(separator: " ")
    }
}
