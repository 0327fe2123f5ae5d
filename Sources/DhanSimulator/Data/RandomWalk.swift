package import Trading

/// Made-up prices: each contract walks by ticks, the same way for a seed.
package struct RandomWalk: Sendable {
    private var random: SplitMix64
    private var prices: [(id: InstrumentID, price: Price, tick: Price)]
    private var volume = 0

    /// - Parameter start: what every option costs at first.
    package init(seed: UInt64, _ instruments: [Instrument], start: Price = Price(paise: 100_00)) {
        random = SplitMix64(seed: seed)
        prices = instruments.filter { $0.option != nil || $0.kind == .index }.map { instrument in
            let isIndex = instrument.kind == .index
            let tick = max(instrument.tickSize, Price(paise: 5))
            return (instrument.id, isIndex ? Price(paise: 59_400_00) : start, tick)
        }
    }

    /// The next price of each.
    package mutating func next(at time: EventTime) -> [Tick] {
        prices.indices.map { index in
            let (id, price, tick) = prices[index]
            let steps = Int.random(in: -4...4, using: &random)
            let next = max(price + Price(paise: steps * tick.paise), tick + tick)
            prices[index].price = next
            volume += Int.random(in: 0...10, using: &random)
            return Tick(
                instrument: id,
                quote: Quote(
                    ltp: next, bid: next - tick, ask: next + tick,
                    bidQuantity: Quantity(.random(in: 1...40, using: &random) * 35),
                    askQuantity: Quantity(.random(in: 1...40, using: &random) * 35),
                    openInterest: 100_000, at: time),
                volume: volume, lastQuantity: Quantity(35), exchangeTime: time)
        }
    }
}
