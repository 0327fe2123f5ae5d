package import Trading

extension DhanClient {
    /// Places one order, once: no answer ever makes the client send it again.
    ///
    /// - Parameter left: as in ``Broker/place(_:nonce:left:_:)``.
    package func place(
        _ order: DhanOrderRequest, left: @escaping @Sendable () -> Void,
        _ answer: @escaping Answer<Placed>
    ) { left(); notBuilt(answer) }

    /// Places an order above the freeze quantity; the broker splits it.
    package func placeSliced(
        _ order: DhanOrderRequest, left: @escaping @Sendable () -> Void,
        _ answer: @escaping Answer<[Placed]>
    ) { left(); notBuilt(answer) }

    package func modify(_ change: DhanModification, _ answer: @escaping Answer<Placed>) {
        notBuilt(answer)
    }
    /// An acknowledgement: a fill may still win.
    package func cancel(_ number: OrderNumber, _ answer: @escaping Answer<Placed>) {
        notBuilt(answer)
    }
    /// The day's book.
    package func orders(_ answer: @escaping Answer<[DhanOrder]>) { notBuilt(answer) }
    /// Nil is "not yet known", never proof of absence.
    package func order(_ number: OrderNumber, _ answer: @escaping Answer<DhanOrder?>) {
        notBuilt(answer)
    }
    /// Nil is "not yet known": an order on its way to the exchange is not found.
    package func order(tagged tag: CorrelationID, _ answer: @escaping Answer<DhanOrder?>) {
        notBuilt(answer)
    }
    /// The day's trades.
    package func trades(_ answer: @escaping Answer<[DhanTrade]>) { notBuilt(answer) }

    func notBuilt<Value>(_ answer: @escaping Answer<Value>) {
        answer(.failure(.notSent("not built")))
    }
}
