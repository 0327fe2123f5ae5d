import Trading

extension Reconciler {
    /// One read of the books against what is stored here.
    struct Comparison {
        let books: BrokerBooks
        let ours: Ours
        let now: EventTime
        let asked: EventTime
        var record: Reconciliation
        var effects: [Effect] = []
        /// Contracts whose orders at the broker are not all known here as the book has them.
        var unsettled: Set<InstrumentID> = []
        /// Something waits for the next read.
        var isOpen = false

        init(_ books: BrokerBooks, _ ours: Ours, now: EventTime, asked: EventTime) {
            self.books = books
            self.ours = ours
            self.now = now
            self.asked = asked
            record = ours.record
            record.missing = []
            unsettled = books.unsettled
        }
    }
}

extension Reconciler.Comparison {
    /// How long the hub may take to know a fill by hand before it is told again: it waits ten
    /// seconds for the number to become one of ours.
    private static let patience = Span.seconds(60)

    mutating func compareOrders() {
        for listing in books.orders {
            guard let id = listing.correlation ?? ours.owners[listing.number] else {
                compare(byHand: listing)
                continue
            }
            if let order = ours.orders[id] {
                compare(listing, with: order)
            } else {
                compare(forgotten: listing, id)
            }
        }
    }

    /// The hub says whether there is news in it, and reads it as any other word of the broker.
    private mutating func compare(_ listing: BrokerOrder, with order: Order) {
        let event = BrokerEvent(listing, of: order, ours.account, at: now)
        guard
            case .commit(let consequences) = OrderUpdateHub.decide(
                event: event, order: order, now: now)
        else { return }
        unsettled.insert(order.instrument)
        isOpen = true
        // What a person must see is seen once, and not at each read.
        let isAlarming = consequences.contains { if case .alarm = $0 { true } else { false } }
        let words = "\(listing.status)/\(listing.filled.text)"
        if isAlarming, ours.record.told[listing.number.key]?.what == words { return }
        if isAlarming { record.told[listing.number.key] = .init(words, at: asked) }
        effects.append(.sendBrokerEvent(event))
    }

    private mutating func compare(byHand listing: BrokerOrder) {
        // Around midnight a book may still be that of the day before, which is accounted for.
        if let day = listing.day, day < now.day { return }
        let known = ours.trades.orders[listing.number]
        if let instrument = listing.instrument, known?.units ?? .zero < listing.filled {
            unsettled.insert(instrument)
            if listing.side == .sell { record.missing.insert(instrument) }
            isOpen = true
        } else {
            // It changes nothing that is held, and is a notice.
            guard known == nil, ours.record.told[listing.number.key] == nil else { return }
        }
        let told = ours.record.told[listing.number.key]
        if let told, told.what == listing.filled.text, asked - told.at < Self.patience { return }
        record.told[listing.number.key] = .init(listing.filled.text, at: asked)
        effects.append(.sendBrokerEvent(BrokerEvent(listing, of: nil, ours.account, at: now)))
    }

    /// It was sent from here, and the server has forgotten it with the end of its log.
    private mutating func compare(forgotten listing: BrokerOrder, _ id: CorrelationID) {
        let position = ours.positions.first { $0.id == id.position }
        if let instrument = listing.instrument ?? position?.contract.instrument, position != nil {
            unsettled.insert(instrument)
        }
        guard ours.record.told[listing.number.key] == nil else { return }
        record.told[listing.number.key] = .init(listing.filled.text, at: asked)
        let what =
            "order \(id) is at the broker as \(listing.number), "
            + "\(listing.filled.text) of \(listing.quantity.text) filled, and was forgotten here"
        guard let position, id.purpose == .exit else {
            effects.append(
                .alarm(
                    ours.alarm(.critical, what + ": close by hand what it holds", now: now)))
            return
        }
        // Claimed again, the exit has the same name; who sends it finds it in the book first.
        effects += [
            .sendExit(
                ExitRequest(
                    position: position.id, account: ours.account, reason: .lateFill,
                    evidence: what, askedBy: Reconciler.name, at: now)),
            .alarm(
                ours.alarm(.critical, what + ": the exit goes on", position: position, now: now)),
        ]
    }
}

extension OrderNumber {
    /// Under which it is remembered that something was said of it.
    fileprivate var key: String { "order:\(text)" }
}

extension BrokerEvent {
    fileprivate init(
        _ listing: BrokerOrder, of order: Order?, _ account: AccountID, at now: EventTime
    ) {
        self.init(
            account: account, source: Reconciler.name, number: listing.number, order: order?.id,
            instrument: listing.instrument ?? order?.instrument, side: listing.side ?? order?.side,
            status: listing.status, filled: listing.filled, value: listing.value,
            precision: listing.precision, reason: listing.reason, at: now)
    }
}
