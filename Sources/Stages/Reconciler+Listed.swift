import Trading

extension Reconciler {
    /// What the day's order book says of one contract.
    struct Listed {
        /// What its orders come to.
        let traded: Quantity
        /// It lacks fills that are known here: it is older than they are.
        let isBehind: Bool
        /// A position is of an earlier day, of which this day's book has no order.
        let isCarried: Bool
        /// The most that was held when the day began.
        private let carriable: Quantity

        init(of contract: InstrumentID, _ books: BrokerBooks, _ ours: Ours, on day: Day) {
            traded = BrokerBooks(filledBy: books.orders).net[contract] ?? .zero
            let positions = ours.positions.filter { $0.contract.instrument == contract }
            let carried = positions.filter { $0.createdAt.day < day }
            isCarried = !carried.isEmpty
            var legs: [PositionID: [OrderPurpose: Quantity]] = [:]
            var byHand: [OrderNumber: Quantity] = [:]
            for listing in books.orders {
                if let id = listing.correlation ?? ours.owners[listing.number] {
                    legs[id.position, default: [:]][id.purpose, default: .zero] += listing.filled
                } else {
                    byHand[listing.number] = listing.filled
                }
            }
            carriable = carried.reduce(ours.trades.leftOut(of: contract)) { sum, position in
                sum + max(.zero, position.remaining) + (legs[position.id]?[.exit] ?? .zero)
            }
            isBehind =
                positions.contains { position in
                    let legs = legs[position.id] ?? [:]
                    return position.createdAt.day == day
                        && (legs[.entry] ?? .zero < position.entry.quantity
                            || legs[.exit] ?? .zero < position.exit.quantity)
                }
                || ours.trades.orders.contains { number, fill in
                    fill.instrument == contract && byHand[number] ?? .zero < fill.units
                }
        }

        /// Whether so much beside our positions may be believed. Where the orders do not come to
        /// what is held, one of the two is late: that exits leave more out, or less, would then
        /// strand units that are there, or sell what is gone.
        func allows(
            _ units: Quantity, _ before: HandTrades.Balance, _ net: Quantity
        ) -> Bool {
            if isBehind { return false }
            let carried = net - traded
            // Sold short is held for sure no more, whatever was carried.
            let isEven =
                isCarried
                ? net < .zero || (Quantity.zero...carriable).contains(carried) : carried == .zero
            return isEven || (before.sold == .zero && units > before.units)
        }
    }
}
