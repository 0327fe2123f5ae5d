import MessageBus
import Redis
import Trading

/// An exit that somebody asked for and that is not over, with all that tells why.
struct InFlightExit {
    /// Where a request stands that the exit engine has not settled.
    enum Request {
        /// In the stream, and nobody has read it.
        case unread
        case with(consumer: String, idle: Span)

        var text: String {
            switch self {
            case .unread: "asked, unread"
            case .with(let consumer, let idle): "with \(consumer) for \(idle.shown)"
            }
        }
    }

    var position: StoredPosition
    /// Those of the latest attempt, and the entry's while it works.
    var orders: [Order]
    var lock: String?
    var next: EventTime?
    var request: Request?
    /// Of the first request in the stream, while the position does not have its own.
    var asked: ExitRequest?

    var reason: String? { position.fields[Field.exitReason] ?? asked?.reason.text }

    /// When it goes on. In flight and on nobody's list is what must never be.
    func nextText(now: EventTime) -> String {
        next.map { $0.due(at: now) } ?? request?.text ?? "NOT SCHEDULED"
    }

    /// Why it takes as long as it does.
    var waitsFor: String {
        guard let tracker = position.tracker else { return "a person: the hash cannot be read" }
        if orders.contains(where: { $0.purpose == .entry }) { return "the entry to end" }
        let working = orders.filter { !$0.status.isFinished }.map(\.status)
        if working.contains(.unknown) { return "the broker's book" }
        if working.contains(.sending) { return "the broker's answer" }
        if working.contains(.accepted) { return "the gateway" }
        if !working.isEmpty { return "fills" }
        return tracker.exit.working > 0 ? "a person: its orders are gone" : "the next attempt"
    }

    /// `x1-1 open 0/35 at 97.00`
    var orderText: String {
        orders.map { order in
            let name = order.id.text.dropFirst(order.position.text.count + 1)
            let price = order.price.map { " at \($0.text)" } ?? ""
            let error = order.error.map { " (\($0.prefix(60)))" } ?? ""
            return "\(name) \(order.status.text) \(order.filled.text)/\(order.quantity.text)"
                + price + error
        }.joined(separator: ", ")
    }

    /// First those that nobody will look at again, then by their next time.
    static func comesFirst(_ left: InFlightExit, _ right: InFlightExit) -> Bool {
        (left.next?.milliseconds ?? 0, left.position.id.text)
            < (right.next?.milliseconds ?? 0, right.position.id.text)
    }
}

extension Lookout {
    /// An exit is in flight if anything says so: its due time, its lock, the position's hash, or
    /// a request that is not settled. Where they disagree, that is what must be seen.
    func exitsInFlight() throws(RedisError) -> [InFlightExit] {
        let positions = try positions()
        var exits: [InFlightExit] = []
        for shard in shards {
            exits += try exitsInFlight(shard, positions.filter { $0.shard == shard })
        }
        return exits.sorted(by: InFlightExit.comesFirst)
    }

    private func exitsInFlight(
        _ shard: Int, _ positions: [StoredPosition]
    ) throws(RedisError) -> [InFlightExit] {
        let due = Dictionary(
            try due(Keys.exitsDue(shard)).map { (PositionID($0.member), $0.at) }
        ) { first, _ in first }
        let locked = try names(.exitLocks(shard)).map { PositionID($0) }
        let requests = try openRequests(shard)
        let known = Dictionary(uniqueKeysWithValues: positions.map { ($0.id, $0) })
        let asked = positions.filter {
            !$0.isClosed
                && ($0.fields[Field.exitRequestedAt] != nil
                    || $0.fields[Field.status] == PositionStatus.exiting.text)
        }
        let waiting = requests.keys.filter { known[$0]?.isClosed != true }
        var exits: [InFlightExit] = []
        for id in Set(asked.map(\.id)).union(due.keys).union(locked).union(waiting).sorted() {
            let position = known[id] ?? StoredPosition(id, shard: shard, Fields())
            exits.append(
                InFlightExit(
                    position: position, orders: try orders(of: position),
                    lock: try text(Keys.exitLock(shard, id)), next: due[id],
                    request: requests[id]?.0, asked: requests[id]?.1))
        }
        return exits
    }

    private func orders(of position: StoredPosition) throws(RedisError) -> [Order] {
        guard let tracker = position.tracker else { return [] }
        let ids = tracker.exitOrders + [tracker.entryOrder]
        let hashes = try hashes(ids.map { Keys.order(position.shard, $0) })
        return zip(ids, hashes).compactMap { id, fields in
            guard let order = try? Order(fields, id: id) else { return nil }
            return order.purpose == .exit || !order.status.isFinished ? order : nil
        }
    }
}
