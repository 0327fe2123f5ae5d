import MessageBus
import Redis
import Trading
import Workers

/// What a run has left in Redis.
struct Remains {
    var positions: [PositionID: PositionTracker] = [:]
    /// Hashes that are no positions, and why.
    var unreadable: [PositionID: String] = [:]
    var locks: [String] = []
    /// Due times: member and set.
    var due: [String] = []
    /// Streams with entries that a group has not acknowledged or not read.
    var pending: [String] = []
    var deadLetters = 0
    /// The accounts' totals of the day.
    var days: [AccountID: AccountDay] = [:]

    init() {}

    init(_ lookout: Lookout) throws {
        for stored in try lookout.positions() {
            positions[stored.id] = stored.tracker
            unreadable[stored.id] = stored.problem
        }
        for owner in Set(positions.values.map(\.account)) {
            guard let day = positions.values.first(where: { $0.account == owner })?.createdAt.day
            else { continue }
            days[owner] = try AccountDay(try lookout.hash(Keys.account(0, owner, day)))
        }
        locks = try lookout.names(.exitLocks(0))
        for set in [Keys.exitsDue(0), Keys.ordersDue(0), Keys.calling(0), Keys.unreconciled(0)] {
            due += try lookout.due(set).map { "\($0.member) in \(set)" }
        }
        let streams = [
            Keys.signals, Keys.exits(0), Keys.exitOrders(0), Keys.entryOrders(0),
            Keys.brokerEvents(0), Keys.orderUpdates(0),
        ]
        for stream in streams { pending += try Self.pending(stream, lookout) }
        for slot in [Slot.shard(0), .bus, .partition(0)] {
            deadLetters += try lookout.call(RedisCommand("XLEN", Keys.deadLetters(slot).text))
                .asInteger
        }
    }

    /// Each account's totals must be the sums over its positions: what is applied twice shows there
    /// even where the position's own quantities only rise.
    private var wrongDays: [Violation] {
        let owned = Dictionary(grouping: positions.values, by: \.account)
        return days.sorted { $0.key < $1.key }.compactMap { account, day in
            let own = owned[account] ?? []
            let exited = own.filter { $0.status == .exited }
            let realised = exited.reduce(Money.zero) { $0 + $1.net }
            let charges = exited.reduce(Money.zero) { $0 + $1.charges }
            let open = own.count { !$0.status.isClosed }
            guard
                (day.trades, day.open, day.realised, day.charges)
                    != (own.count, open, realised, charges)
            else { return nil }
            return Violation(
                .miscounted,
                "the day of \(account): \(day.trades) trades, \(day.open) open, "
                    + "\(day.realised.text) net; its positions: \(own.count), \(open), "
                    + realised.text)
        }
    }

    private static func pending(_ stream: Key, _ lookout: Lookout) throws -> [String] {
        try lookout.call(RedisCommand("XINFO", "GROUPS", stream.text)).asArray.compactMap { group in
            var facts: [String: RedisValue] = [:]
            let row = try group.asArray
            for index in stride(from: 0, to: row.count - 1, by: 2) {
                facts[try row[index].asString] = row[index + 1]
            }
            guard let name = try facts["name"]?.asString,
                let pending = try facts["pending"]?.asInteger,
                let last = try facts["last-delivered-id"]?.asString
            else { return nil }
            let unread = try lookout.call(
                RedisCommand("XRANGE", stream.text, "(" + last, "+", "COUNT", 1_000)
            ).asArray.count
            guard pending + unread > 0 else { return nil }
            return "\(stream): \(name) has \(pending) pending and \(unread) unread"
        }
    }

    var violations: [Violation] {
        let open = positions.values.filter { !$0.status.isClosed }.sorted { $0.id < $1.id }
        var all = open.map { Violation(.unfinished, "\($0.id) is \($0.status.text)") }
        all += wrongDays
        all += unreadable.map { Violation(.unreadable, "\($0): \($1)") }
        all += locks.map { Violation(.locked, $0) }
        all += due.map { Violation(.due, $0) }
        all += pending.map { Violation(.pending, $0) }
        if deadLetters > 0 { all.append(Violation(.deadLetter, "\(deadLetters)")) }
        return all
    }

    var isSettled: Bool { violations.isEmpty }
}
