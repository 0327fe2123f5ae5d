import Stages
import Trading

/// What the flattening of an account takes, how long its budget makes that wait, and what of it is
/// left.
enum FlattenPlan {
    /// Calls of the broker that count in the account's order budget: a cancel for each entry and
    /// each exit that works there, and for what is held now, an exit in slices.
    ///
    /// Left out is what nobody knows beforehand: further attempts of exits that are not filled,
    /// each with its cancels; and what an entry fills before its cancel. An exit that works now
    /// and fills in its time needs neither the cancel nor the next exit.
    ///
    /// - Parameter orders: of these positions, also finished ones.
    static func orders(_ positions: [PositionTracker], _ orders: [Order]) -> Int {
        // One that waits here to be sent is dropped without a call, or is an exit of what is held.
        let cancels = orders.filter { !$0.status.isFinished && $0.status != .accepted }
        return positions.reduce(cancels.count) { count, position in
            let contract = position.contract
            let exits = OrderSlices.slices(
                of: position.remaining, lot: contract.lot,
                freeze: contract.freezeQuantity > .zero ? contract.freezeQuantity : nil)
            return count + exits.count
        }
    }

    /// `alpha: 12 orders, the last can be sent in 1.2 s`
    static func text(_ account: AccountID, _ estimate: FlattenEstimate) -> String {
        let count = estimate.orders == 1 ? "1 order" : "\(estimate.orders) orders"
        let tenths = (estimate.span.milliseconds + 99) / 100
        let when = tenths == 0 ? "now" : "in \(tenths / 10).\(tenths % 10) s"
        return "\(account): \(count), the last can be sent \(when)"
    }

    /// What of an account is not flat by the broker's own books; nil for nothing.
    ///
    /// - Parameter symbols: names of contracts, where they are known here.
    static func left(_ books: BrokerBooks, _ symbols: [InstrumentID: String] = [:]) -> String? {
        func name(_ contract: InstrumentID) -> String { symbols[contract] ?? contract.text }
        let held = books.net.filter { $0.value != .zero }.sorted { $0.key < $1.key }
            .map { "\($0.value.text) \(name($0.key))" }
        let working = books.orders.filter {
            OrderUpdateHub.status(of: $0.status)?.isFinished != true
        }.map { "order \($0.number) \($0.status)" }.sorted()
        let unsettled = books.unsettled.sorted().map { "an order of \(name($0)) is unclear" }
        let open = held + books.elsewhere.sorted() + working + unsettled
        return open.isEmpty ? nil : open.joined(separator: ", ")
    }

    /// What is open of positions here: `35/70 BANKNIFTY-2025-12-30-59500.00-CE open here`, units
    /// held of units ordered.
    static func left(_ open: [StoredPosition]) -> String {
        open.map { "\($0.held ?? "?") \($0.fields[.symbol] ?? $0.id.text) open here" }
            .joined(separator: ", ")
    }

    /// The names of contracts that have been traded here.
    static func symbols(_ positions: [StoredPosition]) -> [InstrumentID: String] {
        let contracts = positions.compactMap(\.tracker).map(\.contract)
        return Dictionary(contracts.map { ($0.instrument, $0.symbol) }) { first, _ in first }
    }
}
