import Trading

extension OrderUpdateHub {
    /// A message as far as it can be believed.
    struct Reading {
        var update: OrderUpdate?
        /// The message leaves something out that the broker's book has.
        var asksTheBook = false

        init(_ event: BrokerEvent, word: OrderStatus, of order: Order) {
            let total = event.total
            // A cancelled order whose fills are not said may have some; a rejected one has none.
            let needsFills = word == .filled || word == .cancelled || word == .expired
            asksTheBook = total == nil && (needsFills || event.filled != nil)
            if total == nil, needsFills { return }

            update = OrderUpdate(
                order: order.id, account: order.account,
                status: Self.status(word, filled: total?.units, of: order), number: event.number,
                filled: total?.units, value: total?.value, precision: total?.precision ?? .exact,
                reason: event.reason, source: event.source, at: event.at)
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

extension BrokerEvent {
    /// Nil where the broker does not say what was filled, or at what price.
    fileprivate var total: FillTotal? {
        guard let filled else { return nil }
        if filled == .zero { return FillTotal(units: .zero, value: .zero, precision: .exact) }
        if let value { return FillTotal(units: filled, value: value, precision: precision) }
        return averagePrice.map {
            FillTotal(units: filled, value: $0 * filled, precision: .rounded)
        }
    }
}

extension OrderUpdate {
    /// Whether the handler could make anything of it; when in doubt, it decides.
    func bringsNews(to order: Order) -> Bool {
        if order.number == nil, number != nil { return true }
        if let total, total > order.total { return true }
        return order.status.isFinished
            ? status.isFinished && status.precedence > order.status.precedence
            : status.rank > order.status.rank
    }
}
