import Trading

/// The book of a broker and its exchange, which knows nothing of the pipeline but what it is
/// asked. Time is an argument; what happens is told in ledger lines.
struct Exchange {
    /// What befalls an order at some time.
    enum Step: Sendable {
        case open
        /// So much of it, in hundredths, is filled from then on.
        case fill(Int)
        case reject, cancel
        case fillAfterAll
    }

    struct Order {
        let number: String
        let ticket: ExchangeCall.Ticket
        let fate: Fate
        /// In the book from here on.
        let shownAt: Int
        var status = Status.transit
        var filled = 0
        var cancels = 0

        var value: Int { filled * (ticket.price ?? Exchange.marketPrice) }
    }

    enum Status: String, Codable, Sendable {
        case transit = "TRANSIT"
        case pending = "PENDING"
        case partTraded = "PART_TRADED"
        case traded = "TRADED"
        case rejected = "REJECTED"
        case cancelled = "CANCELLED"

        var isWorking: Bool { self == .transit || self == .pending || self == .partTraded }
    }

    /// What an order without a limit fills at, in paise.
    private static let marketPrice = 60_00

    private var orders: [String: Order] = [:]
    private var numbers: [String: [String]] = [:]
    private var agenda: [(at: Int, number: String, step: Step)] = []

    /// Nothing is planned.
    var isQuiet: Bool { agenda.isEmpty }

    mutating func accept(_ ticket: ExchangeCall.Ticket, _ fate: Fate, now: Int) -> LedgerLine {
        let order = Order(
            number: String(1_000_001 + orders.count), ticket: ticket, fate: fate,
            shownAt: now + fate.hidden)
        orders[order.number] = order
        numbers[ticket.account, default: []].append(order.number)
        let after = now + fate.pause
        plan(.open, order, at: after)
        switch fate.course {
        case .fill: plan(.fill(100), order, at: after)
        case .fillInParts:
            plan(.fill(fate.share), order, at: after)
            plan(.fill(100), order, at: after + fate.pause)
        case .rest: break
        case .restInPart: plan(.fill(fate.share), order, at: after)
        case .reject: plan(.reject, order, at: after)
        }
        return LedgerLine(order, .accepted, at: now)
    }

    /// - Returns: why not; nil when it was taken, which does not say that it will be done.
    mutating func cancel(_ number: String, now: Int) -> String? {
        guard var order = orders[number] else { return "no such order" }
        guard order.status.isWorking else { return "order is \(order.status.rawValue)" }
        order.cancels += 1
        orders[number] = order
        let after = now + order.fate.pause
        switch order.fate.cancel {
        case .lost where order.cancels == 1: break
        case .filledFirst:
            plan(.fill(100), order, at: after)
        case .filledInPart:
            plan(.fill(order.fate.share), order, at: after)
            plan(.cancel, order, at: after + 5)
        case .done, .lost:
            plan(.cancel, order, at: after)
            if order.fate.fillsAfterAll { plan(.fillAfterAll, order, at: after + 1_000) }
        }
        return nil
    }

    func book(of account: String, now: Int) -> [ExchangeAnswer.Line] {
        (numbers[account] ?? []).compactMap { orders[$0] }.filter { $0.shownAt <= now }.map {
            ExchangeAnswer.Line(
                number: $0.number, order: $0.ticket.order, instrument: $0.ticket.instrument,
                side: $0.ticket.side, status: $0.status.rawValue,
                quantity: $0.ticket.quantity, filled: $0.filled, value: $0.value)
        }
    }

    /// All that was due by now.
    mutating func run(now: Int) -> [LedgerLine] {
        let due = agenda.filter { $0.at <= now }
        guard !due.isEmpty else { return [] }
        agenda.removeAll { $0.at <= now }
        return due.compactMap { take($0.step, of: $0.number, now: now) }
    }

    private mutating func plan(_ step: Step, _ order: Order, at time: Int) {
        // Earliest first; of two at one time, the one that was planned first.
        let place = agenda.lastIndex { $0.at <= time }.map { $0 + 1 } ?? 0
        agenda.insert((time, order.number, step), at: place)
    }

    private mutating func take(_ step: Step, of number: String, now: Int) -> LedgerLine? {
        guard var order = orders[number] else { return nil }
        let isLate = if case .fillAfterAll = step { true } else { false }
        guard order.status.isWorking || (isLate && order.status == .cancelled) else { return nil }
        let event: LedgerLine.Event
        switch step {
        case .open:
            guard order.status == .transit else { return nil }
            (order.status, event) = (.pending, .opened)
        case .fill(let share):
            // In whole units, and at least one.
            let units = max(1, order.ticket.quantity * share / 100)
            guard units > order.filled else { return nil }
            order.filled = units
            order.status = units == order.ticket.quantity ? .traded : .partTraded
            event = .filled
        case .fillAfterAll:
            guard order.filled < order.ticket.quantity else { return nil }
            order.filled = order.ticket.quantity
            event = .filled
        case .reject: (order.status, event) = (.rejected, .finished)
        case .cancel: (order.status, event) = (.cancelled, .finished)
        }
        orders[number] = order
        return LedgerLine(order, event, at: now)
    }
}
