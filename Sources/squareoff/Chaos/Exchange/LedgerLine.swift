import Foundation
import Glibc
import Trading

/// What the broker knows to have happened: a line of its ledger, by which everything is judged.
struct LedgerLine: Codable, Sendable, Hashable {
    enum Event: String, Codable {
        case accepted, opened, filled, finished
        /// It came to the door and is no order: refused, or lost there.
        case turnedAway = "turned_away"
    }

    /// Milliseconds of the wall's clock.
    var at: Int
    var event: Event
    var number: String
    var order: String
    var account: String
    var instrument: String
    var side: String
    var quantity: Int
    var status: Exchange.Status
    /// Over the order's whole life.
    var filled: Int
    var value: Int
    /// Before this, neither the book nor a word tells of the order.
    var shownAt: Int

    init(turnedAway ticket: ExchangeCall.Ticket, at time: Int) {
        self.init(
            Exchange.Order(
                number: "", ticket: ticket, fate: Fate(), shownAt: time, status: .rejected),
            .turnedAway, at: time)
    }

    init(_ order: Exchange.Order, _ event: Event, at time: Int) {
        at = time
        self.event = event
        number = order.number
        self.order = order.ticket.order
        account = order.ticket.account
        instrument = order.ticket.instrument
        side = order.ticket.side
        quantity = order.ticket.quantity
        status = order.status
        filled = order.filled
        value = order.value
        shownAt = order.shownAt
    }

    /// After the broker's last word: no later look finds it by itself.
    var isAfterAll: Bool { event == .filled && !status.isWorking && status != .traded }
}

/// The broker's ledger: only ever appended to, a line of JSON for each event.
struct LedgerFile: Sendable {
    let path: String

    func open() throws -> Writer {
        let file = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw CocoaError(.fileWriteUnknown) }
        return Writer(file: file)
    }

    struct Writer: Sendable {
        fileprivate let file: Int32

        /// Each line in one write, before anybody hears of it.
        func append(_ line: LedgerLine) {
            guard var text = try? JSONEncoder().encode(line) else { return }
            text.append(UInt8(ascii: "\n"))
            _ = text.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        }
    }

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
