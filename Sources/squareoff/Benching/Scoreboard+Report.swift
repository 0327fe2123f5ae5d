import Foundation

extension Scoreboard {
    var text: String {
        var table = TextTable(
            ["", "ours", "floor", "bare", "unit", "ours/floor", "ours/bare", "goal", ""],
            rightAligned: [1, 2, 3, 5, 6])
        for row in rows {
            let goal = Goal.all[row.name]?.verdict(on: row)
            table.add([
                row.name, Self.figure(row.median(.ours)), Self.figure(row.median(.floor)),
                Self.figure(row.median(.bare)), row.unit, Self.ratio(row.ratio(to: .floor)),
                Self.ratio(row.ratio(to: .bare)), goal?.text ?? "",
                goal.map { $0.isMet ? "met" : "missed" } ?? "",
            ])
        }
        return table.text
    }

    private static func figure(_ value: Double?) -> String {
        value.map { String(format: $0 < 100 ? "%.1f" : "%.0f", $0) } ?? ""
    }

    private static func ratio(_ value: Double?) -> String {
        value.map { String(format: "%.2f", $0) } ?? ""
    }

    private struct Entry: Encodable {
        var name, unit: String
        var ours, floor, bare: [Double]?
        var ours_to_floor, ours_to_bare: Double?
        var goal: String?
        var is_met: Bool?

        init(_ row: Row) {
            let goal = Goal.all[row.name]?.verdict(on: row)
            (name, unit) = (row.name, row.unit)
            (ours, floor, bare) = (row.samples[.ours], row.samples[.floor], row.samples[.bare])
            (ours_to_floor, ours_to_bare) = (row.ratio(to: .floor), row.ratio(to: .bare))
            (self.goal, is_met) = (goal?.text, goal?.isMet)
        }
    }

    /// One object a row, with the figure of each round.
    func writeJSON(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(rows.map(Entry.init))
        try (data + Data("\n".utf8)).write(to: URL(fileURLWithPath: path))
    }
}
