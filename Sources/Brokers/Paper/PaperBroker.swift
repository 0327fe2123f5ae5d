package import Trading

/// Where the paper broker keeps its book. Its matcher works there, beside the gateway.
package protocol PaperStore: Sendable {
    /// Keeps the order and tells the event, both or neither. A number that is known already
    /// changes nothing.
    func place(_ order: PaperOrder, telling event: BrokerEvent) async throws(BrokerError)
    /// Asks the matcher to cancel.
    func cancel(_ number: OrderNumber, of account: AccountID) async throws(BrokerError)
    /// One consistent read of the account's orders.
    func orders(of account: AccountID) async throws(BrokerError) -> [PaperOrder]
}

/// The paper broker as a gateway sees it: the same calls and answers as a real one.
package struct PaperBroker: Broker {
    private let account: AccountID
    private let store: any PaperStore
    private let profile: PaperProfile

    package init(account: AccountID, store: any PaperStore, profile: PaperProfile) {
        self.account = account
        self.store = store
        self.profile = profile
    }

    /// The store is consistent: what one read does not show is not there. The gateway waits for
    /// the sender's longest life all the same.
    package var absence: AbsenceRule { AbsenceRule(reads: 1, span: .zero) }

    package func place(_ order: Order, nonce: Nonce) async throws(BrokerError) -> Placed {
        let number = OrderNumber("P-" + nonce.text)
        // The mark and not the clock: the order's times do not depend on the worker's speed.
        let accepted = PaperOrder(
            order, number: number, at: order.markedAt ?? order.acceptedAt,
            latency: profile.latency)
        try await store.place(accepted, telling: accepted.event)
        return Placed(number: number, status: accepted.status.rawValue)
    }

    package func cancel(_ number: OrderNumber) async throws(BrokerError) {
        try await store.cancel(number, of: account)
    }

    package func orders() async throws(BrokerError) -> [BrokerOrder] {
        try await store.orders(of: account).map(\.bookEntry)
    }
}
