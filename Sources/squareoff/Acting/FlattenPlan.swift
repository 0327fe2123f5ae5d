import Stages
import Trading

/// How many orders the flattening of an account takes, and how long its budget makes them wait.
enum FlattenPlan {
    /// Cancels of entries that work, and each exit in slices.
    static func orders(_ positions: [PositionTracker]) -> Int {
        positions.reduce(0) { count, position in
            let cancel = position.entry.working > 0 ? 1 : 0
            let held = max(0, position.remaining.units)
            let freeze = max(1, position.contract.freezeQuantity.units)
            return count + cancel + (held + freeze - 1) / freeze
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
    static func left(_ books: BrokerBooks) -> String? {
        let held = books.net.filter { $0.value != .zero }.sorted { $0.key < $1.key }
            .map { "\($0.value.text) \($0.key.text)" }
        let working = books.orders.filter {
            OrderUpdateHub.status(of: $0.status)?.isFinished != true
        }.map { "order \($0.number) \($0.status)" }.sorted()
        let open = held + working
        return open.isEmpty ? nil : open.joined(separator: ", ")
    }
}
