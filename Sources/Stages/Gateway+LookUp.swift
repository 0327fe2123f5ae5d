package import Trading

extension Gateway {
    /// Looks without a trace after which an order that the broker had acknowledged is an alarm.
    static let looksUntilAlarm = 6

    /// What a look into the broker's book says of an order.
    ///
    /// Absent is an order that as many good looks as the rule asks did not find, over the rule's
    /// time, counted from the mark plus the longest life of its sender: before that, the order
    /// could still be on its way. An exit whose units are held no more is doubted for a minute
    /// longer: it may have filled, and the order book be late. One that is asked for before it is
    /// sent is never absent, but ``unsent(_:_:book:profile:now:wall:)``.
    ///
    /// A book is of its day. An order of an earlier day that is in none any more has ended with its
    /// day, with the fills that are known.
    ///
    /// - Parameters:
    ///   - origin: what a run of the server before can have done with it.
    ///   - asked: when the book was asked for, by the wall's clock, by which senders live and looks
    ///     are spaced. Its answer may have waited for a gateway that was frozen, and what an old
    ///     book does not show proves nothing of later.
    ///   - book: nil when it could not be read. Unreadable is not empty: nothing is concluded. One
    ///     that is not whole shows what is there, and proves no absence.
    ///   - left: what its position has still to sell; nil where that is not known.
    ///   - parked: messages that came for the found number before it was known.
    package static func looked(
        _ order: Order, book: OrderBook?, rule: AbsenceRule, left: Quantity? = nil,
        parked: [BrokerEvent] = [],
        origin: OrderOrigin, profile: GatewayProfile, now: EventTime, wall: EventTime,
        asked: EventTime
    ) -> [Effect] {
        guard let book else {
            return order.lacksValue
                ? valued(order, [], profile: profile, now: now)
                : [.scheduleOrder(order.id, at: now + profile.retryAfter)]
        }
        let found = entries(of: order, in: book)
        if order.lacksValue {
            return valued(order, found, profile: profile, now: now)
        }
        guard let first = entry(of: order, in: book) else {
            guard book.isWhole else {
                return [.scheduleOrder(order.id, at: now + profile.retryAfter)]
            }
            guard order.status == .unknown, order.run != nil else {
                return notFound(
                    order, in: book, left: left, rule: rule, profile: profile, now: now, wall: wall,
                    asked: asked)
            }
            return unsent(
                order, origin, book: SeenBook(book, asked: asked), profile: profile, now: now,
                wall: wall)
        }
        return self.found(
            order, as: BrokerOrder(summing: found, first: first), parked: parked, profile: profile,
            now: now) + duplicates(of: order, found, now: now)
    }

    private static func entries(of order: Order, in book: OrderBook) -> [BrokerOrder] {
        book.orders.filter {
            $0.correlation == order.id || (order.number != nil && $0.number == order.number)
        }
    }

    /// The one that the order goes by: its own. Of several under one correlation id it is one that
    /// still works: while the order does, they are cancelled one after the other.
    package static func entry(of order: Order, in book: OrderBook) -> BrokerOrder? {
        let found = entries(of: order, in: book)
        let own = found.first { $0.number == order.number }
        if let own, own.isWorking { return own }
        return found.first(where: \.isWorking) ?? own ?? found.first
    }

    private static func found(
        _ order: Order, as entry: BrokerOrder, parked: [BrokerEvent], profile: GatewayProfile,
        now: EventTime
    ) -> [Effect] {
        var known = order
        known.number = entry.number
        known.looks = 0
        known.firstLookAt = nil
        if order.status == .unknown {
            known.status = .sent
            known.error = nil
            known.sentAt = order.sentAt ?? now
            known.run = nil
        }
        var effects: [Effect] = known == order ? [] : [.saveOrder(known)]
        if order.number == nil {
            effects += [.number(entry.number, order.id), .unpark(entry.number, parked)]
        }
        let pause = order.isExpired(at: now) ? profile.retryAfter : profile.pollEvery
        return effects + [
            .sendBrokerEvent(BrokerEvent(known, seen: entry, at: now)),
            .scheduleOrder(order.id, at: now + pause),
        ]
    }

    private static func notFound(
        _ order: Order, in book: OrderBook, left: Quantity?, rule: AbsenceRule,
        profile: GatewayProfile, now: EventTime, wall: EventTime, asked: EventTime
    ) -> [Effect] {
        var missed = order
        missed.looks += 1
        let first = order.firstLookAt ?? asked
        missed.firstLookAt = first
        let isOver = order.day < now.day
        guard order.status == .unknown || isOver else {
            var effects: [Effect] = [.saveOrder(missed)]
            if missed.looks == looksUntilAlarm {
                effects.append(
                    alarm(
                        .critical, order, "order \(order.id) is in no book of the broker", now: now)
                )
            }
            return effects + [.scheduleOrder(order.id, at: now + profile.pollEvery)]
        }
        let marked = order.markedAt ?? order.acceptedAt
        guard asked >= marked else {
            return [.scheduleOrder(order.id, at: now + profile.retryAfter)]
        }
        let proven = max(first + rule.span, marked + profile.senderLife + rule.span)
        let end = order.status == .unknown ? OrderStatus.absent : .expired
        guard missed.looks >= rule.reads, asked >= proven else {
            // From now, and not from when the book was asked for: its answer may be seconds old.
            let spacing = (proven - wall).milliseconds / max(1, rule.reads - missed.looks)
            let pause = max(profile.retryAfter, Span(milliseconds: spacing))
            return [.saveOrder(missed), .scheduleOrder(order.id, at: now + pause)]
        }
        let isDoubted = end == .absent && mayHaveSold(order, book, left)
        if isDoubted, asked < proven + longestDoubt {
            return [.saveOrder(missed), .scheduleOrder(order.id, at: now + profile.retryAfter)]
        }
        let message =
            "order \(order.id) is in no book of the broker, and what it was to sell is not held: "
            + "it may have filled"
        return (isDoubted ? [alarm(.critical, order, message, now: now)] : []) + [
            .saveOrder(missed),
            .sendUpdate(
                OrderUpdate(
                    order: order.id, account: order.account, status: end, number: nil,
                    filled: nil, value: nil, reason: "not in the broker's book", source: name,
                    at: now)),
            .scheduleOrder(order.id, at: now + profile.pollEvery),
        ]
    }

    /// How long an exit is not called absent while its units are held no more. The next attempt
    /// would sell them twice; beyond that, a list of positions that stays empty would strand them.
    static let longestDoubt = Span.seconds(60)

    /// - Parameter left: of all slices together.
    private static func mayHaveSold(
        _ order: Order, _ book: OrderBook, _ left: Quantity?
    ) -> Bool {
        guard order.purpose == .exit, let net = book.net else { return false }
        return net[order.instrument] ?? .zero < left ?? order.quantity
    }

    /// The broker does not dedupe: each order under our correlation id is ours, and must be seen
    /// by a person. All their numbers lead to the one order.
    private static func duplicates(
        of order: Order, _ found: [BrokerOrder], now: EventTime
    ) -> [Effect] {
        guard found.count > 1 else { return [] }
        let numbers = found.map(\.number.text).joined(separator: ", ")
        let message = "order \(order.id) is at the broker \(found.count) times: \(numbers)"
        return found.map { .number($0.number, order.id) } + [
            alarm(.critical, order, message, now: now)
        ]
    }

    static func alarm(
        _ severity: Severity, _ order: Order, _ message: String, now: EventTime
    ) -> Effect {
        .alarm(
            Alarm(
                severity, stage: name, message: message, account: order.account,
                position: order.position, trace: order.trace, at: now))
    }
}

extension BrokerOrder {
    /// Several orders under one correlation id as one: their fills add up.
    ///
    /// - Parameter first: one that works, if any does: then all do.
    init(summing orders: [BrokerOrder], first: BrokerOrder) {
        self = first
        for order in orders where order.number != first.number {
            quantity += order.quantity
            filled += order.filled
            value += order.value
            precision = min(precision, order.precision)
        }
    }

    fileprivate var isWorking: Bool { OrderUpdateHub.status(of: status)?.isFinished != true }
}

extension BrokerEvent {
    init(_ order: Order, seen entry: BrokerOrder, at now: EventTime) {
        self.init(
            account: order.account, source: "lookup", number: order.number ?? entry.number,
            order: order.id, status: entry.status, filled: entry.filled, value: entry.value,
            precision: entry.precision, reason: entry.reason, at: now)
    }
}
