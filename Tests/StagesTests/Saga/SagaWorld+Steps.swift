import Stages
import Support
import Trading

extension SagaWorld {
    var isQuiet: Bool {
        handAt == nil && foreignDue.isEmpty && exits.isEmpty && requests.isEmpty && events.isEmpty
            && updates.isEmpty && calls.isEmpty
    }

    /// Closed, told to everybody, and nothing that could still change it.
    var isOver: Bool {
        position.status.isClosed && isQuiet && orders.values.allSatisfy(\.status.isFinished)
    }

    mutating func run(steps: Int = 40_000) {
        for _ in 0..<steps where faults.isEmpty {
            if isOver { return }
            step()
            check()
        }
        if faults.isEmpty { faults.append("did not end: \(position.status) \(orders.count)") }
    }

    private mutating func step() {
        now = now + .milliseconds(Int.random(in: 0...40, using: &random))
        askForExit()
        sellByHand()
        switch Int.random(in: 0..<9, using: &random) {
        case 0: takeExit()
        case 1: takeRequest()
        case 2: takeEvent()
        case 3: takeUpdate()
        case 4: hear(broker.move(at: now, using: &random))
        case 5: takeCalls()
        case 6: takeDueExit()
        case 7: takeDueNumber()
        default: takeDueOrder()
        }
    }

    /// A rule freezes its reason itself; a person only asks.
    private mutating func askForExit() {
        let asked = position.exitOrder != nil || !exits.isEmpty || position.status.isClosed
        guard now >= exitAt, !asked else { return }
        let exit = Fixtures.exitOrder()
        if chance(1, in: 2) { position.exitOrder = exit }
        exits.append(
            ExitRequest(
                position: position.id, account: position.account, reason: exit.reason,
                evidence: exit.evidence, askedBy: exit.askedBy, at: now))
    }

    private mutating func takeExit() {
        guard let request = next(\.exits) else { return }
        apply(
            ExitEngine.decide(
                request: request, position: position, hand: hand, profile: exitProfile, now: now))
    }

    private mutating func takeDueExit() {
        guard let due = exitDue, due <= now else { return }
        let latest = position.exitOrders.compactMap { orders[$0] }
        apply(
            ExitEngine.decide(
                due: position, orders: latest, hand: hand, profile: exitProfile, now: now))
    }

    private var hand: ExitEngine.Hand { ExitEngine.Hand(trades: trades, day: day) }

    /// Of what no order is about to sell. The broker's words about it are lost and repeated as all
    /// others; who compares its book with ours says them again.
    private mutating func sellByHand() {
        if let handAt, now >= handAt {
            self.handAt = nil
            broker.sellByHand(at: now, using: &random)
        }
        if chance(1, in: 50), let event = broker.handEvent(at: now, of: position),
            trades.orders[event.number ?? ""] == nil
        {
            hear([event])
        }
    }

    private mutating func takeRequest() {
        guard let request = next(\.requests) else { return }
        handle(request)
    }

    private mutating func handle(_ request: OrderRequest) {
        nonces += 1
        let nonce = Nonce("n\(nonces)")
        let step = Gateway.decide(
            request: request, order: orders[request.order],
            origin: origin,
            budget: budget,
            refusal: nil,
            nonce: nonce, profile: gatewayProfile, now: now, wall: now)
        switch step {
        case .send(let effects):
            apply(effects)
            if let order = orders[request.order] { call(order, nonce: nonce) }
        case .wait(let effects), .refuse(let effects):
            apply(effects)
        case .cancel(let number, let effects):
            apply(effects)
            hear(broker.cancel(number, at: now))
        case .drop:
            break
        }
    }

    /// Each way in which a call can go.
    private mutating func call(_ order: Order, nonce: Nonce) {
        let arrival = now + .milliseconds(Int.random(in: 0...2_500, using: &random))
        let end = arrival + .milliseconds(Int.random(in: 0...400, using: &random))
        let placed = Result<Placed, BrokerError>.success(Placed(number: "", status: "TRANSIT"))
        let lost = Result<Placed, BrokerError>.failure(.unknown("timeout"))
        let kinds: [(EventTime?, EventTime?, Result<Placed, BrokerError>)] = [
            (nil, end, .failure(.refused("no margin"))),
            (nil, end, .failure(.notSent("no connection"))),
            (nil, end, lost),
            (arrival, end, lost),
            // The sender dies before and after the broker has heard of the order.
            (nil, nil, lost),
            (arrival, nil, lost),
            (arrival, end, placed), (arrival, end, placed), (now, now, placed),
        ]
        let calm = now >= broker.calmFrom
        let kind = calm ? (now, now, placed) : kinds[Int.random(in: 0..<9, using: &random)]
        calls.append(
            Call(order: order.id, nonce: nonce, arrives: kind.0, ends: kind.1, result: kind.2))
    }

    private mutating func takeCalls() {
        for index in calls.indices {
            guard let arrives = calls[index].arrives, arrives <= now,
                let order = orders[calls[index].order]
            else { continue }
            calls[index].arrives = nil
            let number = broker.take(order, at: now, using: &random)
            if case .success = calls[index].result {
                calls[index].result = .success(Placed(number: number, status: "TRANSIT"))
            }
        }
        let ended = calls.filter { $0.arrives == nil && ($0.ends ?? now) <= now }
        calls.removeAll { $0.arrives == nil && ($0.ends ?? now) <= now }
        for call in ended where call.ends != nil {
            guard let order = orders[call.order] else { continue }
            let number = (try? call.result.get())?.number
            apply(
                Gateway.outcome(
                    of: order, nonce: call.nonce, result: call.result,
                    parked: number.flatMap { parked[$0] } ?? [], profile: gatewayProfile, now: now))
        }
    }

    private mutating func takeEvent() {
        guard let event = next(\.events) else { return }
        // Sometimes the socket does not know our correlation id.
        let named = chance(1, in: 3) ? nil : event.order
        let id = named ?? event.number.flatMap { numbers[$0] }
        let order = id.flatMap { orders[$0] }
        if order == nil, let number = event.number, trades.orders[number] != nil {
            return takeForeign([event], number, parked: 0)
        }
        let isAwaited = event.number.flatMap { foreignDue[$0] } != nil
        apply(
            OrderUpdateHub.decide(event: event, order: order, isAwaited: isAwaited, now: now))
    }

    private mutating func takeForeign(
        _ waiting: [BrokerEvent], _ number: OrderNumber, parked: Int
    ) {
        apply(
            OrderUpdateHub.byHand(
                waiting, number: number, parked: parked, trades: trades,
                positions: isOpen ? [position] : [], orders: Array(orders.values), now: now))
    }

    private mutating func takeDueNumber() {
        guard
            let number = foreignDue.filter({ $0.value <= now }).keys.sorted()
                .randomElement(using: &random)
        else { return }
        let waiting = parked[number] ?? []
        if waiting.isEmpty || numbers[number] != nil {
            apply([.unpark(number, waiting), .scheduleForeign(number, at: nil)])
        } else {
            takeForeign(waiting, number, parked: waiting.count)
        }
    }

    private mutating func takeUpdate() {
        guard let update = next(\.updates) else { return }
        apply(
            OrderUpdateHandler.decide(
                update: update, order: orders[update.order], position: position, day: day,
                charges: ChargeSchedule(), now: now))
    }

    private mutating func takeDueOrder() {
        let due = orderDue.filter { $0.value <= now }.keys.sorted()
        guard let id = due.randomElement(using: &random), let order = orders[id] else { return }
        switch Gateway.due(
            order, origin: origin, budget: budget, profile: gatewayProfile, now: now, wall: now)
        {
        case .place:
            handle(
                OrderRequest(
                    order: id, account: order.account, action: .place, at: now, trace: order.trace))
        case .look:
            let book = chance(1, in: 5) ? nil : broker.book(at: now)
            let number = book?.first { $0.correlation == id }?.number
            apply(
                Gateway.looked(
                    order, book: book.map { OrderBook($0) }, rule: absence,
                    parked: number.flatMap { parked[$0] } ?? [],
                    origin: origin,
                    profile: gatewayProfile, now: now, wall: now, asked: now))
        case .cancel(let number, let effects):
            apply(effects)
            hear(broker.cancel(number, at: now))
        case .commit(let effects):
            apply(effects)
        }
    }
}

extension SagaWorld {
    private mutating func check() {
        if broker.filled(.exit) + broker.byHand > broker.filled(.entry) {
            faults.append("P1: sold too much")
        }
        if broker.workingAttempts.count > 1 { faults.append("P2: \(broker.workingAttempts)") }
        if (position.status == .exiting) != (lock != nil) {
            faults.append("\(position.status) and the lock is \(lock == nil ? "free" : "held")")
        }
        if position.exitOrder != nil, !position.status.isClosed, exits.isEmpty {
            // Due times in the past are being worked on; too far in the future nobody would.
            guard let due = exitDue, due <= now + .seconds(64) else {
                faults.append("P3: \(position.status) with nobody to look at it")
                return
            }
        }
        for order in orders.values
        where !order.status.isFinished && orderDue[order.id] == nil {
            faults.append("\(order.id) is \(order.status) and unscheduled")
        }
    }
}
