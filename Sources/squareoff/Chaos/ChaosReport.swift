import Foundation
import Trading

/// What a run of chaos has come to.
struct ChaosReport: Encodable {
    var seconds = 0
    var positions = 0
    var orders = 0
    var exitOrders = 0
    var accounts = 0
    /// Broken promises: how many of each kind.
    var violations: [String: Int] = [:]
    /// The first of each kind.
    var examples: [Violation] = []
    /// Positions that the server has forgotten with the tail of its log, and those of them that the
    /// broker still holds.
    var forgotten = 0
    var forgottenHeld = 0
    var bytesCut = 0
    var faults: [String: Int] = [:]
    /// Those that came true at the broker, by the simulator's names.
    var brokerFaults: [String: Int] = [:]
    var asked: [String: Int] = [:]
    /// Why positions were closed, by what they say themselves.
    var reasons: [String: Int] = [:]
    /// Accounts that a refused address had halted, and that the operator resumed.
    var resumed = 0
    /// Made by the operator where the broker had ended one.
    var tokensMade = 0
    var toFlatP50: Int?
    var toFlatP99: Int?
    var toFlatMax: Int?
    /// Without a working exit, in milliseconds, and the position that waited so long.
    var longestWait = 0
    var longestWaiting: String?
    /// Without a try at the broker's door.
    var longestRest = 0
    var settledAfter: Int?

    init(_ judge: ChaosJudge) {
        let stories = judge.stories
        positions = stories.count
        accounts = Set(judge.ledger.map(\.account)).count
        let accepted = judge.ledger.filter { $0.event == .accepted }
        orders = accepted.count
        exitOrders = accepted.count { $0.side == OrderSide.sell.text }
        let slowest = stories.values.max { $0.longestWait < $1.longestWait }
        longestWait = slowest?.longestWait ?? 0
        longestWaiting = slowest?.id.text
        longestRest = stories.values.map(\.longestRest).max() ?? 0
        let times = judge.timesToFlat
        if let last = times.last {
            toFlatP50 = times[times.count / 2]
            toFlatP99 = times[times.count * 99 / 100]
            toFlatMax = last
        }
        for order in judge.left.positions.values.compactMap(\.exitOrder) {
            reasons[order.reason.rawValue, default: 0] += 1
        }
        let forgotten = judge.forgotten
        self.forgotten = forgotten.count
        forgottenHeld = forgotten.count { $0.held > 0 }
        for violation in judge.violations {
            let count = violations[violation.kind.rawValue, default: 0] + 1
            violations[violation.kind.rawValue] = count
            if count <= Self.examplesEach { examples.append(violation) }
        }
    }

    private static let examplesEach = 5

    var isClean: Bool { violations.isEmpty && settledAfter != nil }

    var text: String {
        var table = TextTable(["", ""], rightAligned: [1])
        table.add(["positions, accounts", "\(positions), \(accounts)"])
        table.add(["orders at the broker, exits", "\(orders), \(exitOrders)"])
        for kind in Violation.Kind.allCases {
            table.add([kind.rawValue, "\(violations[kind.rawValue] ?? 0)"])
        }
        if bytesCut > 0 {
            table.add(["bytes of the log cut off", "\(bytesCut)"])
            table.add(["forgotten with them, still held", "\(forgotten), \(forgottenHeld)"])
        }
        for (fault, count) in faults.sorted(by: { $0.key < $1.key }) {
            table.add(["  \(fault)", "\(count)"])
        }
        for (fault, count) in brokerFaults.sorted(by: { $0.key < $1.key }) {
            table.add(["  broker: \(fault)", "\(count)"])
        }
        for (who, count) in asked.sorted(by: { $0.key < $1.key }) {
            table.add(["asked by \(who)", "\(count)"])
        }
        for (reason, count) in reasons.sorted(by: { $0.key < $1.key }) {
            table.add(["closed for \(reason)", "\(count)"])
        }
        table.add(["resumed by the operator", "\(resumed)"])
        table.add(["tokens made by the operator", "\(tokensMade)"])
        for (name, time) in [("p50", toFlatP50), ("p99", toFlatP99), ("max", toFlatMax)] {
            table.add(["request to flat, \(name)", time.map { "\($0) ms" } ?? "-"])
        }
        table.add(["longest without a working exit", "\(longestWait) ms"])
        table.add(["  of position", longestWaiting ?? "-"])
        table.add(["longest without a try", "\(longestRest) ms"])
        table.add(["all settled after", settledAfter.map { "\($0) ms" } ?? "never"])
        let lines = examples.map { "\($0.kind.rawValue): \($0.text)" }
        return ([table.text] + lines).joined(separator: "\n")
    }

    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(self).write(to: URL(filePath: path))
    }
}
