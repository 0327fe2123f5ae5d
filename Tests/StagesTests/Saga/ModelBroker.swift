import Support
import Trading

/// A broker that is honest about what it did, and careless about telling.
///
/// Its truth is its book. Events about it are lost, repeated and reordered; an order may become
/// visible in the book only seconds after it was taken.
struct ModelBroker {
    struct Entry {
        var order: Order
        var number: OrderNumber
        var status = "TRANSIT"
        var filled = Quantity.zero
        var value = Money.zero
        var visibleFrom: EventTime

        var isWorking: Bool { ["TRANSIT", "PENDING", "PART_TRADED"].contains(status) }
    }

    private(set) var entries: [Entry] = []
    /// From here on it tells everything and fills everything.
    var calmFrom: EventTime
    /// Sold at its own terminal.
    private(set) var byHand = Quantity.zero

    mutating func take(
        _ order: Order, at now: EventTime, using random: inout SplitMix64
    ) -> OrderNumber {
        let number = OrderNumber("M\(entries.count + 1)")
        let delay = Int.random(in: 0...9_000, using: &random)
        entries.append(
            Entry(order: order, number: number, visibleFrom: now + .milliseconds(delay)))
        return number
    }

    /// Orders that were placed by hand are in the book too.
    func book(at now: EventTime) -> [BrokerOrder] {
        entries.filter { $0.visibleFrom <= now }.map {
            BrokerOrder(
                number: $0.number, correlation: $0.order.id, status: $0.status,
                quantity: $0.order.quantity, filled: $0.filled, value: $0.value, reason: nil)
        } + [
            BrokerOrder(
                number: "hand", correlation: nil, status: "PENDING", quantity: Quantity(35),
                filled: .zero, value: .zero, reason: nil)
        ]
    }

    /// One thing happens to one working order.
    mutating func move(at now: EventTime, using random: inout SplitMix64) -> [BrokerEvent] {
        let working = entries.indices.filter { entries[$0].isWorking }
        guard let index = working.randomElement(using: &random) else { return [] }
        if entries[index].status == "TRANSIT" {
            let rejected = now < calmFrom && Int.random(in: 0..<5, using: &random) == 0
            entries[index].status = rejected ? "REJECTED" : "PENDING"
        } else {
            guard now >= calmFrom || Int.random(in: 0..<4, using: &random) == 0 else { return [] }
            fill(index, all: now >= calmFrom, using: &random)
        }
        return [event(of: entries[index], at: now)]
    }

    private mutating func fill(_ index: Int, all: Bool, using random: inout SplitMix64) {
        let left = entries[index].order.quantity - entries[index].filled
        let lots = Int.random(in: 1...max(1, left.units / 35), using: &random)
        let units = all ? left : min(left, Quantity(lots * 35))
        // Nobody may sell what the account does not hold.
        if entries[index].order.side == .sell, units > held {
            entries[index].status = "REJECTED"
            return
        }
        let price = Price(paise: 5 * Int.random(in: 1_800...2_200, using: &random))
        entries[index].filled += units
        entries[index].value += price * units
        let isFull = entries[index].filled == entries[index].order.quantity
        entries[index].status = isFull ? "TRADED" : "PART_TRADED"
    }

    mutating func cancel(_ number: OrderNumber, at now: EventTime) -> [BrokerEvent] {
        guard let index = entries.firstIndex(where: { $0.number == number }),
            entries[index].isWorking, entries[index].status != "TRANSIT"
        else { return [] }
        entries[index].status = "CANCELLED"
        return [event(of: entries[index], at: now)]
    }

    private func event(of entry: Entry, at now: EventTime) -> BrokerEvent {
        BrokerEvent(
            account: entry.order.account, source: "socket", number: entry.number,
            order: entry.order.id, instrument: entry.order.instrument, side: entry.order.side,
            status: entry.status, filled: entry.filled, value: entry.value,
            at: now)
    }

    private var held: Quantity { filled(.entry) - filled(.exit) - byHand }

    /// Some of what is held, and all of it now and then.
    mutating func sellByHand(at now: EventTime, using random: inout SplitMix64) {
        guard held > .zero else { return }
        let lots = held.units / 35
        byHand += Quantity(
            35 * (Bool.random(using: &random) ? lots : .random(in: 1...lots, using: &random)))
    }

    func handEvent(at now: EventTime, of position: PositionTracker) -> BrokerEvent? {
        guard byHand > .zero else { return nil }
        return BrokerEvent(
            account: position.account, source: "socket", number: "hand-1", order: nil,
            instrument: position.contract.instrument, side: .sell, status: "TRADED",
            filled: byHand, averagePrice: "99.00", at: now)
    }

    func filled(_ purpose: OrderPurpose) -> Quantity {
        entries.filter { $0.order.purpose == purpose }.reduce(.zero) { $0 + $1.filled }
    }

    func value(_ purpose: OrderPurpose) -> Money {
        entries.filter { $0.order.purpose == purpose }.reduce(.zero) { $0 + $1.value }
    }

    /// The exit attempts that could still sell.
    var workingAttempts: Set<Int> {
        Set(entries.filter { $0.isWorking && $0.order.purpose == .exit }.map(\.order.id.attempt))
    }
}
