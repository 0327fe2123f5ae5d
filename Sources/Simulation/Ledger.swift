import Trading

/// What the broker has done for each position, told by the orders' correlation ids, and what it
/// must never have done. It knows nothing of what the pipeline believes.
final class Ledger {
    struct Side {
        var units = Quantity.zero
        var value = Money.zero
    }

    struct Account {
        var bought = Side()
        var sold = Side()
        /// Numbers of exit orders that may still fill.
        var exits: [OrderNumber] = []
        var sent: Set<CorrelationID> = []
    }

    private struct Holding: Hashable {
        var account: AccountID
        var instrument: InstrumentID
    }

    private(set) var positions: [PositionID: Account] = [:]
    private var net: [Holding: Int] = [:]
    unowned let world: World

    init(_ world: World) { self.world = world }

    func accepted(_ listing: Exchange.Listing, _ order: CorrelationID) {
        var account = positions[order.position] ?? Account()
        if !account.sent.insert(order).inserted {
            world.broken("P2: order \(order) is at the broker twice")
        }
        if order.purpose == .exit { admit(listing, order, &account) }
        positions[order.position] = account
    }

    /// Of another attempt, none may work beside it; and all that work together may not sell more
    /// than there is.
    private func admit(
        _ listing: Exchange.Listing, _ order: CorrelationID, _ account: inout Account
    ) {
        account.exits.removeAll { world.exchange[$0]?.isWorking != true }
        let working = account.exits.compactMap { world.exchange[$0] }
        for other in working where other.order?.attempt != order.attempt {
            world.broken(
                "P2: \(other.order?.text ?? "") still works at the broker beside \(order)")
        }
        account.exits.append(listing.number)
        let open = working.reduce(listing.quantity) { $0 + $1.left }
        if account.sold.units + open > account.bought.units {
            world.broken(
                "P1: \(order) could sell \(open.text) more, of \(account.bought.units.text) bought "
                    + "\(account.sold.units.text) are sold")
        }
    }

    func filled(
        _ listing: Exchange.Listing, _ order: CorrelationID, _ units: Quantity, at price: Price
    ) {
        let side = order.purpose == .entry ? \Account.bought : \Account.sold
        positions[order.position, default: Account()][keyPath: side].units += units
        positions[order.position, default: Account()][keyPath: side].value += price * units
        let account = positions[order.position] ?? Account()
        if account.sold.units > account.bought.units {
            world.broken(
                "P1: \(order.position) sold \(account.sold.units.text) of "
                    + "\(account.bought.units.text) at the broker")
        }
        let holding = Holding(account: listing.account, instrument: listing.instrument)
        net[holding, default: 0] += listing.side == .buy ? units.units : -units.units
        if net[holding, default: 0] < 0 {
            world.broken("P1: \(listing.account) is short of \(listing.instrument)")
        }
    }
}
