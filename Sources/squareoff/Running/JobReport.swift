import Foundation
import Trading
import Workers

/// What a job came to: trades, reasons, money by account, and how long things took.
struct JobReport {
    let positions: [PositionTracker]
    let feed: ReplayFeed.Progress
    let elapsed: Duration
    let exits: Durations
    let pulses: [Pulse]
    let accounts: [AccountID]

    var trips: [RoundTrip] { positions.compactMap(RoundTrip.init) }

    /// Not everything that was in the input was played.
    var isDamaged: Bool { feed.damage != nil }

    var text: String {
        [summary, reasons, money, open, latencies, problems].filter { !$0.isEmpty }
            .joined(separator: "\n\n")
    }

    private var seconds: Double {
        Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
    }

    private var summary: String {
        let rate = Int(Double(feed.ticks) / max(seconds, 0.001))
        return "\(trips.count) round trips from \(feed.ticks) ticks "
            + String(format: "in %.1f s (%d ticks/s)", seconds, rate)
    }

    private var reasons: String {
        let counts = Dictionary(grouping: trips, by: \.reason).mapValues(\.count)
        guard !counts.isEmpty else { return "" }
        var table = TextTable(["exit reason", "trades"], rightAligned: [1])
        let mostFirst = counts.sorted { ($1.value, $0.key.text) < ($0.value, $1.key.text) }
        for (reason, count) in mostFirst {
            table.add([reason.text, String(count)])
        }
        return table.text
    }

    private var money: String {
        var table = TextTable(
            ["account", "trades", "gross", "charges", "net"], rightAligned: [1, 2, 3, 4])
        for account in accounts {
            table.add(row(account.text, trips.filter { $0.account == account }))
        }
        if accounts.count > 1 { table.add(row("all", trips)) }
        return table.text
    }

    private func row(_ name: String, _ trips: [RoundTrip]) -> [String] {
        let gross = trips.reduce(Money.zero) { $0 + $1.gross }
        let charges = trips.reduce(Money.zero) { $0 + $1.charges }
        return [name, String(trips.count), gross.text, charges.text, (gross - charges).text]
    }

    private var open: String {
        let left = positions.filter { !$0.status.isClosed }
        guard !left.isEmpty else { return "" }
        return "still open: " + left.map { "\($0.id) \($0.status.text)" }.joined(separator: ", ")
    }

    private var latencies: String {
        var table = TextTable(
            ["stage", "handled", "p50 µs", "p99 µs"], rightAligned: [1, 2, 3])
        let stages = Dictionary(grouping: pulses, by: \.stage)
        for (stage, pulses) in stages.sorted(by: { $0.key < $1.key }) {
            let counts = pulses.map(\.snapshot)
            let slowest = counts.max {
                $0.durations.percentile(99) ?? 0 < $1.durations.percentile(99) ?? 0
            }
            table.add([
                stage, String(counts.reduce(0) { $0 + $1.handled }),
                slowest?.durations.percentile(50).map(String.init) ?? "-",
                slowest?.durations.percentile(99).map(String.init) ?? "-",
            ])
        }
        var lines = pulses.isEmpty ? [] : [table.text]
        if let p50 = exits.percentile(50), let p99 = exits.percentile(99) {
            lines.append("tick to exited: p50 \(p50) µs, p99 \(p99) µs over \(exits.count) exits")
        }
        return lines.joined(separator: "\n")
    }

    private var problems: String {
        var lines = feed.bad.map(\.description)
        if feed.badCount > feed.bad.count { lines.append("… \(feed.badCount) bad lines in all") }
        for (instrument, count) in feed.unknown.sorted(by: { $0.key < $1.key }) {
            lines.append("\(instrument): \(count) ticks of an instrument that is on no list")
        }
        if let damage = feed.damage { lines.append(damage.description) }
        return lines.joined(separator: "\n")
    }
}

extension JobReport {
    private struct Trade: Encodable {
        var account, position, instrument: String
        var quantity: Int
        var entry_time: Int
        var entry_price: String
        var exit_time: Int
        var exit_price, reason, gross, charges, net: String

        init(_ trip: RoundTrip) {
            account = trip.account.text
            position = trip.position.text
            instrument = trip.instrument.text
            quantity = trip.quantity.units
            entry_time = trip.entryTime.milliseconds
            entry_price = trip.entryPrice.text
            exit_time = trip.exitTime.milliseconds
            exit_price = trip.exitPrice.text
            reason = trip.reason.text
            gross = trip.gross.text
            charges = trip.charges.text
            net = trip.net.text
        }
    }

    /// One object per round trip, in the order of the entries.
    func writeTrades(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let trades = trips.sorted { ($0.entryTime, $0.position) < ($1.entryTime, $1.position) }
        let data = try encoder.encode(trades.map(Trade.init))
        try (data + Data("\n".utf8)).write(to: URL(fileURLWithPath: path))
    }
}
