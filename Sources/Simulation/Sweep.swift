import Synchronization

/// Many seeds, side by side on threads.
package final class Sweep: Sendable {
    package struct Sum: Sendable {
        package var seeds = 0
        package var steps = 0
        package var positions = 0
        package var counts = Fault.allCases.map { _ in 0 }
        /// Seeds in which a promise was broken, lowest first.
        package var failed: [Outcome] = []

        package func count(_ fault: Fault) -> Int { counts[fault.place] }

        mutating func add(_ outcome: Outcome) {
            seeds += 1
            steps += outcome.steps
            positions += outcome.positions
            for place in counts.indices { counts[place] += outcome.counts[place] }
            guard outcome.problem != nil else { return }
            let index = failed.firstIndex { $0.seed > outcome.seed } ?? failed.endIndex
            failed.insert(outcome, at: index)
        }
    }

    private struct State {
        var next: UInt64
        var sum = Sum()
        var isStopped = false
    }

    private let simulation: Simulation
    private let template: Plan
    private let end: UInt64
    private let stopsAtFirst: Bool
    private let state: Mutex<State>

    /// - Parameter template: what all seeds are run with.
    package init(
        _ simulation: Simulation, _ seeds: Range<UInt64>, template: Plan, stopsAtFirst: Bool
    ) {
        self.simulation = simulation
        self.template = template
        self.stopsAtFirst = stopsAtFirst
        end = seeds.upperBound
        state = Mutex(State(next: seeds.lowerBound))
    }

    package var sum: Sum { state.withLock { $0.sum } }

    /// Runs seeds on this thread until none is left.
    package func work() {
        while let seed = next() {
            var plan = template
            plan.seed = seed
            let outcome = simulation.run(plan)
            state.withLock { state in
                state.sum.add(outcome)
                if outcome.problem != nil, stopsAtFirst { state.isStopped = true }
            }
        }
    }

    private func next() -> UInt64? {
        state.withLock { state in
            guard !state.isStopped, state.next < end else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }
}
