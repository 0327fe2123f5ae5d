/// The instruments of one day, for look-up by id and by contract.
package struct InstrumentList: Sendable {
    private let byID: [InstrumentID: Instrument]
    /// Ascending by strike.
    private let chains: [Series: [Instrument]]

    private struct Series: Hashable {
        let index: IndexName
        let expiry: Day
        let side: OptionSide
    }

    /// Of two with one id the later is kept.
    package init(_ instruments: some Sequence<Instrument>) {
        byID = Dictionary(instruments.map { ($0.id, $0) }) { _, later in later }
        let options = byID.values.compactMap { instrument in
            instrument.option.map { (contract: $0, instrument: instrument) }
        }
        // Two securities with one contract differ in their id: the order is always the same.
        let sorted = options.sorted {
            ($0.contract.strike, $0.instrument.id) < ($1.contract.strike, $1.instrument.id)
        }
        chains = Dictionary(grouping: sorted) { option in
            Series(
                index: option.instrument.index, expiry: option.contract.expiry,
                side: option.contract.side)
        }
        .mapValues { $0.map(\.instrument) }
    }

    package subscript(id: InstrumentID) -> Instrument? { byID[id] }

    /// All of them, by id.
    package var instruments: [Instrument] { byID.values.sorted { $0.id < $1.id } }

    /// The listed options of one series, ascending by strike.
    package func options(of index: IndexName, expiry: Day, side: OptionSide) -> [Instrument] {
        chains[Series(index: index, expiry: expiry, side: side)] ?? []
    }

    /// The days on which listed options of an index expire, earliest first.
    package func expiries(of index: IndexName) -> [Day] {
        Set(chains.keys.lazy.filter { $0.index == index }.map(\.expiry)).sorted()
    }

    /// The first listed expiry on or after `day`; already adjusted for holidays by the exchange.
    package func nearestExpiry(of index: IndexName, onOrAfter day: Day) -> Day? {
        expiries(of: index).first { $0 >= day }
    }

    /// The listed contract whose strike is nearest to `spot`; of two equally near the lower one,
    /// so that the choice never depends on the order of the list. Nil for an empty series.
    package func atTheMoney(
        of index: IndexName, expiry: Day, side: OptionSide, spot: Price
    ) -> Instrument? {
        options(of: index, expiry: expiry, side: side).min { left, right in
            left.distance(from: spot) < right.distance(from: spot)
        }
    }
}

extension Instrument {
    /// How far the strike lies from `spot`, in paise.
    fileprivate func distance(from spot: Price) -> Int {
        option.map { abs($0.strike.paise - spot.paise) } ?? .max
    }
}
