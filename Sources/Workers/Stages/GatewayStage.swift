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
    private let nonces: NonceSource
    /// How soon an order is asked about again that another call is under way for.
    private static let busyPause = Span.milliseconds(50)
    /// What to commit when the broker has answered the cancel of an order.
    private var cancelSteps: [CorrelationID: Step] = [:]
    /// Marks whose call has not been made yet: the timer runs while there are any.
    private var openMarks = 0

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
        ]
    }

    package var hasOwnWork: Bool { calls.hasAnswers }
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
        var load = ShardLoad(shard: shard, worker: work.worker)
        // Whose order is due is known only when it is loaded.
        let accounts =
            named.isEmpty
            ? Set(reading.messages.map(\.message.account)).sorted()
            : desk.accounts(inShard: shard).map(\.id)
        try load.load(orders: ids.sorted(), budgets: accounts, session)
        load.callersDie(at: load.wall + desk.gateway.senderLife)
        let gate = try EntryGate(desk, now: load.now, for: ids, session)
        var steps = reading.rejected
        for answer in answers { steps += try settle(answer, &load, session) }
        for (delivery, request) in reading.messages {
            if let step = self.step(delivery, request, gate, &load) { steps.append(step) }
        }
        for time in abandoned { steps.append(step(abandoned: time, &load)) }
        for time in due { if let step = step(due: time, gate, &load) { steps.append(step) } }
        return steps
    }
}

extension GatewayStage {
    /// A request to place or to cancel.
    private func step(
        _ delivery: Delivery?, _ request: OrderRequest, _ gate: EntryGate,
        guardedBy guards: [Guard] = [], _ load: inout ShardLoad
    ) -> Step? {
        let nonce = nonces.next()
        var call: (() -> Void)?
        var cancel: (OrderNumber, [Effect])?
        var step = load.step(delivery, guardedBy: guards) { load throws(FieldError) in
            let order = try load.ledger.order(request.order)
            let decided = Gateway.decide(
                request: request, order: order, budget: try load.ledger.budget(request.account),
                refusal: order.flatMap(gate.refusal), nonce: nonce, profile: desk.gateway,
                now: load.now, wall: load.wall)
            switch decided {
            case .send(let effects):
                if let order { call = placing(order, nonce) }
                return .commit(effects)
            case .wait(let effects), .refuse(let effects): return .commit(effects)
            case .cancel(let number, let effects):
                cancel = (number, effects)
                return .commit(effects)
            case .drop(let reason): return .drop(reason)
            }
        }
        if let call {
            openMarks += 1
            step.then = { [weak self] (verdict: CommitVerdict) in
                if verdict == .applied { call() }
                self?.closeMark()
            }
        }
        guard let cancel else { return step }
        // A cancel is harmless twice and lost once, so it is made before it is acknowledged.
        return calling(cancel.0, request, step)
    }

    private func placing(_ order: Order, _ nonce: Nonce) -> () -> Void {
        { [calls, brokers] in
            guard let broker = brokers[order.account] else {
                calls.answer(
                    .placed(order.id, nonce, .failure(.notSent("no broker for the account"))))
                return
            }
            broker.place(order, nonce: nonce) { result in
                calls.answer(.placed(order.id, nonce, result))
            }
        }
    }

    /// The call is made, or will never be: nothing is left for which this process must die.
    private func closeMark() {
        openMarks = max(0, openMarks - 1)
        if openMarks == 0 { timer?.disarm() }
    }

    /// Keeps the delivery, or leaves the due time standing, until the broker has answered.
    private func calling(
        _ number: OrderNumber, _ request: OrderRequest, _ step: Step
    ) -> Step? {
        guard let broker = brokers[request.account], calls.begin(request.order) else {
            return step.delivery.map { Step($0, .again(after: Self.busyPause)) }
        }
        cancelSteps[request.order] = step
        // Whatever the broker says, the order's end comes as an update, or it is asked again.
        broker.cancel(number) { [calls] _ in
            calls.answer(.cancelled(request.order))
        }
        return step.delivery.map { Step($0, .keep) }
    }

    private func step(due time: DueTime, _ gate: EntryGate, _ load: inout ShardLoad) -> Step? {
        let set = Keys.ordersDue(shard)
        let guards = [Guard.score(set, member: time.member, is: time.at)]
        guard let id = CorrelationID(text: time.member), !calls.isBusy(id) else { return nil }
        var look: AccountID?
        var place: OrderRequest?
        var cancel: (OrderNumber, OrderRequest)?
        let step = load.step(time, in: set) { load throws(FieldError) in
            guard let order = try load.ledger.order(id) else {
                return .commit([.scheduleOrder(id, at: nil)])
            }
            let request = OrderRequest(
                order: id, account: order.account, action: .place, at: load.now,
                trace: order.trace)
            switch Gateway.due(
                order, budget: try load.ledger.budget(order.account), profile: desk.gateway,
                now: load.now, wall: load.wall)
            {
            case .place:
                place = request
                return .drop("to be placed")
            case .look:
                look = order.account
                return .drop("to be looked up")
            case .cancel(let number, let effects):
                cancel = (number, request)
                return .commit(effects)
            case .commit(let effects): return .commit(effects)
            }
        }
        if let place { return self.step(nil, place, gate, guardedBy: guards, &load) }
        if let (number, request) = cancel { return calling(number, request, step) }
        if let look {
            self.look(for: time, of: id, account: look)
            return nil
        }
        return step
    }

    private func look(for time: DueTime, of id: CorrelationID, account: AccountID) {
        guard let broker = brokers[account], calls.begin(id) else { return }
        let rule = broker.absence
        broker.orders { [calls] result in
            calls.answer(.book(id, time, try? result.get(), rule))
        }
    }

    /// A sender that must be dead by now: its timer has seen to that.
    private func step(abandoned time: DueTime, _ load: inout ShardLoad) -> Step {
        load.step(time, in: Keys.calling(shard)) { load throws(FieldError) in
            guard let id = CorrelationID(text: time.member), let order = try load.ledger.order(id),
                order.status == .sending
            else {
                return .commit(
                    CorrelationID(text: time.member).map { [.calling($0, false)] } ?? [])
            }
            return .commit(
                Gateway.abandoned(order, profile: desk.gateway, now: load.now))
        }
    }

    private func settle(
        _ answer: BrokerCalls.Answer, _ load: inout ShardLoad, _ session: any BusSession
    ) throws(BusError) -> [Step] {
        switch answer {
        case .placed(let id, let nonce, let result):
            let parked = try parked(try? result.get().number, session)
            return [
                load.step(nil, then: again(answer)) { load throws(FieldError) in
                    guard let order = try load.ledger.order(id) else { return .commit([]) }
                    return .commit(
                        Gateway.outcome(
                            of: order, nonce: nonce, result: result, parked: parked,
                            profile: desk.gateway, now: load.now))
                }
            ]
        case .cancelled(let id):
            calls.finish(id)
            return cancelSteps.removeValue(forKey: id).map { [$0] } ?? []
        case .book(let id, let time, let book, let rule):
            let number = book?.first { $0.correlation == id }?.number
            let parked = try parked(number, session)
            calls.finish(id)
            return [
                load.step(time, in: Keys.ordersDue(shard)) { load throws(FieldError) in
                    guard let order = try load.ledger.order(id) else { return .commit([]) }
                    return .commit(
                        Gateway.looked(
                            order, book: book, rule: rule, parked: parked, profile: desk.gateway,
                            now: load.now, wall: load.wall))
                }
            ]
        }
    }

    /// Another stage changed the order meanwhile: the answer is settled on what it is now.
    private func again(_ answer: BrokerCalls.Answer) -> (CommitVerdict) -> Void {
        { [calls] verdict in
            if case .refused = verdict { calls.answer(answer) }
        }
    }

    /// The messages that came before this number was known.
    private func parked(
        _ number: OrderNumber?, _ session: any BusSession
    ) throws(BusError) -> [BrokerEvent] {
        guard let number,
            case .texts(let lines)? = try session.load([
                .list(Keys.unmatched(shard, number))
            ]).answers.first
        else { return [] }
        return lines.compactMap { try? BrokerEvent(Fields(lines: $0)) }
    }
}
