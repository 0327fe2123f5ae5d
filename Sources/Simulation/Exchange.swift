import Brokers
import MessageBus
import Trading

/// The broker and the exchange behind it. Its truth is its list of orders, which knows nothing of
/// positions; what it tells of them is late, doubled, out of order or lost.
final class Exchange {
    struct Listing {
        let number: OrderNumber
        let account: AccountID
        /// Nil for an order that was placed by hand.
        let order: CorrelationID?
        let instrument: InstrumentID
        let side: OrderSide
        let limit: Price?
        let quantity: Quantity
        /// When the book begins to show it.
        let visibleAt: EventTime
        var status = "TRANSIT"
        var filled = Quantity.zero
        var value = Money.zero
        var reason: String?

        var isWorking: Bool {
            status == "TRANSIT" || status == "PENDING" || status == "PART_TRADED"
        }
        var left: Quantity { quantity - filled }

        var bookEntry: BrokerOrder {
            BrokerOrder(
                number: number, correlation: order, instrument: instrument, side: side,
                status: status, quantity: quantity, filled: filled, value: value, reason: reason)
        }
    }

    private(set) var listings: [Listing] = []
    private var places: [OrderNumber: Int] = [:]
    /// Still to be told.
    private(set) var lateFills = 0
    private var agenda = Agenda<() -> Void>()
    unowned let world: World

    /// An accepted order is in the book within this time of the call that placed it.
    static let visibleWithin = 2_000
    /// Good looks over that time, counted from the sender's end.
    static let absence = AbsenceRule(reads: 3, span: .milliseconds(visibleWithin))

    init(_ world: World) { self.world = world }

    var nextAt: EventTime? { agenda.next }

    /// Does what is due.
    func run(until now: EventTime) {
        while let happening = agenda.take(until: now) { happening() }
    }

    func after(_ span: Span, _ happening: @escaping () -> Void) {
        agenda.add(world.now + span, happening)
    }

    subscript(number: OrderNumber) -> Listing? { places[number].map { listings[$0] } }

    /// The book of an account as it stands now. Orders that were placed by hand are in it too.
    /// What is held is the truth: the fills of an order that the book hides are in it.
    func books(of account: AccountID) -> BrokerBooks {
        let now = world.now
        let own = listings.filter { $0.account == account }
        let shown = own.filter { world.chance.isCalm || $0.visibleAt <= now }
        return BrokerBooks(
            orders: shown.map(\.bookEntry), net: BrokerBooks(filledBy: own.map(\.bookEntry)).net)
    }
}

extension Exchange {
    /// The order is in the list from here on.
    func accept(_ listing: Listing) {
        places[listing.number] = listings.count
        listings.append(listing)
        say("takes \(listing.text)")
        if let order = listing.order { world.ledger.accepted(listing, order) }
        after(world.chance.isCalm ? .milliseconds(5) : world.chance.span(0...120)) {
            [unowned self] in
            reachExchange(listing.number)
        }
    }

    private func reachExchange(_ number: OrderNumber) {
        change(number) { listing in
            guard listing.status == "TRANSIT" else { return false }
            let isRejected = listing.order != nil && world.chance.strikes(.reject)
            listing.status = isRejected ? "REJECTED" : "PENDING"
            if isRejected { listing.reason = "rejected by the exchange" }
            return true
        }
        tradeLater(number)
    }

    private func tradeLater(_ number: OrderNumber) {
        guard self[number]?.isWorking == true else { return }
        after(world.chance.isCalm ? .milliseconds(20) : world.chance.span(5...200)) {
            [unowned self] in
            if self[number]?.isWorking == true { trade(number) }
            tradeLater(number)
        }
    }

    private func trade(_ number: OrderNumber) {
        guard let listing = self[number], let price = world.market.price(for: listing),
            !world.chance.strikes(.resting)
        else { return }
        let lots = listing.left.units / Market.lot
        let isPartial = lots > 1 && world.chance.strikes(.partialFill)
        let units =
            isPartial ? Quantity(Market.lot * world.chance.number(1...(lots - 1))) : listing.left
        fill(number, units, at: price)
    }

    private func fill(_ number: OrderNumber, _ units: Quantity, at price: Price) {
        change(number) { listing in
            listing.filled += units
            listing.value += price * units
            listing.status = listing.filled == listing.quantity ? "TRADED" : "PART_TRADED"
            return true
        }
        if let listing = self[number], let order = listing.order {
            world.ledger.filled(listing, order, units, at: price)
        }
    }

    /// A cancel that has arrived. A fill may win.
    func cancel(_ number: OrderNumber) {
        guard let listing = self[number], listing.isWorking else { return }
        if listing.status != "TRANSIT", let price = world.market.price(for: listing),
            world.chance.strikes(.cancelRace)
        {
            let isAll = world.chance.one(in: 2) || listing.left.units <= Market.lot
            fill(number, isAll ? listing.left : Quantity(Market.lot), at: price)
        }
        change(number) { listing in
            guard listing.isWorking else { return false }
            listing.status = "CANCELLED"
            return true
        }
        if listing.side == .buy, self[number]?.status == "CANCELLED",
            world.chance.strikes(.lateFill)
        {
            lateFills += 1
            after(world.chance.span(50...2_500)) { [unowned self] in fillLate(number) }
        }
    }

    /// It had traded before it was cancelled. This message is not lost: a broker's book alone would
    /// tell of it, and nobody reads the book for an order that has ended.
    private func fillLate(_ number: OrderNumber) {
        guard let place = places[number], let price = listings[place].limit,
            let order = listings[place].order
        else {
            lateFills -= 1
            return
        }
        let units = Quantity(Market.lot)
        listings[place].filled += units
        listings[place].value += price * units
        if listings[place].left == .zero { listings[place].status = "TRADED" }
        say("\(listings[place].text), told late")
        world.ledger.filled(listings[place], order, units, at: price)
        let told = event(of: listings[place])
        after(world.chance.span(0...500)) { [unowned self] in
            lateFills -= 1
            world.deliver(told)
        }
    }

    private func change(_ number: OrderNumber, _ body: (inout Listing) -> Bool) {
        guard let place = places[number], body(&listings[place]) else { return }
        let listing = listings[place]
        say("\(listing.text)")
        tell(of: listing)
    }

    func say(_ what: @autoclosure () -> String) { world.story.tell("broker", what()) }
}

extension Exchange {
    /// What it says of an order, as the network carries it.
    private func tell(of listing: Listing) {
        let event = event(of: listing)
        if world.chance.strikes(.updateLost) {
            world.story.tell("network", "loses \(event.summary)")
            return
        }
        carry(event)
        if world.chance.strikes(.updateDuplicated) { carry(event) }
    }

    /// Sometimes the socket does not know our name of the order, and what it has filled to the
    /// paisa a unit only.
    private func event(of listing: Listing) -> BrokerEvent {
        let average = listing.value.average(over: listing.filled)
        let isRounded = average != nil && world.chance.strikes(.updateRounded)
        return BrokerEvent(
            account: listing.account, source: "socket", number: listing.number,
            order: world.chance.isCalm || !world.chance.one(in: 3) ? listing.order : nil,
            instrument: listing.instrument, side: listing.side, status: listing.status,
            filled: listing.filled, averagePrice: average,
            value: isRounded ? nil : listing.value, reason: listing.reason, at: world.now)
    }

    private func carry(_ event: BrokerEvent) {
        var delay = Span.milliseconds(2)
        if world.chance.strikes(.updateReordered) { delay = world.chance.span(20...600) }
        if world.chance.strikes(.updateLate) { delay = world.chance.span(1_000...9_000) }
        after(delay) { [unowned self] in world.deliver(event) }
    }
}

extension Exchange.Listing {
    var text: String {
        let name = order?.text ?? "by hand"
        let price = limit.map { " at \($0.text)" } ?? ""
        return "\(number) \(name) \(account) \(side.rawValue) \(quantity.text)\(price): \(status), "
            + "filled \(filled.text)"
    }
}

extension BrokerEvent {
    var summary: String {
        let name = [source, number?.text, order?.text].compactMap(\.self).joined(separator: " ")
        return "\(name) \(status), filled \(filled?.text ?? "-")"
    }
}

/// What is to happen when, in the order in which it was added where times are equal.
struct Agenda<Element> {
    private var items: [(at: EventTime, element: Element)] = []

    /// The latest first, so that the next one is taken from the end.
    mutating func add(_ time: EventTime, _ element: Element) {
        var (low, high) = (0, items.count)
        while low < high {
            let middle = (low + high) / 2
            if items[middle].at > time { low = middle + 1 } else { high = middle }
        }
        items.insert((time, element), at: low)
    }

    var next: EventTime? { items.last?.at }

    mutating func take(until now: EventTime) -> Element? {
        guard let last = items.last, last.at <= now else { return nil }
        items.removeLast()
        return last.element
    }
}
