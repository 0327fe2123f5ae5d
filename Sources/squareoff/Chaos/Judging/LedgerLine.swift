import Foundation

/// What the broker knows to have happened: a line of the simulator's ledger, by which everything is
/// judged.
struct LedgerLine: Decodable, Sendable, Hashable {
    enum Event: String, Decodable {
        case accepted, opened, filled, finished, modified
        /// It came to the door and is no order: refused, or lost there.
        case turnedAway = "turned_away"
    }

    enum Status: String, Decodable {
        case transit = "TRANSIT"
        case pending = "PENDING"
        case partTraded = "PART_TRADED"
        case traded = "TRADED"
        case rejected = "REJECTED"
        case cancelled = "CANCELLED"
        case expired = "EXPIRED"

        var isWorking: Bool { self == .transit || self == .pending || self == .partTraded }
    }

    /// Milliseconds of the wall's clock.
    var at: Int
    var event: Event
    var number: String
    /// The correlation id.
    var order: String
    var account: String
    var instrument: String
    var side: String
    var quantity: Int
    var status: Status
    /// Over the order's whole life.
    var filled: Int
    /// Paise.
    var value: Int
    /// Before this, neither the book nor a word tells of the order.
    var shownAt: Int
}

/// The broker's ledger: only ever appended to, a line of JSON for each event.
struct LedgerFile: Sendable {
    let path: String

    func read() throws -> [LedgerLine] {
        var reader = Reader(file: self)
        return try reader.next()
    }

    /// Goes on where it stopped.
    struct Reader {
        private let file: LedgerFile
        private var offset: UInt64 = 0

        init(file: LedgerFile) { self.file = file }

        /// Whole lines that have been written since.
        mutating func next() throws -> [LedgerLine] {
            // Before the broker's start there is none.
            guard let handle = FileHandle(forReadingAtPath: file.path) else { return [] }
            defer { try? handle.close() }
            try handle.seek(toOffset: offset)
            let data = try handle.readToEnd() ?? Data()
            let newline = UInt8(ascii: "\n")
            guard let last = data.lastIndex(of: newline) else { return [] }
            offset += UInt64(last + 1)
            let decoder = JSONDecoder()
            return try data[...last].split(separator: newline).map {
                try decoder.decode(LedgerLine.self, from: $0)
            }
        }
    }
}
