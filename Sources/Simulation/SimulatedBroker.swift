import Brokers
import Trading

/// One account at the exchange, as one gateway reaches it over a bad line.
struct SimulatedBroker: Broker {
    let account: AccountID
    let life: Life
    unowned let world: World

    private var exchange: Exchange { world.exchange }
    private var isSabotaged: Bool { world.plan.sabotage == .lookup }

    var absence: AbsenceRule {
        isSabotaged ? AbsenceRule(reads: 1, span: .zero) : Exchange.absence
    }

    func place(
        _ order: Order, nonce: Nonce, left: @escaping @Sendable () -> Void,
        _ answer: @escaping Answer<Placed>
    ) {
        guard world.survives(life, before: "place \(order.id)") else { return }
        let outcome = Placing(&world.chance)
        world.story.tell(life.name, "calls the broker: place \(order.id), \(outcome)")
        var number: OrderNumber?
        let journey = world.chance.isCalm ? .zero : world.chance.span(0...400)
        if outcome.arrives {
            number = world.nextNumber()
            if let number { send(order, as: number, after: journey) }
        }
        reply(after: outcome.answersAfter ?? journey, answer, outcome.result(number))
        world.pass(life, afterCalling: "place")
    }

    private func send(_ order: Order, as number: OrderNumber, after journey: Span) {
        let isHidden = world.chance.strikes(.hidden)
        let listing = Exchange.Listing(
            number: number, account: account, order: order.id, instrument: order.instrument,
            side: order.side, limit: order.price, quantity: order.quantity,
            visibleAt: isHidden
                ? world.now + world.chance.span(journey.milliseconds...Exchange.visibleWithin)
                : world.now + journey)
        // Before the answer, which may come at the same moment.
        if journey == .zero {
            exchange.accept(listing)
        } else {
            exchange.after(journey) { [exchange] in exchange.accept(listing) }
        }
    }

    func cancel(_ number: OrderNumber, _ answer: @escaping Answer<Void>) {
        guard world.survives(life, before: "cancel \(number)") else { return }
        world.story.tell(life.name, "calls the broker: cancel \(number)")
        if world.chance.strikes(.cancelLost) {
            reply(after: .seconds(1), answer, .failure(.unknown("time-out")))
        } else {
            exchange.cancel(number)
            reply(after: .zero, answer, .success(()))
        }
        world.pass(life, afterCalling: "cancel")
    }

    func orders(_ answer: @escaping Answer<OrderBook>) {
        read(answer, \.book, sabotaged: [])
    }

    func books(_ answer: @escaping Answer<BrokerBooks>) {
        read(answer, \.self, sabotaged: nil)
    }

    /// - Parameter sabotaged: what a broken client makes of an unreadable book; nil for a failure.
    private func read<Value: Sendable>(
        _ answer: @escaping Answer<Value>, _ part: KeyPath<BrokerBooks, Value>, sabotaged: Value?
    ) {
        guard world.survives(life, before: "read the book") else { return }
        if world.chance.strikes(.unreadableBook) {
            let unread: Result<Value, BrokerError> = .failure(.unknown("half a body"))
            let believed = isSabotaged ? sabotaged : nil
            reply(after: .zero, answer, believed.map { .success($0) } ?? unread)
        } else {
            reply(after: .zero, answer, .success(exchange.books(of: account)[keyPath: part]))
        }
        world.pass(life, afterCalling: "read the book")
    }

    /// Nobody hears an answer who has died meanwhile.
    private func reply<Value: Sendable>(
        after span: Span, _ answer: @escaping Answer<Value>, _ result: Result<Value, BrokerError>
    ) {
        let delay = world.chance.strikes(.lateAnswer) ? world.chance.span(50...800) : span
        guard delay > .zero, !world.chance.isCalm else {
            life.hasNews = true
            return answer(result)
        }
        exchange.after(delay) { [life, world] in
            guard !life.isDead else { return }
            world.story.tell("broker", "answers \(life.name)")
            life.hasNews = true
            answer(result)
        }
    }
}

/// How placing an order goes.
private enum Placing {
    case taken, refused, notSent(String), timeout(arrives: Bool), broken(arrives: Bool)

    init(_ chance: inout Chance) {
        if chance.strikes(.refused) {
            self = .refused
        } else if chance.strikes(.notSent) {
            self = .notSent("connection refused")
        } else if chance.strikes(.throttled) {
            self = .notSent("429")
        } else if chance.strikes(.timeoutBefore) {
            self = .timeout(arrives: false)
        } else if chance.strikes(.timeoutAfter) {
            self = .timeout(arrives: true)
        } else if chance.strikes(.serverError) {
            self = .broken(arrives: chance.one(in: 2))
        } else {
            self = .taken
        }
    }

    var arrives: Bool {
        switch self {
        case .taken: true
        case .refused, .notSent: false
        case .timeout(let arrives), .broken(let arrives): arrives
        }
    }

    /// Nil for with the order's arrival.
    var answersAfter: Span? {
        switch self {
        case .timeout: .milliseconds(900)
        case .refused, .notSent: .zero
        case .taken, .broken: nil
        }
    }

    func result(_ number: OrderNumber?) -> Result<Placed, BrokerError> {
        switch self {
        case .taken: .success(Placed(number: number ?? "", status: "TRANSIT"))
        case .refused: .failure(.refused("no margin"))
        case .notSent(let reason): .failure(.notSent(reason))
        case .timeout: .failure(.unknown("time-out"))
        case .broken: .failure(.unknown("502"))
        }
    }
}

extension BrokerBooks {
    fileprivate var book: OrderBook { OrderBook(orders, net: net) }
}
