package import Trading

/// Where the paper broker keeps its book. Its matcher works there, beside the gateway.
package protocol PaperStore: AnyObject {
    /// By the clock that orders and quotes have in common.
    func now() throws(BrokerError) -> EventTime
    /// Keeps the order and tells the event, both or neither. A number that is known already
    /// changes nothing.
    func place(_ order: PaperOrder, telling event: BrokerEvent) throws(BrokerError)
    /// Asks the matcher to cancel; refused where it is plain that it could not.
    func cancel(_ number: OrderNumber, of account: AccountID) throws(BrokerError)
    /// One consistent read of the account's orders.
    func orders(of account: AccountID) throws(BrokerError) -> [PaperOrder]
    /// Units held of each contract.
    func net(of account: AccountID) throws(BrokerError) -> [InstrumentID: Quantity]
}

/// The paper broker as a gateway sees it: the same calls and answers as a real one, answered
/// before the call returns.
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

    package func place(
        _ order: Order, nonce: Nonce, left: @escaping @Sendable () -> Void,
        _ answer: @escaping Answer<Placed>
    ) {
        let result = Result { () throws(BrokerError) in
            let number = OrderNumber("P-" + nonce.text)
            let accepted = PaperOrder(
                order, number: number, at: try store.now(), latency: profile.latency)
            try store.place(accepted, telling: accepted.event)
            return Placed(number: number, status: accepted.status.rawValue)
        }
        left()
        answer(result)
    }

    package func cancel(_ number: OrderNumber, _ answer: @escaping Answer<Void>) {
        answer(Result { () throws(BrokerError) in try store.cancel(number, of: account) })
    }

    package func orders(_ answer: @escaping Answer<OrderBook>) {
        answer(
            Result { () throws(BrokerError) in
                OrderBook(try store.orders(of: account).map(\.bookEntry))
            })
    }

    package func books(_ answer: @escaping Answer<BrokerBooks>) {
        answer(
            Result { () throws(BrokerError) in
                let orders = try store.orders(of: account).map(\.bookEntry)
                return BrokerBooks(orders: orders, net: try store.net(of: account))
            })
    }
}
