import MessageBus
import Stages
import Support
import Testing
import Trading
import Workers

// What must hold at each moment, and at the end.
extension PipelineSimulation {
    /// All positions, closed ones included, in the order in which they were created. Those that
    /// were seen before are found again when the stream that names them was cut.
    func positions() throws -> [PositionTracker] {
        for fields in try bench.entries(Keys.positions(0)) {
            known.insert(try PositionEvent(fields).position)
        }
        return try known.compactMap { id in
            let fields = try bench.fields(Keys.position(0, id))
            return fields.isEmpty ? nil : try PositionTracker(fields, id: id)
        }.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    func trips() throws -> [RoundTrip] { try positions().compactMap(RoundTrip.init) }

    func check() throws {
        for position in try positions() {
            if position.exit.quantity > position.entry.quantity {
                broken("P1: \(position.id) sold more than it bought")
            }
            for attempt in 1..<max(1, position.exitAttempt) {
                let id = CorrelationID(position.id, .exit, attempt: attempt, slice: 1)
                if let order = try order(id), !order.status.isFinished {
                    broken("P2: \(position.id): attempt \(attempt) works beside a later one")
                }
            }
        }
        // The broker's own truth, which knows nothing of positions.
        for account in Self.accounts {
            for pair in try bench.fields(Keys.paperLedger(0, account)).pairs
            where pair.name.hasPrefix("net:") && pair.value.hasPrefix("-") {
                broken("P1: \(account) is short: \(pair.name) \(pair.value)")
            }
        }
    }

    func checkEnd() throws {
        let positions = try positions()
        for position in positions where !position.status.isClosed {
            broken("P3: \(position.id) is \(position.status.text)")
        }
        for key in [
            Keys.exitsDue(0), Keys.ordersDue(0), Keys.calling(0), Keys.paperDue(0),
            Keys.paperWorking(0),
        ] where try bench.count(key) > 0 { broken("P3: \(key) is not empty") }
        for position in positions
        where try bench.text(Keys.exitLock(0, position.id)) != nil {
            broken("a lock is left: \(position.id)")
        }
        for (stream, group) in Self.groups where try bench.pending(stream, group) > 0 {
            broken("P4: pending on \(stream)")
        }
        for slot in [Slot.bus, .shard(0)] {
            for letter in try bench.entries(Keys.deadLetters(slot)) {
                broken("dead letter: \(letter["reason"] ?? "")")
            }
        }
        try checkVerdicts()
        for account in Self.accounts { try checkBooks(of: account, positions) }
    }

    private static let groups: [(Key, String)] = [
        (Keys.signals, StageName.entryGuard), (Keys.entryOrders(0), StageName.gateway),
        (Keys.exits(0), StageName.exitEngine), (Keys.exitOrders(0), StageName.gateway),
        (Keys.brokerEvents(0), StageName.hub), (Keys.orderUpdates(0), StageName.handler),
    ]

    private func checkVerdicts() throws {
        for fields in try bench.entries(Keys.signals) {
            let signal = try Signal(fields)
            for account in Self.accounts
            where try bench.text(Keys.verdict(0, signal.id, account)) == nil {
                broken("P4: no verdict of \(account) on \(signal.id)")
            }
        }
    }

    /// Position, account and broker came to the same money.
    private func checkBooks(of account: AccountID, _ positions: [PositionTracker]) throws {
        let own = positions.filter { $0.account == account }
        let day = try AccountDay(bench.fields(Keys.account(0, account, Fixtures.day)))
        if day.open != 0 || day.reserved != .zero { broken("\(account) still reserves") }
        let net = own.reduce(Money.zero) { $0 + $1.net }
        if day.realised != net { broken("\(account): realised \(day.realised), trades \(net)") }
        let ledger = try bench.fields(Keys.paperLedger(0, account))
        let gross = own.reduce(Money.zero) { $0 + $1.gross }
        if let cash: Money = try ledger.find(.cash), cash != gross {
            broken("\(account): the broker says \(cash), the positions \(gross)")
        }
        for pair in ledger.pairs where pair.name.hasPrefix("net:") && pair.value != "0" {
            broken("\(account) still holds \(pair.name) \(pair.value)")
        }
    }

    private func order(_ id: CorrelationID) throws -> Order? {
        let fields = try bench.fields(Keys.order(0, id))
        return fields.isEmpty ? nil : try Order(fields, id: id)
    }

    private func broken(_ problem: String) {
        if problems.count < 10 { problems.append("\(time.timeOfDay.text) \(problem)") }
    }
}
