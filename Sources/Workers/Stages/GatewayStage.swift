package import Brokers
package import MessageBus
import Stages
package import Trading

/// The gateway's hands. Its calls last, so it differs from the other stages: the mark is
/// committed first, then the call is made, and its answer is a commit of its own. Calls of many
/// accounts run side by side, and a slow one holds nobody up.
package final class GatewayStage: GroupStage {
    package let name = Gateway.name
    package let slot: Slot
    package let streams: [Key]
    package let dueSets: [DueSet]

    let desk: Desk
    let shard: Int
    private let backpressure: Backpressure
    /// Those of the shard that trade with money, and are compared with their brokers' books.
    private let money: [AccountID]
    let brokers: [AccountID: any Broker]
    let calls: BrokerCalls
    let marks: SenderMarks
    private(set) var reads: SharedReads
    let nonces: NonceSource
    /// How soon an order is asked about again that another call is under way for.
    static let busyPause = Span.milliseconds(50)
    /// Orders whose cancels are made once the batch in hand is committed.
    var unmade: [CorrelationID: Cancel] = [:]
    private var met: ServerRun?
    /// The server's runs in which the positions of the batch in hand were created.
    private var createdIn: [PositionID: RunID] = [:]
    /// The days on which they were created.
    private var createdOn: [PositionID: Day] = [:]
    /// What they have still to sell.
    private(set) var left: [PositionID: Quantity] = [:]
    private static let positionFields: [Field] = [
        .serverRun, .createdAt, .entryQuantity, .exitQuantity, .byHandQuantity,
    ]
    /// Of accounts at a broker: what the last comparison of its books has shown.
    private var compared: [AccountID: HeldSight] = [:]
    /// The server's time at the last load, with the steady time just after it: by these two, what
    /// is asked of brokers is never of later than the server's clock says.
    private var clock: (wall: EventTime, steady: EventTime)?
    /// The latest whole book that was read of each account.
    private var seen: [AccountID: SeenBook] = [:]

    /// - Parameters:
    ///   - brokers: one for each account of the shard.
    ///   - timer: ends this process when it is frozen between a mark and its call.
    package init(
        _ desk: Desk, shard: Int, brokers: [AccountID: any Broker], calls: BrokerCalls,
        timer: (any SenderTimer)?, nonces: NonceSource
    ) {
        self.desk = desk
        backpressure = Backpressure(desk)
        money = desk.accounts(inShard: shard).map(\.id).filter(desk.isCompared)
        self.shard = shard
        self.brokers = brokers
        self.calls = calls
        reads = SharedReads(wake: calls.wake)
        marks = SenderMarks(timer: timer)
        self.nonces = nonces
        slot = .shard(shard)
        streams = [Keys.exitOrders(shard), Keys.entryOrders(shard)]
        dueSets = [
            DueSet(Keys.ordersDue(shard), by: .event), DueSet(Keys.calling(shard), by: .wall),
        ]
    }

    /// A sender of the run before may have marked an order up to its end, and a broker shows an
    /// accepted order within the time of its absence rule.
    package func joined(_ session: any BusSession) throws(BusError) {
        // Before it reads what others must have, should they trade elsewhere.
        try Venues.ensure(desk, shard: shard, session)
        let slowest = brokers.values.map(\.absence.span).max() ?? .zero
        let before = run
        defer { if run != before { forgetBooks() } }
        met = try ServerRun.meet(
            shard: shard, accounts: desk.accounts(inShard: shard).map(\.id), after: met,
            lookAfter: [desk.gateway.senderLife, slowest], session)
    }

    /// By another run's clock a book may seem to be of later than it is.
    private func forgetBooks() {
        (seen, clock) = ([:], nil)
        reads.abandon()
        reads = SharedReads(wake: calls.wake)
    }

    package var hasOwnWork: Bool { calls.hasAnswers }
    /// The server's run that this gateway has met.
    var run: RunID { met?.id ?? "" }
    package func stop() { marks.failed() }

    /// Whether the marks of the batch were written is not known; that nobody calls under them is.
    /// Else each would be looked up until it is absent.
    package func failed() {
        for (order, nonce) in marks.failed() {
            let reason = BrokerError.notSent("the server did not answer the mark")
            calls.answer(.placed(order, nonce, .failure(reason)))
        }
    }

    package func settle(
        _ work: Work, _ session: any BusSession
    ) throws(BusError) -> [Step] {
        giveUpUnmade()
        if let clock { reads.hasten(brokers, at: clock.wall + (session.steady - clock.steady)) }
        // An entry that is tried by itself is not tried with what others have come to.
        let answers = work.isAlone ? [] : calls.takeAnswers()
        guard !work.isEmpty || !answers.isEmpty else { return [] }
        do throws(BusError) {
            return try settle(work, answers, session)
        } catch {
            // The brokers do not answer twice.
            calls.putBack(answers)
            throw error
        }
    }

    private func settle(
        _ work: Work, _ answers: [BrokerCalls.Answer], _ session: any BusSession
    ) throws(BusError) -> [Step] {
        // Before the clock is read from which the marks' deadlines count.
        let began = session.steady
        let reading = Reading<OrderRequest>(work.deliveries)
        let due = work.due.first ?? []
        let abandoned = work.due.dropFirst().first ?? []
        // Of those that a call is under way for there may be many, in every turn.
        let named =
            due.compactMap(\.order).filter { !calls.isBusy($0) }
            + abandoned.compactMap(\.order)
        let ids = Set(
            reading.messages.map(\.message.order) + named + answers.map(\.order))
        var (load, gate) = try self.load(ids.sorted(), work, session)
        // The server was flushed under a living connection: what it knew is gone.
        if load.ledger.recall(Keys.serverRun(shard))[Field.serverRun.rawValue] != run.text
            || session.serverRun != run
        {
            try joined(session)
            (load, gate) = try self.load(ids.sorted(), work, session)
        }
        clock = (load.wall, session.steady)
        let mayEnter = reading.messages.map(\.message.order) + due.compactMap(\.order)
        if mayEnter.contains(where: { $0.purpose == .entry }) {
            gate.pause = try backpressure.pause(of: shard, session)
        }
        var steps = reading.rejected
        for answer in answers { steps += try settle(answer, &load, session) }
        for (delivery, request) in reading.messages {
            if let step = self.step(delivery, request, gate, &load) { steps.append(step) }
        }
        for time in abandoned {
            if let step = step(abandoned: time, &load) { steps.append(step) }
        }
        for time in due.filter(\.isExit) + due.filter({ !$0.isExit }) {
            if let step = step(due: time, gate, &load) { steps.append(step) }
        }
        guard marks.arm(until: began + desk.gateway.senderLife, now: session.steady) else {
            throw .retry("the server was too slow for orders to be marked")
        }
        return steps
    }

    /// In one round trip. What all orders share keeps none of them back: halts that cannot be read
    /// stop entries, a budget that cannot be read stops its account's.
    private func load(
        _ ids: [CorrelationID], _ work: Work, _ session: any BusSession
    ) throws(BusError) -> (ShardLoad, EntryGate) {
        let keys = ids.map { Keys.order(shard, $0) } + [Keys.serverRun(shard)]
        let budgets = desk.accounts(inShard: shard).map { Keys.budget(shard, $0.id) }
        let positions = Set(ids.map(\.position)).sorted()
        var load = ShardLoad(desk, shard: shard, worker: work.worker)
        let runs = positions.map {
            Query.fields(
                Keys.position(shard, $0), Self.positionFields.map(\.rawValue))
        }
        let gate = EntryGate.queries(shard, comparing: money)
        let answers = try load.load(
            keys, tolerating: budgets, also: [Venues.query] + runs + gate, session)
        try Venues.ensure(desk, shard: shard, answers.first, session)
        (createdIn, createdOn, left, compared) = ([:], [:], [:], [:])
        for (id, answer) in zip(positions, answers.dropFirst()) {
            guard case .success(.fields(let fields)) = answer else { continue }
            createdIn[id] = fields[Field.serverRun.rawValue].map { RunID($0) }
            createdOn[id] = fields[Field.createdAt.rawValue].flatMap { EventTime(text: $0)?.day }
            left[id] = Self.left(fields)
        }
        for (account, answer) in zip(money, answers.suffix(money.count)) {
            var fields = Fields()
            if case .success(.fields(let stored)) = answer { fields = stored }
            compared[account] = HeldSight(
                readAt: fields[Field.readAt.rawValue].flatMap { EventTime(text: $0) },
                missing: Reconciliation.missing(fields[Field.missing.rawValue]), isCarried: false)
        }
        load.callersDie(at: load.wall + desk.gateway.senderLife)
        return (load, EntryGate(desk, load, money, answers.suffix(gate.count)))
    }

    /// Nil where that cannot be read.
    private static func left(_ fields: Fields) -> Quantity? {
        func units(_ field: Field) -> Quantity? {
            fields[field.rawValue].map { Quantity(text: $0) } ?? .zero
        }
        guard let bought = units(.entryQuantity), let sold = units(.exitQuantity),
            let byHand = units(.byHandQuantity)
        else { return nil }
        return bought - sold - byHand
    }

    /// Nil for an account whose broker's books are our own.
    func held(_ request: OrderRequest, now: EventTime) -> HeldSight? {
        var sight = compared[request.account]
        sight?.isCarried = createdOn[request.order.position].map { $0 < now.day } ?? false
        return sight
    }

    /// Told by what the batch has loaded.
    func origin(of id: CorrelationID, _ account: AccountID, wall: EventTime) -> OrderOrigin {
        let wait = desk.gateway.senderLife + (brokers[account]?.absence.span ?? .zero)
        let created = createdIn[id.position]
        guard let met else {
            return OrderOrigin(run: run, since: wall, wait: wait, position: nil)
        }
        let since = met.history.lastMark(ofPositionsCreatedIn: created, wait: wait)
        guard met.history.hasReturned else {
            return OrderOrigin(
                run: run, since: since, wait: wait, position: created, book: seen[account])
        }
        return OrderOrigin(
            run: RunID("\(run)-\(met.count)"), since: since, wait: wait, position: nil,
            book: seen[account])
    }

    /// Looks share their reads: most have it already.
    func remember(_ answer: BrokerCalls.BookAnswer) {
        guard let book = answer.book, book.isWhole, answer.run == run else { return }
        if let last = seen[answer.account], answer.asked <= last.asked { return }
        seen[answer.account] = SeenBook(book, asked: answer.asked)
    }
}

extension DueTime {
    fileprivate var order: CorrelationID? { CorrelationID(text: member) }
    /// Exits that waited for the budget go before entries that did.
    fileprivate var isExit: Bool { order?.purpose == .exit }
}
