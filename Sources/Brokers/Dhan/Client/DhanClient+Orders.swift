import HTTP
package import Trading

extension DhanClient {
    /// Places one order, once: no answer ever makes the client send it again.
    ///
    /// - Parameter left: as in ``Broker/place(_:nonce:left:_:)``.
    package func place(
        _ order: DhanOrderRequest, left: @escaping @Sendable () -> Void,
        _ answer: @escaping Answer<Placed>
    ) {
        let call = DhanCall.act(.post, "/orders", order.body(for: access.clientID))
        perform(call, left: left, answer, reading: Placed.one)
    }

    /// Places an order above the freeze quantity; the broker splits it. All have one tag.
    package func placeSliced(
        _ order: DhanOrderRequest, left: @escaping @Sendable () -> Void,
        _ answer: @escaping Answer<[Placed]>
    ) {
        let call = DhanCall.act(.post, "/orders/slicing", order.body(for: access.clientID))
        perform(call, left: left, answer, reading: Placed.slices)
    }

    package func modify(_ change: DhanModification, _ answer: @escaping Answer<Placed>) {
        let call = DhanCall.act(
            .put, "/orders/\(change.number)", change.body(for: access.clientID))
        perform(call, answer, reading: Placed.one)
    }

    /// An acknowledgement: a fill may still win.
    package func cancel(_ number: OrderNumber, _ answer: @escaping Answer<Void>) {
        perform(.act(.delete, "/orders/\(number)"), answer) { _ in }
    }

    /// The day's book.
    package func orders(_ answer: @escaping Answer<[DhanOrder]>) {
        perform(.read("/orders"), answer, reading: DhanOrder.book)
    }

    /// Nil is "not yet known", never proof of absence.
    package func order(_ number: OrderNumber, _ answer: @escaping Answer<DhanOrder?>) {
        find("/orders/\(number)", answer)
    }

    /// Nil is "not yet known": an order on its way to the exchange is not found.
    package func order(tagged tag: CorrelationID, _ answer: @escaping Answer<DhanOrder?>) {
        find("/orders/external/\(tag)", answer)
    }

    /// The day's trades.
    package func trades(_ answer: @escaping Answer<[DhanTrade]>) {
        perform(.read("/trades"), answer, reading: DhanTrade.book)
    }

    /// The two ways of asking for one order say "no such order" differently: with an empty list
    /// and with a 404.
    private func find(_ path: String, _ answer: @escaping Answer<DhanOrder?>) {
        let found: Answer<DhanOrder?> = { result in
            if case .failure(.refused(let refusal)) = result, refusal.isNoSuchOrder {
                return answer(.success(nil))
            }
            answer(result)
        }
        perform(.read(path), found) { json throws(DhanUnreadable) in
            let orders = try DhanOrder.book(json)
            guard orders.count <= 1 else { throw DhanUnreadable(path, "several orders for one") }
            return orders.first
        }
    }
}

extension DhanRefusal {
    fileprivate var isNoSuchOrder: Bool {
        trouble == nil && status == 404 && code == "DH-906"
    }
}
