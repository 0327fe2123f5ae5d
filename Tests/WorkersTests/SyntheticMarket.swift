import Support
import Trading

/// Two option contracts that wander, a tick of each every second, and now and then a signal.
struct SyntheticMarket {
    let instruments: [Instrument]
    private var random: SplitMix64
    private var prices: [Int]
    private var number = 0
    private var last: [Quote] = []

    /// The ticks come between the clock's marks.
    private(set) var next = EventTime.at(10, 0, 0, ms: 500)
    static let end = EventTime.at(10, 1, 15)

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        instruments = [
            Fixtures.instrument(),
            Fixtures.instrument(Fixtures.put, side: .put),
        ]
        prices = [100_00, 80_00]
    }

    var isOver: Bool { next >= Self.end }

    mutating func ticks() -> [Tick] {
        last = prices.indices.map { index in
            // Up to one percent either way, in ticks of five paise.
            prices[index] += Int.random(in: -100...100, using: &random) * prices[index] / 10_000
            prices[index] = max(prices[index], 30_00) / 5 * 5
            let price = Price(paise: prices[index])
            return Quote(
                ltp: price, bid: Price(paise: prices[index] - 10),
                ask: Price(paise: prices[index] + 10), openInterest: 500_000, at: next)
        }
        next = next + .seconds(1)
        return zip(instruments, last).map { Tick(instrument: $0.id, quote: $1) }
    }

    /// On what has just been quoted.
    mutating func signal() -> Signal? {
        guard Int.random(in: 0..<5, using: &random) == 0 else { return nil }
        number += 1
        let side = Int.random(in: 0...1, using: &random)
        return Signal(
            id: SignalID("s-\(number)"), strategy: Fixtures.strategy, index: Fixtures.index,
            direction: side == 0 ? .bullish : .bearish, instrument: instruments[side].id,
            quote: last[side], at: last[side].at, expiresAt: last[side].at + .seconds(10),
            evidence: "test")
    }
}
