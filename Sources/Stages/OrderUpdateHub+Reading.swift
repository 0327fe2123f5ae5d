import Trading

extension OrderUpdateHub {
    /// A message as far as it can be believed.
    struct Reading {
        var update: OrderUpdate?
        /// The message leaves something out that the broker's book has.
        var asksTheBook = false

        init(_ event: BrokerEvent, word: OrderStatus, of order: Order) {
            let filled = event.filled.flatMap { units -> (Quantity, Money)? in
                if units == .zero { return (.zero, .zero) }
                let value = event.value ?? event.averagePrice.map { $0 * units }
                return value.map { (units, $0) }
            }
            // A cancelled order whose fills are not said may have some; a rejected one has none.
            let needsFills = word == .filled || word == .cancelled || word == .expired
            asksTheBook = filled == nil && (needsFills || event.filled != nil)
            if filled == nil, needsFills { return }

            update = OrderUpdate(
                order: order.id, account: order.account,
                status: Self.status(word, filled: filled?.0, of: order), number: event.number,
                filled: filled?.0, value: filled?.1, reason: event.reason, source: event.source,
                at: event.at)
        }

        /// The socket has no word for a partial fill, and may call each fill `Traded`.
        private static func status(
            _ word: OrderStatus, filled: Quantity?, of order: Order
        ) -> OrderStatus {
            let filled = filled ?? .zero
            if word == .filled, filled < order.quantity { return .partFilled }
            if word == .open, filled > .zero { return .partFilled }
            return word
        }
    }
}

extension OrderUpdate {
    /// Whether the handler could make anything of it; when in doubt, it decides.
    func bringsNews(to order: Order) -> Bool {
        if order.number == nil, number != nil { return true }
        if let filled, filled > order.filled { return true }
        if let value, filled == order.filled, value > order.value { return true }
        if order.status.isFinished { return status.isFinished && status != order.status }
        return status.rank > order.status.rank
    }
}
