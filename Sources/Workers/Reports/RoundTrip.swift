package import MessageBus
package import Trading

/// One position from its first fill to its last, as a job's report shows it.
package struct RoundTrip: Sendable, Hashable {
    package var account: AccountID
    package var position: PositionID
    package var instrument: InstrumentID
    package var symbol: String
    package var quantity: Quantity
    package var entryTime: EventTime
    package var entryPrice: Price
    package var exitTime: EventTime
    package var exitPrice: Price
    package var reason: ExitReason
    package var requestedAt: EventTime
    package var gross: Money
    package var charges: Money
    package var net: Money

    /// Nil for a position that is not exited.
    package init?(_ position: PositionTracker) {
        guard position.status == .exited, let entryTime = position.openedAt,
            let entryPrice = position.entry.averagePrice, let exitTime = position.closedAt,
            let exitPrice = position.exit.averagePrice, let exit = position.exitOrder
        else { return nil }
        account = position.account
        self.position = position.id
        instrument = position.contract.instrument
        symbol = position.contract.symbol
        quantity = position.exit.quantity
        self.entryTime = entryTime
        self.entryPrice = entryPrice
        self.exitTime = exitTime
        self.exitPrice = exitPrice
        reason = exit.reason
        requestedAt = exit.at
        gross = position.gross
        charges = position.charges
        net = position.net
    }
}

/// All positions of a bus, closed ones included.
package enum PositionReport {
    private static let page = 1_000

    /// In the order in which they were created.
    package static func positions(
        _ desk: Desk, _ session: any BusSession
    ) throws(BusError) -> [PositionTracker] {
        var positions: [PositionTracker] = []
        for shard in 0..<desk.keys.shards {
            let ids = try ids(shard, session)
            for start in stride(from: 0, to: ids.count, by: page) {
                let some = ids[start..<min(start + page, ids.count)]
                let loaded = try session.load(some.map { .hash(Keys.position(shard, $0)) })
                for (id, answer) in zip(some, loaded.answers) {
                    guard case .fields(let fields) = answer, !fields.isEmpty else { continue }
                    if let position = try? PositionTracker(fields, id: id) {
                        positions.append(position)
                    }
                }
            }
        }
        return positions.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    private static func ids(
        _ shard: Int, _ session: any BusSession
    ) throws(BusError) -> [PositionID] {
        var seen: Set<PositionID> = []
        var from = EntryID.zero
        while true {
            guard
                case .entries(let entries)? = try session.load([
                    .range(Keys.positions(shard), from: from, limit: page)
                ]).answers.first
            else { return seen.sorted() }
            for entry in entries {
                if let event = try? PositionEvent(entry.fields) { seen.insert(event.position) }
            }
            guard entries.count == page, let last = entries.last?.id else { return seen.sorted() }
            from = EntryID(last.milliseconds, last.sequence + 1)
        }
    }
}
