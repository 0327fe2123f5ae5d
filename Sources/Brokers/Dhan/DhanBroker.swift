package import Trading

/// DhanHQ as a gateway sees it.
package struct DhanBroker: Broker {
    private let client: DhanClient

    package init(client: DhanClient) { self.client = client }

    /// Assumption: an order that was accepted is in a book within ten seconds.
    package var absence: AbsenceRule { AbsenceRule(reads: 3, span: .seconds(10)) }

    package func place(
        _ order: Order, nonce: Nonce, left: @escaping @Sendable () -> Void,
        _ answer: @escaping Answer<Placed>
    ) {
        client.place(DhanOrderRequest(order), left: left) { answer($0.mapError(\.broker)) }
    }

    package func cancel(_ number: OrderNumber, _ answer: @escaping Answer<Void>) {
        client.cancel(number) { answer($0.map { _ in }.mapError(\.broker)) }
    }

    package func orders(_ answer: @escaping Answer<[BrokerOrder]>) {
        books { answer($0.map(\.orders)) }
    }

    /// One good read of order book, trade book and positions.
    package func books(_ answer: @escaping Answer<BrokerBooks>) {
        answer(.failure(.notSent("not built")))
    }
}
