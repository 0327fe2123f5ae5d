import Foundation
import Simulation

/// What a sweep over seeds has come to.
struct SimulationReport: Encodable {
    struct Failure: Encodable {
        var seed: UInt64
        var problem: String
    }

    var seeds: Int
    var steps: Int
    var positions: Int
    var seconds: Double
    var faults: [String: Int]
    var failed: [Failure]

    init(_ sum: Sweep.Sum, elapsed: Duration) {
        seeds = sum.seeds
        steps = sum.steps
        positions = sum.positions
        seconds = elapsed / .seconds(1)
        faults = Dictionary(
            uniqueKeysWithValues: Fault.allCases.map { ($0.rawValue, sum.count($0)) })
        failed = sum.failed.map { Failure(seed: $0.seed, problem: $0.problem ?? "") }
    }

    /// Failed seeds are shown up to this many.
    private static let mostShown = 20

    var text: String {
        var table = TextTable(["fault", "times"], rightAligned: [1])
        for fault in Fault.allCases {
            table.add([fault.rawValue, "\(faults[fault.rawValue] ?? 0)"])
        }
        let rate = seconds > 0 ? Double(seeds) / seconds : 0
        var lines = [
            table.text, "",
            "\(seeds) seeds, \(positions) positions, \(steps) steps in "
                + String(
                    format: "%.1f s: %.0f seeds/s, %.0f steps/s", seconds, rate,
                    seconds > 0 ? Double(steps) / seconds : 0),
            "\(failed.count) seeds broke a promise",
        ]
        for failure in failed.prefix(Self.mostShown) {
            lines.append("  seed \(failure.seed): \(failure.problem)")
        }
        return lines.joined(separator: "\n")
    }

    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(self).write(to: URL(filePath: path))
    }
}
