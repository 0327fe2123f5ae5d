import Trading

/// Order book, trades and positions of one read, each readable by itself.
struct DhanBooks {
    var orders: [DhanOrder]
    var trades: [DhanTrade]
    var positions: [DhanPosition]

    /// One picture of the account, or why the three do not make one: what contradicts itself is
    /// late somewhere, and the next read will agree.
    func joined() throws(DhanUnreadable) -> BrokerBooks {
        var traded: [OrderNumber: (quantity: Quantity, value: Money)] = [:]
        for trade in trades {
            traded[trade.order, default: (.zero, .zero)].quantity += trade.quantity
            traded[trade.order, default: (.zero, .zero)].value += trade.value
        }
        var joined: [BrokerOrder] = []
        for order in orders {
            let trades = traded.removeValue(forKey: order.order.number)
            joined.append(try order.joined(with: trades))
        }
        if let stray = traded.keys.min() {
            throw DhanUnreadable("order \(stray)", "has traded and is not in the order book")
        }
        return BrokerBooks(orders: joined, net: try net())
    }

    /// A contract can be held under several products.
    private func net() throws(DhanUnreadable) -> [InstrumentID: Quantity] {
        var net: [InstrumentID: Quantity] = [:]
        for position in positions {
            guard let instrument = position.instrument, position.net != .zero else { continue }
            net[instrument, default: .zero] += position.net
            guard Readable.quantity.contains(net[instrument]?.units ?? 0) else {
                throw DhanUnreadable("position \(instrument)", "is out of all bounds")
            }
        }
        return net.filter { $0.value != .zero }
    }
}

extension DhanOrder {
    /// What the trade book says, unless the order book is ahead of it: trades are exact, an
    /// average is rounded.
    fileprivate func joined(
        with trades: (quantity: Quantity, value: Money)?
    ) throws(DhanUnreadable) -> BrokerOrder {
        let place = "order \(order.number)"
        var joined = order
        if let trades, trades.quantity >= order.filled {
            guard trades.quantity <= order.quantity else {
                throw DhanUnreadable(place, "has traded more than was ordered")
            }
            joined.filled = trades.quantity
            joined.value = trades.value
            joined.precision = .exact
        }
        guard joined.filled == .zero || joined.value > .zero else {
            throw DhanUnreadable(place, "is filled at no price")
        }
        guard joined.status != "TRADED" || joined.filled == joined.quantity else {
            throw DhanUnreadable(place, "is TRADED without all of its fills")
        }
        guard Readable.money.contains(joined.value.paise) else {
            throw DhanUnreadable(place, "is out of all bounds")
        }
        return joined
    }
}
