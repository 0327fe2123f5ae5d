import Trading

/// The contracts that strategies may choose: of each index the nearest expiry, some strikes on
/// both sides of the one at the money.
///
/// The window stands still while the index moves within it: each move costs the ticks of the
/// contracts that leave it, and those that enter have no price at first.
struct Candidates {
    private let offsets: [IndexName: Int]
    private var centres: [Series: Int] = [:]

    private struct Series: Hashable {
        let index: IndexName
        let expiry: Day
        let side: OptionSide
    }

    /// Strikes on each side, beside those that a strategy goes out of the money.
    private static let radius = 10
    /// So far the strike at the money may move away from the window's middle.
    private static let slack = 3

    init(_ strategies: [StrategyProfile]) {
        var offsets: [IndexName: Int] = [:]
        for strategy in strategies {
            for index in strategy.indices {
                offsets[index] = max(offsets[index] ?? 0, abs(strategy.strikeOffset))
            }
        }
        self.offsets = offsets
    }

    /// The indices whose options strategies buy.
    var indices: [IndexName] { offsets.keys.sorted() }

    /// - Parameter spots: the last prices of the indices; without one, an index has no candidates.
    mutating func contracts(
        _ list: InstrumentList, spots: [IndexName: Price], on day: Day
    ) -> [InstrumentID] {
        var found: [InstrumentID] = []
        for (index, offset) in offsets.sorted(by: { $0.key < $1.key }) {
            guard let spot = spots[index],
                let expiry = list.nearestExpiry(of: index, onOrAfter: day)
            else { continue }
            for side in [OptionSide.call, .put] {
                let series = Series(index: index, expiry: expiry, side: side)
                let chain = list.options(of: index, expiry: expiry, side: side)
                guard let centre = centre(of: series, chain, spot) else { continue }
                let reach = Self.radius + offset
                let window = max(0, centre - reach)...min(chain.count - 1, centre + reach)
                found += chain[window].map(\.id)
            }
        }
        return found
    }

    private mutating func centre(
        of series: Series, _ chain: [Instrument], _ spot: Price
    ) -> Int? {
        let nearest = chain.indices.min { left, right in
            chain[left].distance(from: spot) < chain[right].distance(from: spot)
        }
        guard let nearest else { return nil }
        if let centre = centres[series], chain.indices.contains(centre),
            abs(centre - nearest) <= Self.slack
        {
            return centre
        }
        centres[series] = nearest
        return nearest
    }
}

extension Instrument {
    fileprivate func distance(from spot: Price) -> Int {
        option.map { abs($0.strike.paise - spot.paise) } ?? .max
    }
}
