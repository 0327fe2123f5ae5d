import Trading

@testable import squareoff

/// A broker's ledger for the judge: orders fill at once, or rest.
struct JudgedExchange {
    private(set) var lines: [LedgerLine] = []
    private var count = 0

    /// Accepted at the time, and 100 ms later in the market.
    mutating func send(_ order: Order, rests: Bool, at time: Int) {
        count += 1
        var line = Self.line(of: order, number: "\(1_000 + count)", at: time)
        lines.append(line)
        line.at = time + 100
        (line.event, line.status) = (.opened, .pending)
        lines.append(line)
        guard !rests else { return }
        (line.event, line.status) = (.filled, .traded)
        line.filled = line.quantity
        line.value = line.quantity * (order.price?.paise ?? 100_00)
        lines.append(line)
    }

    mutating func turnAway(_ order: Order, at time: Int) {
        var line = Self.line(of: order, number: "", at: time)
        (line.event, line.status) = (.turnedAway, .rejected)
        lines.append(line)
    }

    /// The last order that came.
    mutating func cancelLast(at time: Int) {
        guard var line = lines.last else { return }
        line.at = time + 100
        (line.event, line.status) = (.finished, .cancelled)
        lines.append(line)
    }

    private static func line(of order: Order, number: String, at time: Int) -> LedgerLine {
        LedgerLine(
            at: time, event: .accepted, number: number, order: order.id.text,
            account: order.account.text, instrument: order.instrument.text,
            side: order.side.text, quantity: order.quantity.units, status: .transit, filled: 0,
            value: 0, shownAt: time)
    }
}
