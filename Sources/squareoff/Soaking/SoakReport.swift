import Foundation
import MessageBus
import Redis

/// What a soak has come to.
struct SoakReport: Encodable {
    var seconds = 0
    var sent = 0
    var arrived = 0
    var missing: [Int] = []
    var doubled: [Int] = []
    var unreadable = 0
    /// Keepers whose count is not that of all numbers, each with what it has.
    var miscounted: [String] = []
    var pending = 0
    var deadLetters = 0
    var killed = 0
    var frozen = 0
    var p50Microseconds: Int?
    var p99Microseconds: Int?
    /// Of the server, minute by minute.
    var usedMemory: [Int] = []
    var consumers = 0

    /// Memory of the last quarter beside that of the second: the first one still fills what
    /// retention keeps.
    var memoryGrowth: Double? {
        let quarter = usedMemory.count / 4
        guard quarter > 0 else { return nil }
        let second = usedMemory[quarter..<(2 * quarter)].sorted()[quarter / 2]
        let last = usedMemory.suffix(quarter).sorted()[quarter / 2]
        return Double(last) / Double(second)
    }

    var isClean: Bool {
        missing.isEmpty && doubled.isEmpty && unreadable == 0 && miscounted.isEmpty && pending == 0
            && deadLetters == 0 && arrived == sent
    }

    var text: String {
        var table = TextTable(["", ""], rightAligned: [1])
        table.add(["sent", "\(sent)"])
        table.add(["arrived", "\(arrived)"])
        table.add(["lost", "\(missing.count)"])
        table.add(["doubled", "\(doubled.count)"])
        table.add(["miscounted", miscounted.isEmpty ? "0" : miscounted.joined(separator: "; ")])
        table.add(["pending, dead letters", "\(pending), \(deadLetters)"])
        table.add(["killed, frozen", "\(killed), \(frozen)"])
        table.add(["sent to arrived p50", p50Microseconds.map { "\($0) µs" } ?? "-"])
        table.add(["sent to arrived p99", p99Microseconds.map { "\($0) µs" } ?? "-"])
        let megabytes = usedMemory.map { String(format: "%.1f", Double($0) / 1_048_576) }
        table.add(["memory, MB", "\(megabytes.first ?? "-") … \(megabytes.last ?? "-")"])
        table.add([
            "memory, last quarter / second",
            memoryGrowth.map { String(format: "%.2f", $0) } ?? "-",
        ])
        table.add(["consumers left", "\(consumers)"])
        return table.text
    }

    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(self).write(to: URL(filePath: path))
    }
}
