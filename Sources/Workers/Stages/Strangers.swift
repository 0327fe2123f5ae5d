import MessageBus
import Stages
import Trading

/// What the hub must know of messages about orders that may be nobody's here: a rare case, so it
/// takes round trips that other messages are spared.
struct Strangers {
    private struct Number {
        var parked: [BrokerEvent] = []
        var isDue = false
        /// Our order, after all.
        var isOurs = false
    }

    private let shard: Int
    private var numbers: [OrderNumber: Number] = [:]
    /// The open positions of accounts in which somebody trades by hand.
    private var open: [AccountID: [PositionID]] = [:]
    /// Of these the server may have forgotten orders.
    private var unreconciled: Set<AccountID> = []
    /// Whether a gateway has met the server's run: before that, nobody knows what it has forgotten.
    private var isMet = false

    /// - Parameters:
    ///   - events: without an order of ours.
    ///   - due: numbers that have waited long enough.
    init(
        of events: [BrokerEvent], due: [OrderNumber], _ shard: Int, _ load: inout ShardLoad,
        _ session: any BusSession
    ) throws(BusError) {
        self.shard = shard
        let asked = Set(events.compactMap(\.number) + due).sorted()
        guard !asked.isEmpty else { return }
        try find(asked, session)
        let accounts = Set(
            events.map(\.account) + numbers.values.flatMap { $0.parked.map(\.account) })
        try load.load([], tolerating: accounts.sorted().map { Keys.byHand(shard, $0) }, session)
        try loadPositions(of: accounts.sorted(), &load, session)
    }

    private mutating func find(
        _ asked: [OrderNumber], _ session: any BusSession
    ) throws(BusError) {
        let queries = asked.flatMap { number -> [Query] in
            [
                .list(Keys.unmatched(shard, number)), .text(Keys.orderNumber(shard, number)),
                .score(Keys.foreignDue(shard), member: number.text),
            ]
        }
        let answers = try session.loadEach(queries).answers
        for (index, number) in asked.enumerated() {
            var found = Number()
            if case .success(.texts(let lines)) = answers[3 * index] {
                found.parked = lines.compactMap { try? BrokerEvent(Fields(lines: $0)) }
            }
            if case .success(.text(.some)) = answers[3 * index + 1] { found.isOurs = true }
            if case .success(.number(.some)) = answers[3 * index + 2] { found.isDue = true }
            numbers[number] = found
        }
    }

    private mutating func loadPositions(
        of accounts: [AccountID], _ load: inout ShardLoad, _ session: any BusSession
    ) throws(BusError) {
        let set = Keys.unreconciled(shard)
        let answers = try session.loadEach(
            accounts.map { .members(Keys.open(shard, $0)) }
                + accounts.map { .score(set, member: $0.text) } + [.hash(Keys.serverRun(shard))]
        ).answers
        // Those marks are set by whoever meets a restarted server first.
        if case .success(.fields(let run))? = answers.last {
            isMet = run[Field.serverRun.rawValue] == session.serverRun?.text
        }
        for (account, answer) in zip(accounts, answers) {
            guard case .success(.texts(let ids)) = answer else { continue }
            open[account] = ids.map { PositionID($0) }.sorted()
        }
        for (account, answer) in zip(accounts, answers.dropFirst(accounts.count)) {
            if case .success(.number(nil)) = answer { continue }
            unreconciled.insert(account)
        }
        let positions = open.values.flatMap { $0 }
        try load.load([], tolerating: positions.map { Keys.position(shard, $0) }, session)
        let orders = positions.compactMap { try? load.ledger.position($0) }
            .filter { $0.entry.working + $0.exit.working > 0 }
            .flatMap { $0.exitOrders + [$0.entryOrder] }
        try load.load([], tolerating: orders.map { Keys.order(shard, $0) }, session)
    }

    func isAwaited(_ number: OrderNumber?) -> Bool {
        number.flatMap { numbers[$0]?.isDue } ?? false
    }

    /// Of an order that was placed by hand, as far as that can be told; nil for any other.
    func decide(_ event: BrokerEvent, _ load: ShardLoad) throws(FieldError) -> Decision? {
        let account = event.account
        guard let number = event.number, let trades = trades(of: account, load) else { return nil }
        let positions = positions(of: account, load)
        if trades.orders[number] != nil {
            return OrderUpdateHub.byHand(
                [event], number: number, parked: 0, trades: trades, positions: positions,
                orders: [], now: load.now)
        }
        // What came before it under its number goes first.
        guard let positions, let found = numbers[number], found.parked.isEmpty, !found.isDue,
            !found.isOurs, isMet, !unreconciled.contains(account)
        else { return nil }
        let orders = Dictionary(orders(of: account, load).map { ($0.id, $0) }) { first, _ in first }
        return OrderUpdateHub.atFirstSight(
            event, number: number, trades: trades, positions: positions, orders: orders,
            now: load.now)
    }

    /// Of a number that has waited.
    func decide(due number: OrderNumber, _ load: ShardLoad) throws(FieldError) -> Decision {
        let found = numbers[number] ?? Number()
        if found.isOurs || found.parked.isEmpty {
            let again: [Effect] =
                found.parked.isEmpty ? [] : [.unpark(number, found.parked)]
            return .commit(again + [.scheduleForeign(number, at: nil)])
        }
        let account = found.parked[0].account
        guard let trades = trades(of: account, load) else {
            throw .malformed(.account, value: account.text, expected: "account with trades by hand")
        }
        return OrderUpdateHub.byHand(
            found.parked, number: number, parked: found.parked.count, trades: trades,
            positions: positions(of: account, load), orders: orders(of: account, load),
            now: load.now)
    }

    private func orders(of account: AccountID, _ load: ShardLoad) -> [Order] {
        (positions(of: account, load) ?? []).flatMap { $0.exitOrders + [$0.entryOrder] }
            .compactMap { try? load.ledger.order($0) }
    }

    private func trades(of account: AccountID, _ load: ShardLoad) -> HandTrades? {
        guard load.unreadable[Keys.byHand(shard, account)] == nil else { return nil }
        return try? load.ledger.handTrades(account, on: load.now.day)
    }

    /// Nil when one of them cannot be read: then nobody knows how much they have.
    private func positions(of account: AccountID, _ load: ShardLoad) -> [PositionTracker]? {
        guard let ids = open[account] else { return nil }
        var positions: [PositionTracker] = []
        for id in ids {
            guard load.unreadable[Keys.position(shard, id)] == nil,
                let position = try? load.ledger.position(id)
            else { return nil }
            positions.append(position)
        }
        return positions
    }
}
