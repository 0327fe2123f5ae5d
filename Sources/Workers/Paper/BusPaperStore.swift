package import Brokers
package import MessageBus
import Settings
package import Trading

/// The paper broker's book in Redis, as the gateway's thread reaches it.
package final class BusPaperStore: PaperStore {
    private let session: any BusSession
    private let shard: Int
    private let keep: Span

    /// - Parameter session: the gateway's own; its thread makes all calls.
    package init(_ desk: Desk, _ session: any BusSession, shard: Int) {
        self.session = session
        self.shard = shard
        keep = desk.retention.records
    }

    package func now() throws(BrokerError) -> EventTime {
        try notSent { session throws(BusError) in try session.load([]).now }
    }

    package func place(_ order: PaperOrder, telling event: BrokerEvent) throws(BrokerError) {
        let key = Keys.paperOrder(shard, order.number)
        let request = PaperRequest(action: .place, number: order.number, at: order.acceptedAt)
        let book = Keys.paperBook(shard, order.account, order.acceptedAt.day)
        try commit(
            Change(
                guards: [.absent(key)],
                writes: [
                    .append(Keys.paperRequests(shard), request.fields),
                    .append(Keys.brokerEvents(shard), event.fields),
                    .set(key, order.fields),
                    .addMember(book, order.number.text),
                    .addMember(Keys.paperWorking(shard), order.number.text),
                    .schedule(
                        Keys.paperDue(shard), member: order.number.text,
                        at: order.dueAt.milliseconds),
                    .expire(book, after: keep),
                ]), orElse: "\(order.number) is the number of another order")
    }

    package func cancel(_ number: OrderNumber, of account: AccountID) throws(BrokerError) {
        let key = Keys.paperOrder(shard, number)
        let loaded = try notSent { session throws(BusError) in try session.load([.hash(key)]) }
        guard case .fields(let fields)? = loaded.answers.first, !fields.isEmpty else {
            throw .refused("no such order")
        }
        let order = try Self.order(fields)
        guard order.account == account else { throw .refused("no such order") }
        if let refusal = order.refusal(ofCancelAt: loaded.now) { throw .refused(refusal) }
        let request = PaperRequest(action: .cancel, number: number, at: loaded.now)
        try commit(
            Change(
                guards: [.present(key)],
                writes: [.append(Keys.paperRequests(shard), request.fields)]),
            orElse: "no such order")
    }

    /// What works, whenever it was placed, and all of today's and yesterday's.
    package func orders(of account: AccountID) throws(BrokerError) -> [PaperOrder] {
        let today = try now().day
        let shard = shard
        let books =
            [Keys.paperWorking(shard)]
            + [0, -1].map {
                Keys.paperBook(shard, account, today + $0)
            }
        let answers = try notSent { session throws(BusError) -> [Answer] in
            var numbers: Set<String> = []
            for case .texts(let some) in try session.load(books.map { .members($0) }).answers {
                numbers.formUnion(some)
            }
            return try session.load(
                numbers.sorted().map { .hash(Keys.paperOrder(shard, OrderNumber($0))) }
            ).answers
        }
        var orders: [PaperOrder] = []
        for case .fields(let fields) in answers where !fields.isEmpty {
            let order = try Self.order(fields)
            if order.account == account { orders.append(order) }
        }
        return orders
    }

    private static func order(_ fields: Fields) throws(BrokerError) -> PaperOrder {
        do throws(FieldError) {
            return try PaperOrder(fields)
        } catch {
            throw .notSent("the paper book is unreadable: \(error)")
        }
    }

    package func net(
        of account: AccountID
    ) throws(BrokerError) -> [InstrumentID: Quantity] {
        let answers = try notSent { session throws(BusError) in
            try session.load([.hash(Keys.paperLedger(shard, account))]).answers
        }
        guard case .fields(let fields) = answers.first else { return [:] }
        do throws(FieldError) {
            return try PaperLedger(fields).net
        } catch {
            throw .notSent("the paper ledger is unreadable: \(error)")
        }
    }

    private func commit(_ change: Change, orElse refusal: String) throws(BrokerError) {
        let verdicts: [[CommitVerdict]]
        do throws(BusError) {
            verdicts = try session.commit([
                Commit(slot: .shard(shard), owner: .anyone, changes: [change])
            ])
        } catch {
            switch error {
            case .retry(let reason), .denied(let reason): throw .notSent(reason)
            case .refused(let reason): throw .refused(reason)
            case .unknown(let reason): throw .unknown(reason)
            }
        }
        guard verdicts.first?.first == .applied else { throw .refused(refusal) }
    }

    /// A read has no outcome that could be unknown.
    private func notSent<Value>(
        _ read: (any BusSession) throws(BusError) -> Value
    ) throws(BrokerError) -> Value {
        do throws(BusError) {
            return try read(session)
        } catch {
            throw .notSent("\(error)")
        }
    }
}

/// An entry of `paper:requests`. The order itself stands in its hash.
package struct PaperRequest: Record {
    package var action: OrderAction
    package var number: OrderNumber
    package var at: EventTime

    package init(action: OrderAction, number: OrderNumber, at: EventTime) {
        self.action = action
        self.number = number
        self.at = at
    }

    package init(_ fields: Fields) throws(FieldError) {
        self.init(
            action: try fields.get(.action), number: try fields.get(.number),
            at: try fields.get(.at))
    }

    package var fields: Fields {
        var fields = Fields()
        fields.put(.action, action)
        fields.put(.number, number)
        fields.put(.at, at)
        return fields
    }
}
