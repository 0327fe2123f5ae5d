import Trading

/// Draws from a seeded generator, and counts the faults that it has given.
package struct Chance: Sendable {
    package var rates: FaultRates
    package private(set) var given: [Fault: Int] = [:]
    private var random: SplitMix64

    package init(seed: UInt64, _ rates: FaultRates) {
        random = SplitMix64(seed: seed)
        self.rates = rates
    }

    package mutating func happens(_ fault: Fault) -> Bool {
        let happens = hundredths(rates[fault])
        if happens { count(fault) }
        return happens
    }

    mutating func count(_ fault: Fault) { given[fault, default: 0] += 1 }

    /// Those of an order's fate that come true now.
    mutating func give(_ faults: Set<Fault>, of fate: OrderFate) {
        for fault in faults.intersection(fate.drawn) { count(fault) }
    }

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
