import MessageBus
import Trading
import Workers

/// Three option contracts whose prices wander and jump, and the feed that tells of them.
struct Market {
    static let lot = 35
    static let index: IndexName = "BANKNIFTY"
    static let strategy: StrategyID = "supertrend"
    static let day = Day(2025, 12, 15)

    let instruments: [Instrument]
    let writer: MarketWriter
    private var prices = [100_00, 80_00, 120_00]
    private var signals = 0

    init(_ desk: Desk) {
        instruments = [
            Self.contract("51460", strike: 59_500_00, .call),
            Self.contract("51461", strike: 59_500_00, .put),
            Self.contract("51462", strike: 59_400_00, .call),
        ]
        writer = MarketWriter(desk.keys, InstrumentList(instruments))
    }

    private static func contract(_ id: String, strike: Int, _ side: OptionSide) -> Instrument {
        Instrument(
            id: InstrumentID(.nseDerivatives, id), symbol: "\(index)-\(strike / 100)-\(side.text)",
            index: index,
            kind: .option(
                OptionContract(
                    expiry: Day(2025, 12, 30), strike: Price(paise: strike), side: side)),
            lot: Quantity(lot), tickSize: Price(paise: 5), freezeQuantity: Quantity(600))
    }

    /// Up to half a percent either way, and jumps.
    mutating func move(_ chance: inout Chance) {
        for index in prices.indices {
            move(index, byBasisPoints: chance.number(-50...50))
            if chance.strikes(.jumpingTick) {
                move(index, byBasisPoints: chance.number(-1_500...1_500))
            }
        }
    }

    mutating func crash() { for index in prices.indices { move(index, byBasisPoints: -800) } }

    private mutating func move(_ index: Int, byBasisPoints points: Int) {
        let moved = prices[index] + prices[index] * points / 10_000
        prices[index] = min(max(moved, 30_00), 500_00) / 5 * 5
    }

    private func quote(_ index: Int, at time: EventTime) -> Quote {
        Quote(
            ltp: Price(paise: prices[index]), bid: Price(paise: prices[index] - 10),
            ask: Price(paise: prices[index] + 10), openInterest: 500_000, at: time)
    }

    func ticks(at time: EventTime) -> [Tick] {
        instruments.indices.map { Tick(instrument: instruments[$0].id, quote: quote($0, at: time)) }
    }

    /// What an order trades at now; nil where nobody would take the other side.
    func price(for listing: Exchange.Listing) -> Price? {
        guard let index = instruments.firstIndex(where: { $0.id == listing.instrument }) else {
            return nil
        }
        let touch = Price(paise: prices[index] + (listing.side == .buy ? 10 : -10))
        guard let limit = listing.limit else { return touch }
        return (listing.side == .buy ? limit >= touch : limit <= touch) ? touch : nil
    }

    mutating func signal(_ chance: inout Chance, at time: EventTime) -> Signal {
        signals += 1
        let index = chance.number(0...(instruments.count - 1))
        let isCall = instruments[index].option?.side == .call
        return Signal(
            id: SignalID("s-\(signals)"), strategy: Self.strategy, index: Self.index,
            direction: isCall ? .bullish : .bearish, instrument: instruments[index].id,
            quote: quote(index, at: time), at: time, expiresAt: time + .seconds(10),
            evidence: "simulated")
    }
}
