import Trading

/// Everything that a seed decides. One generator, so that the same seed in the same build makes
/// the same draws in the same order.
struct Chance {
    private var random: SplitMix64
    /// By the fault's place: one opportunity in so many; 0 for none in this seed.
    private var odds: [Int]
    private(set) var counts: [Int]
    /// Nothing goes wrong any more.
    var isCalm = false

    /// Of the faults that are switched on, a seed uses some, each more or less often: one that
    /// suffers from everything at once reaches little, because it never gets far.
    init(seed: UInt64, faults: Set<Fault>) {
        // Seeds are small numbers in a row, and their first draws should not be alike.
        random = SplitMix64(seed: seed &* 0x9e37_79b9_7f4a_7c15)
        odds = []
        counts = Fault.allCases.map { _ in 0 }
        for fault in Fault.allCases {
            let strength = Int.random(in: 0..<6, using: &random)
            // In a third of the seeds not at all, else at half, full or double strength.
            let odds = strength < 2 ? 0 : max(1, (fault.oneIn * 2) >> ((strength - 2) % 3))
            self.odds.append(faults.contains(fault) ? odds : 0)
        }
    }

    /// Whether this opportunity is taken; counted if so.
    mutating func strikes(_ fault: Fault) -> Bool {
        let odds = odds[fault.place]
        guard !isCalm, odds > 0, one(in: odds) else { return false }
        counts[fault.place] += 1
        return true
    }

    mutating func one(in count: Int) -> Bool { random.next() % UInt64(count) == 0 }
    mutating func number(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(random.next() % UInt64(range.count))
    }
    mutating func span(_ range: ClosedRange<Int>) -> Span { .milliseconds(number(range)) }
    mutating func element<Element>(of array: [Element]) -> Element? {
        array.isEmpty ? nil : array[number(0...(array.count - 1))]
    }
}
