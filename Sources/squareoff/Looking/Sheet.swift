import Trading

/// What a look has found: a table for a person, or JSON for a program.
struct Sheet {
    struct Column {
        var title: String
        /// Numbers stand under each other.
        var isRight = false

        static func left(_ title: String) -> Column { Column(title: title) }
        static func right(_ title: String) -> Column { Column(title: title, isRight: true) }
    }

    struct Row {
        /// One for each column; nil where there is no value.
        var cells: [String?]
        /// Everything, for JSON.
        var record: Fields
    }

    var columns: [Column]
    var rows: [Row] = []
    /// What is said when there is no row.
    var nothing: String
    /// Lines below the table.
    var notes: [String] = []

    init(_ columns: [Column], nothing: String) {
        self.columns = columns
        self.nothing = nothing
    }

    mutating func add(_ cells: [String?], _ record: Fields) {
        rows.append(Row(cells: cells, record: record))
    }

    var text: String {
        ([rows.isEmpty ? nothing : table] + notes).joined(separator: "\n")
    }

    private var table: String {
        let isRight = columns.indices.filter { columns[$0].isRight }
        var table = TextTable(
            columns.map { $0.title.uppercased() }, rightAligned: Set(isRight))
        for row in rows { table.add(row.cells.map(Self.shown)) }
        return table.text
    }

    /// One line a row, whatever a broker or a person wrote.
    private static func shown(_ cell: String?) -> String {
        guard let cell, !cell.isEmpty else { return "-" }
        return cell.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// All values are strings, as in Redis: no reader can round a price.
    var json: String {
        guard !rows.isEmpty else { return "[]" }
        let objects = rows.map { row in
            let members = row.record.pairs.map {
                JSONText.quoted($0.name) + ": " + JSONText.quoted($0.value)
            }
            return "  {" + members.joined(separator: ", ") + "}"
        }
        return "[\n" + objects.joined(separator: ",\n") + "\n]"
    }
}

/// JSON strings. A flat array of them needs no encoder, and keeps the fields' order.
enum JSONText {
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
