/// What was measured, row by row and round by round.
///
/// Machines drift; a ratio is therefore taken within a round, where both sides ran right after one
/// another, and the table shows the median of the rounds' ratios.
struct Scoreboard {
    enum Side: String, CaseIterable {
        case ours
        /// The same function, arguments and loads, driven from C.
        case floor
        /// The least commit that checks its owner, driven from C.
        case bare
    }

    struct Row {
        let name: String
        let unit: String
        var samples: [Side: [Double]] = [:]

        func median(_ side: Side) -> Double? { samples[side]?.median }

        /// Ours to the other side's.
        func ratio(to side: Side) -> Double? {
            guard side != .ours, let ours = samples[.ours], let theirs = samples[side] else {
                return nil
            }
            return zip(ours, theirs).map { $0 / $1 }.median
        }
    }

    private(set) var rows: [Row] = []

    mutating func add(_ name: String, _ unit: String, _ side: Side, _ value: Double?) {
        guard let value else { return }
        let index = rows.firstIndex { $0.name == name } ?? rows.endIndex
        if index == rows.endIndex { rows.append(Row(name: name, unit: unit)) }
        rows[index].samples[side, default: []].append(value)
    }
}

extension [Double] {
    var median: Double? { percentile(50) }

    /// Nil for none.
    func percentile(_ share: Int) -> Double? {
        isEmpty ? nil : sorted()[Swift.min(count - 1, count * share / 100)]
    }
}

/// What design and hardware allow, as ratios within one run.
enum Goal {
    case atMost(Double, Scoreboard.Side)
    case atLeast(Double, Scoreboard.Side)
    case absolute(atLeast: Double)

    static let all: [String: Goal] = [
        "hop p50": .atMost(1.25, .floor),
        "tick to order p50": .atMost(1.3, .floor),
        "worker, batches of 1": .atLeast(0.8, .floor),
        "worker, batches of 100": .atLeast(0.8, .floor),
        "ticks evaluated": .absolute(atLeast: 500_000),
    ]

    /// The goal and whether the row reaches it; nil for what was not measured.
    func verdict(on row: Scoreboard.Row) -> (text: String, isMet: Bool)? {
        switch self {
        case .atMost(let limit, let side):
            row.ratio(to: side).map { ("≤ \(limit)", $0 <= limit) }
        case .atLeast(let limit, let side):
            row.ratio(to: side).map { ("≥ \(limit)", $0 >= limit) }
        case .absolute(let limit):
            row.median(.ours).map { ("≥ \(Int(limit))", $0 >= limit) }
        }
    }
}
