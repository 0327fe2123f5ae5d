import Brokers
package import MessageBus
import Settings
import Stages
import Trading

/// The paper exchange of one shard: one holder, who sees each quote and each order in order.
///
/// Ticks of a batch come before requests: a request was caused by a tick that is already in the
/// stream, and must not meet an older book than its maker saw.
package final class PaperStage: OrderedStage {
    package let name = StageName.paper
    package let number: Int
    package let slot: Slot
    package let streams: [Key]
    package let dueSets: [DueSet]

    private let desk: Desk
    private let shard: Int
    private var instruments = InstrumentBook()
    private var working: [OrderNumber: PaperOrder] = [:]
    private var quotes: [InstrumentID: Quote] = [:]
    /// The day of the last tick: quotes of earlier ones have been dropped.
    private var quotedDay: Day?
    private var ledgers: [AccountID: PaperLedger] = [:]

    package init(_ desk: Desk, shard: Int) {
        self.desk = desk
        self.shard = shard
        number = shard
        slot = .shard(shard)
        streams = (0..<desk.keys.partitions).map(Keys.ticks) + [Keys.paperRequests(shard)]
        dueSets = [DueSet(Keys.paperDue(shard), by: .event)]
    }

    /// The fence of this shard's holder, and what to call it.
    package static func fence(_ shard: Int) -> (Key, String) {
        (
            Keys.fence(.shard(shard), StageName.paper, shard),
            "\(StageName.paper) \(shard)"
        )
    }

    package func load(_ session: any BusSession) throws(BusError) {
        try instruments.reload(session)
        working = [:]
        quotes = [:]
        quotedDay = nil
        ledgers = [:]
        let accounts = desk.accounts(inShard: shard).map(\.id)
        let answers = try session.load(
            [.members(Keys.paperWorking(shard)), .hash(Keys.paperQuotes(shard))]
                + accounts.map { .hash(Keys.paperLedger(shard, $0)) }
        ).answers
        if case .fields(let fields) = answers[1] {
            for pair in fields.pairs {
                guard let id = InstrumentID(text: pair.name) else { continue }
                quotes[id] = QuoteText(text: pair.value)?.quote
            }
        }
        for (account, answer) in zip(accounts, answers.dropFirst(2)) {
            if case .fields(let fields) = answer { ledgers[account] = try? PaperLedger(fields) }
        }
        guard case .texts(let numbers) = answers[0] else { return }
        try take(numbers.map { OrderNumber($0) }, session)
    }

    package func decide(
        _ deliveries: [Delivery], due: [[DueTime]], _ session: any BusSession
    ) throws(BusError) -> OrderedDecision {
        var draft = Draft()
        let requests = try read(deliveries, &draft, session)
        for delivery in deliveries { take(delivery, &draft) }
        for request in requests where request.action == .cancel {
            act(on: request.number, .cancel(request.at), &draft)
        }
        let arrived = (due.first ?? []).map { OrderNumber($0.member) }
        try take(arrived.filter { working[$0] == nil }, session)
        for number in arrived { arrive(number, &draft) }
        for request in requests where request.action == .place {
            guard let order = working[request.number], order.dueAt <= request.at else { continue }
            arrive(request.number, &draft)
        }
        return OrderedDecision(changes: changes(draft), alarms: draft.alarms)
    }

    package func refused(_ change: Int, _ session: any BusSession) throws(BusError) {
        throw .retry("the paper book was changed by somebody else")
    }
}

extension PaperStage {
    private struct Draft {
        var touched: [OrderNumber] = []
        var orders: [OrderNumber: PaperOrder] = [:]
        var events: [OrderNumber: [BrokerEvent]] = [:]
        var quoted: Set<InstrumentID> = []
        var dropped: Set<InstrumentID> = []
        var accounts: Set<AccountID> = []
        var alarms: [Alarm] = []
    }

    private func read(
        _ deliveries: [Delivery], _ draft: inout Draft, _ session: any BusSession
    ) throws(BusError) -> [PaperRequest] {
        var requests: [PaperRequest] = []
        for delivery in deliveries where delivery.stream == Keys.paperRequests(shard) {
            guard let fields = delivery.fields, !Wake.matches(fields) else { continue }
            do throws(FieldError) {
                requests.append(try PaperRequest(fields))
            } catch {
                let letter = DeadLetter(
                    delivery, stage: name, reason: error.description, at: session.wall)
                draft.alarms.append(letter.alarm)
            }
        }
        try take(requests.map(\.number).filter { working[$0] == nil }, session)
        return requests
    }

    /// Loads orders that are new to this holder, which may be the first of a day.
    private func take(
        _ numbers: [OrderNumber], _ session: any BusSession
    ) throws(BusError) {
        guard !numbers.isEmpty else { return }
        let found = try session.loadEach(
            [InstrumentBook.dayQuery] + numbers.map { .hash(Keys.paperOrder(shard, $0)) })
        try instruments.renew(found.answers.first, session)
        for answer in found.answers.dropFirst() {
            if case .failure(let error) = answer { throw .refused(error.reason) }
            guard case .success(.fields(let fields)) = answer, !fields.isEmpty,
                let order = try? PaperOrder(fields), !order.status.isFinished
            else { continue }
            working[order.number] = order
        }
        for number in numbers {
            guard let id = working[number]?.instrument else { continue }
            try instruments.ensure(id, session)
        }
    }

    private func take(_ delivery: Delivery, _ draft: inout Draft) {
        guard delivery.stream != Keys.paperRequests(shard), let fields = delivery.fields,
            case .tick(let tick)? = try? MarketEvent(
                fields, at: EventTime(milliseconds: delivery.id.milliseconds))
        else { return }
        dropQuotes(before: tick.quote.at.day, &draft)
        let affected = working.values.filter {
            $0.instrument == tick.instrument && $0.status.isWorking
        }
        for order in affected.sorted(by: { $0.number < $1.number }) {
            act(on: order.number, .quote(tick.quote), &draft)
        }
        quotes[tick.instrument] = tick.quote
        draft.quoted.insert(tick.instrument)
        draft.dropped.remove(tick.instrument)
    }

    /// Forgets contracts that have not been quoted on this day: they may have expired.
    private func dropQuotes(before day: Day, _ draft: inout Draft) {
        guard quotedDay.map({ $0 < day }) ?? true else { return }
        quotedDay = day
        for (id, quote) in quotes where quote.at.day < day {
            quotes[id] = nil
            draft.quoted.remove(id)
            draft.dropped.insert(id)
        }
    }

    private func arrive(_ number: OrderNumber, _ draft: inout Draft) {
        draft.touched.append(number)
        guard let time = working[number]?.nextDueAt else { return }
        act(on: number, .arrives(time), &draft)
    }

    private func act(on number: OrderNumber, _ event: PaperMatch.Event, _ draft: inout Draft) {
        guard let order = working[number] else { return }
        let listed = instruments[order.instrument]
        let contract = PaperMatch.Contract(
            lot: listed?.lot ?? Quantity(1), tickSize: listed?.tickSize ?? Price(paise: 5),
            freezeQuantity: listed?.freezeQuantity(on: event.day))
        let answer = PaperMatch.decide(
            order, event: event, book: quotes[order.instrument], contract: contract,
            profile: desk.paper)
        guard answer.order != order else { return }
        let units = answer.order.filled - order.filled
        if units > .zero {
            ledgers[order.account, default: PaperLedger()].book(
                order.side, units, answer.order.value - order.value, order.instrument)
            draft.accounts.insert(order.account)
        }
        draft.touched.append(number)
        draft.orders[number] = answer.order
        draft.events[number, default: []] += answer.events
        working[number] = answer.order.status.isFinished ? nil : answer.order
    }

    private func changes(_ draft: Draft) -> [Change] {
        var changes: [Change] = []
        for number in Set(draft.touched).sorted() {
            changes.append(change(of: number, draft))
        }
        let quoted = draft.quoted.sorted().compactMap { id in
            quotes[id].map { Fields.Pair(name: id.text, value: QuoteText(quote: $0).text) }
        }
        let dropped = draft.dropped.sorted().map(\.text)
        if !quoted.isEmpty || !dropped.isEmpty {
            let key = Keys.paperQuotes(shard)
            changes.append(
                Change(writes: [.set(key, Fields(quoted)), .remove(key, fields: dropped)]))
        }
        for account in draft.accounts.sorted() {
            guard let ledger = ledgers[account] else { continue }
            let key = Keys.paperLedger(shard, account)
            changes.append(
                Change(writes: [
                    .set(key, ledger.fields), .remove(key, fields: ledger.emptyFields),
                ]))
        }
        return changes
    }

    private func change(of number: OrderNumber, _ draft: Draft) -> Change {
        var writes: [Write] = (draft.events[number] ?? []).map {
            .append(Keys.brokerEvents(shard), $0.fields)
        }
        let key = Keys.paperOrder(shard, number)
        if let order = draft.orders[number] {
            writes.append(.set(key, order.fields))
            if order.status.isFinished {
                writes.append(.removeMember(Keys.paperWorking(shard), number.text))
                writes.append(.expire(key, after: desk.retention.records))
            }
        }
        let due = Keys.paperDue(shard)
        writes.append(
            working[number]?.nextDueAt.map {
                .schedule(due, member: number.text, at: $0.milliseconds)
            } ?? .unschedule(due, member: number.text))
        return Change(writes: writes)
    }
}

extension PaperMatch.Event {
    fileprivate var day: Day {
        switch self {
        case .arrives(let time), .cancel(let time), .sessionEnds(let time): time.day
        case .quote(let quote): quote.at.day
        }
    }
}
