/// What one seed is run with.
package struct Plan: Sendable {
    package var seed: UInt64
    package var faults: Set<Fault>
    package var sabotage: Sabotage?
    /// Turns in which everything may go wrong; afterwards nothing does, until all is closed.
    package var chaos = 450
    /// Positions that are opened at least.
    package var positions = 6

    package init(
        seed: UInt64, faults: Set<Fault> = Set(Fault.allCases), sabotage: Sabotage? = nil
    ) {
        self.seed = seed
        self.faults = faults
        self.sabotage = sabotage
    }
}

/// What became of a seed.
package struct Outcome: Sendable {
    package var seed: UInt64
    /// The first promise that was broken; nil for none.
    package var problem: String?
    package var steps: Int
    package var positions: Int
    /// By the fault's place among all.
    package var counts: [Int]
    package var story: [String]

    package func count(_ fault: Fault) -> Int { counts[fault.place] }
}
