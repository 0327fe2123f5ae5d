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
    let brokers: [AccountID: any Broker]
    let calls: BrokerCalls
    private let timer: (any SenderTimer)?
    let nonces: NonceSource
    /// How soon an order is asked about again that another call is under way for.
    static let busyPause = Span.milliseconds(50)
    /// What to commit when the broker has answered the cancel of an order.
    var cancelSteps: [CorrelationID: Step] = [:]
    /// Marks whose call has not been made yet: the timer runs while there are any.
    private var openMarks = 0
    /// Accounts whose book is being read since the server's restart.
    var booksInReading: Set<AccountID> = []
    private var met: ServerRun?

    /// - Parameters:
    ///   - brokers: one for each account of the shard.
    ///   - timer: ends this process when it is frozen between a mark and its call.
    package init(
        _ desk: Desk, shard: Int, brokers: [AccountID: any Broker], calls: BrokerCalls,
        timer: (any SenderTimer)?, nonces: NonceSource
    ) {
        self.desk = desk
        self.shard = shard
        self.brokers = brokers
        self.calls = calls
        self.timer = timer
        self.nonces = nonces
        slot = .shard(shard)
        streams = [Keys.exitOrders(shard), Keys.entryOrders(shard)]
        dueSets = [
            DueSet(Keys.ordersDue(shard), by: .event), DueSet(Keys.calling(shard), by: .wall),
            DueSet(Keys.unreconciled(shard), by: .wall),
        ]
    }

    /// A sender of the run before may have marked an order up to its end, and a broker shows an
    /// accepted order within the time of its absence rule.
    package func joined(_ session: any BusSession) throws(BusError) {
        let slowest = brokers.values.map(\.absence.span).max() ?? .zero
        met = try ServerRun.meet(
            shard: shard, accounts: desk.accounts(inShard: shard).map(\.id), after: met,
            lookAfter: [desk.gateway.senderLife, slowest], session)
    }

    package var hasOwnWork: Bool { calls.hasAnswers }
    /// The server's run that this gateway has met.
    var run: RunID { met?.id ?? "" }
    package func stop() { timer?.disarm() }

    package func failed() {
        // No mark that was in hand will be followed by its call any more.
        openMarks = 0
        timer?.disarm()
    }

    package func settle(
        _ work: Work, _ session: any BusSession
    ) throws(BusError) -> [Step] {
        let answers = calls.takeAnswers()
        guard !work.isEmpty || !answers.isEmpty else { return [] }
        // Before the clock is read from which the marks' deadlines count.
        if !work.isEmpty { timer?.arm(desk.gateway.senderLife) }
        do throws(BusError) {
            let steps = try settle(work, answers, session)
            if openMarks == 0 { timer?.disarm() }
            return steps
        } catch {
            // The brokers do not answer twice.
            calls.putBack(answers)
            throw error
        }
    }

    private func settle(
        _ work: Work, _ answers: [BrokerCalls.Answer], _ session: any BusSession
    ) throws(BusError) -> [Step] {
        let reading = Reading<OrderRequest>(work.deliveries)
        let due = work.due.first ?? []
        let abandoned = work.due.dropFirst().first ?? []
        let named = (due + abandoned).compactMap { CorrelationID(text: $0.member) }
        let ids = Set(
            reading.messages.map(\.message.order) + named + answers.flatMap(\.orders))
        var (load, gate) = try self.load(ids.sorted(), work, session)
        // The server was flushed under a living connection: what it knew is gone.
        if load.ledger.recall(Keys.serverRun(shard))[Field.serverRun.rawValue] != run.text {
            try joined(session)
            (load, gate) = try self.load(ids.sorted(), work, session)
        }
        var steps = reading.rejected
        for answer in answers { steps += try settle(answer, &load, session) }
        for (delivery, request) in reading.messages {
            if let step = self.step(delivery, request, gate, &load) { steps.append(step) }
        }
        for time in abandoned { steps.append(step(abandoned: time, &load)) }
        for time in due { if let step = step(due: time, gate, &load) { steps.append(step) } }
        for time in work.due.dropFirst(2).first ?? [] { readBook(time) }
        return steps
    }

    /// In one round trip. Where an order may have been sent is looked for only on a server that
    /// was restarted.
    private func load(
        _ ids: [CorrelationID], _ work: Work, _ session: any BusSession
    ) throws(BusError) -> (ShardLoad, EntryGate) {
        var keys =
            ids.map { Keys.order(shard, $0) } + [Keys.serverRun(shard)]
            + desk.accounts(inShard: shard).map { Keys.budget(shard, $0.id) }
        if met?.isFirst != true {
            keys += Set(ids.map(\.position)).sorted().map { Keys.position(shard, $0) }
            keys += ids.compactMap(\.attemptBefore).map { Keys.order(shard, $0) }
        }
        var load = ShardLoad(shard: shard, worker: work.worker)
        let answers = try load.load(keys, also: EntryGate.queries(shard), session)
        load.callersDie(at: load.wall + desk.gateway.senderLife)
        return (load, EntryGate(desk, now: load.now, answers))
    }

    /// Told by what the batch has loaded.
    func origin(of id: CorrelationID, _ load: ShardLoad) -> OrderOrigin {
        if met?.isFirst == true { return OrderOrigin(run: run, position: run) }
        func stored(_ key: Key) -> RunID? {
            load.ledger.recall(key)[Field.serverRun.rawValue].map { RunID($0) }
        }
        return OrderOrigin(
            run: run, position: stored(Keys.position(shard, id.position)),
            attemptBefore: id.attemptBefore.flatMap { stored(Keys.order(shard, $0)) })
    }

    func openMark() { openMarks += 1 }

    /// The call is made, or will never be: nothing is left for which this process must die.
    func closeMark() {
        openMarks = max(0, openMarks - 1)
        if openMarks == 0 { timer?.disarm() }
    }
}
