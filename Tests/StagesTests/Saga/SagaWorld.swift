import Stages
import Support
import Trading

/// One position with everything that it needs to live and to be closed, in memory: the stored
/// state, the streams as queues, the due times, and a model broker. Messages are redelivered and
/// reordered, senders die before, during and after their call.
struct SagaWorld {
    /// A call to the broker that has not ended; nil when its sender will never tell.
    struct Call {
        var order: CorrelationID
        var nonce: Nonce
        /// When the broker gets it; nil when it never does.
        var arrives: EventTime?
        var ends: EventTime?
        var result: Result<Placed, BrokerError>
    }

    var now = EventTime.at(10, 0)
    var random: SplitMix64
    var position: PositionTracker
    var orders: [CorrelationID: Order] = [:]
    var day: AccountDay
    var budget = OrderBudget()
    var broker: ModelBroker

    var exits: [ExitRequest] = []
    var requests: [OrderRequest] = []
    var events: [BrokerEvent] = []
    var updates: [OrderUpdate] = []
    var exitDue: EventTime?
    var orderDue: [CorrelationID: EventTime] = [:]
    var numbers: [OrderNumber: CorrelationID] = [:]
    var parked: [OrderNumber: [BrokerEvent]] = [:]
    var calls: [Call] = []
    var nonces = 0
    var lock: ExitLock?
    var trades = HandTrades(on: Fixtures.day)
    var foreignDue: [OrderNumber: EventTime] = [:]
    var isOpen = true

    var faults: [String] = []
    var deadLetters: [String] = []
    /// When somebody asks for the exit.
    let exitAt: EventTime
    /// When somebody sells of the position at the broker, by hand; nil in most worlds.
    var handAt: EventTime?

    let exitProfile = ExitProfile()
    let gatewayProfile = GatewayProfile()
    let absence = AbsenceRule(reads: 3, span: .seconds(10))
    /// The server is never restarted here.
    let origin = OrderOrigin(
        run: "run", since: EventTime(milliseconds: 0), wait: .seconds(13), position: "run")

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        let quantity = [35, 70, 700, 1_400][Int(seed % 4)]
        position = OrderFixtures.pending(quantity: quantity)
        day = OrderFixtures.day(with: position)
        exitAt = now + .milliseconds(Int.random(in: 0...30_000, using: &random))
        broker = ModelBroker(calmFrom: now + .seconds(90))
        if seed % 3 == 0 {
            handAt = now + .milliseconds(Int.random(in: 2_000...20_000, using: &random))
        }
        var entry = OrderFixtures.entryOrder(.accepted, of: position)
        entry.expiresAt = now + .seconds(10)
        apply([
            .place(entry), .scheduleOrder(entry.id, at: now + .seconds(1)),
            .sendOrder(
                OrderRequest(
                    order: entry.id, account: entry.account, action: .place, at: now,
                    trace: entry.trace)),
        ])
    }

    mutating func chance(_ one: Int, in count: Int) -> Bool {
        Int.random(in: 0..<count, using: &random) < one
    }

    /// Takes a random message, and sometimes leaves it to come again.
    mutating func next<Message>(_ queue: WritableKeyPath<SagaWorld, [Message]>) -> Message? {
        guard let index = self[keyPath: queue].indices.randomElement(using: &random) else {
            return nil
        }
        return chance(1, in: 6)
            ? self[keyPath: queue][index] : self[keyPath: queue].remove(at: index)
    }

    /// What the broker tells, as it arrives here.
    mutating func hear(_ told: [BrokerEvent]) {
        for event in told {
            let calm = now >= broker.calmFrom
            if !calm, chance(1, in: 5) { continue }
            events.append(event)
            if chance(1, in: 4) { events.append(event) }
        }
    }
}

extension SagaWorld {
    mutating func apply(_ decision: Decision) {
        switch decision {
        case .commit(let effects): apply(effects)
        case .deadLetter(let reason): deadLetters.append(reason)
        case .drop, .retry: break
        }
    }

    mutating func apply(_ effects: [Effect]) {
        for effect in effects { apply(effect) }
    }

    private mutating func apply(_ effect: Effect) {
        switch effect {
        case .save(let saved): position = saved
        case .place(let order): place(order)
        case .saveOrder(let order): orders[order.id] = order
        case .saveDay(let saved, _, _): day = saved
        case .saveBudget(let saved, _): budget = saved
        case .saveHandTrades(let saved, _): trades = saved
        case .sendExit(let request): exits.append(request)
        case .sendOrder(let request): requests.append(request)
        case .sendBrokerEvent(let event): events.append(event)
        case .sendUpdate(let update): updates.append(update)
        case .lock(_, let held), .renewLock(_, let held): lock = held
        case .unlock: lock = nil
        case .scheduleExit(_, let time): exitDue = time
        case .scheduleOrder(let id, let time): orderDue[id] = time
        case .addOpen: isOpen = true
        case .removeOpen: isOpen = false
        case .number(let number, let id): numbers[number] = id
        case .park(let event, let number): parked[number, default: []].append(event)
        case .scheduleForeign(let number, let time): foreignDue[number] = time
        case .discard(let number, _):
            parked[number] = nil
            foreignDue[number] = nil
        case .unpark(let number, let waiting):
            events += waiting
            parked[number] = nil
        case .sendPosition, .alarm, .calling, .verdict, .sendSignal, .watch, .requestExit, .open,
            .unreconciled, .unlessTradedByHand, .unlessOurs, .reconcile, .saveReconciliation,
            .saveLossLimit:
            break
        }
    }

    private mutating func place(_ order: Order) {
        if orders[order.id] != nil { faults.append("\(order.id) was placed twice") }
        if order.purpose == .exit {
            let earlier = orders.values.filter {
                $0.purpose == .exit && $0.id.attempt < order.id.attempt && !$0.status.isFinished
            }
            if !earlier.isEmpty { faults.append("P2: \(order.id) beside \(earlier[0].id)") }
            let asked = orders.values.filter {
                $0.purpose == .exit && $0.id.attempt == order.id.attempt
            }.reduce(order.quantity) { $0 + $1.quantity }
            let gone = position.exit.quantity + position.byHand.quantity
            if gone + asked > position.entry.quantity {
                faults.append("P1: \(order.id) asks for too much")
            }
        }
        orders[order.id] = order
    }
}
