import Trading

/// Draws from a seeded generator.
package struct Chance: Sendable {
    package var rates: FaultRates
    private var random: SplitMix64

    package init(seed: UInt64, _ rates: FaultRates) {
        random = SplitMix64(seed: seed)
        self.rates = rates
    }

    package mutating func happens(_ fault: Fault) -> Bool { hundredths(rates[fault]) }

    package mutating func hundredths(_ share: Int) -> Bool {
        // Nothing is drawn for what never happens: naming a new fault changes no seed's story.
        share > 0 && Int.random(in: 0..<100, using: &random) < share
    }

    package mutating func within(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &random)
    }

    package mutating func one<Item>(of items: [Item]) -> Item {
        items[Int.random(in: 0..<items.count, using: &random)]
    }
}
