import Brokers
import Trading

/// Looks whether accounts are flat: here, and where nothing is open here, in the broker's own
/// books. All books are asked for at once: a broker that is silent about one account makes the
/// look at all of them 15 s long, and no longer.
struct FlatSights {
    /// For each look a connection of its own: a server that was away for one is back for the next.
    let lookout: () throws -> Lookout
    let client: (AccountID) -> DhanClient

    func look(_ accounts: [AccountID]) -> [AccountID: FlatWatch.Sight] {
        let positions: [StoredPosition]
        do {
            positions = try lookout().positions()
        } catch {
            return accounts.reduce(into: [:]) { $0[$1] = .left("\(error)") }
        }
        let open = Dictionary(grouping: positions.filter { !$0.isClosed }) { $0.fields[.account] }
        let symbols = FlattenPlan.symbols(positions)
        let closed = accounts.filter { open[$0.text] == nil }
        let books: [AccountID: Result<BrokerBooks, BrokerError>] = Awaited.each(closed) {
            DhanBroker(client: client($0)).books($1)
        }
        return accounts.reduce(into: [:]) { sights, account in
            sights[account] =
                open[account.text].map { FlatWatch.Sight.left(FlattenPlan.left($0)) }
                ?? Self.sight(books[account], symbols)
        }
    }

    /// - Parameter books: nil where nothing came in time. Unreadable is never flat.
    private static func sight(
        _ books: Result<BrokerBooks, BrokerError>?, _ symbols: [InstrumentID: String]
    ) -> FlatWatch.Sight {
        switch books {
        case .success(let books): FlatWatch.Sight(FlattenPlan.left(books, symbols))
        case .failure(let error): .left("the books cannot be read: \(error)")
        case nil: .left("the books cannot be read: no answer")
        }
    }
}
