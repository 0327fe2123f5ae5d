import Trading

/// Order book, trades and positions of one read, each readable by itself.
struct DhanBooks {
    var orders: [DhanOrder]
    var trades: [DhanTrade]
    var positions: [DhanPosition]

    /// One picture of the account, or why the three do not make one: what contradicts itself is
    /// late somewhere, and the next read will agree. Where only somebody else's order does, nothing
    /// is known of its contract alone.
    func joined() throws(DhanUnreadable) -> BrokerBooks {
        var traded = self.traded
        var books = BrokerBooks(orders: [], net: try net())
        books.elsewhere = positions.compactMap(\.elsewhere)
        for order in orders {
            let trades = traded.removeValue(forKey: order.order.number)
            do throws(DhanUnreadable) {
                books.orders.append(try order.joined(with: trades))
            } catch {
                guard order.order.correlation == nil else { throw error }
                if let instrument = order.order.instrument, instrument.segment.hasOptions {
                    books.unsettled.insert(instrument)
                }
            }
        }
        if let stray = traded.keys.min() {
            throw DhanUnreadable("order \(stray)", "has traded and is not in the order book")
        }
        return books
    }

    /// The orders that do not contradict themselves.
    var listed: [BrokerOrder] {
        let traded = self.traded
        return orders.compactMap { try? $0.joined(with: traded[$0.order.number]) }
    }

    private typealias Traded = (quantity: Quantity, value: Money)

    private var traded: [OrderNumber: Traded] {
        trades.reduce(into: [:]) { traded, trade in
            traded[trade.order, default: (.zero, .zero)].quantity += trade.quantity
            traded[trade.order, default: (.zero, .zero)].value += trade.value
        }
    }

    /// A contract can be held under several products, each a holding of its own.
    private func net() throws(DhanUnreadable) -> [InstrumentID: Quantity] {
        var net: [InstrumentID: Quantity] = [:]
        for position in positions {
            guard let instrument = position.instrument, position.net != .zero,
                DhanProduct.isOurs(position.product)
            else { continue }
            net[instrument, default: .zero] += position.net
            guard Readable.quantity.contains(net[instrument]?.units ?? 0) else {
                throw DhanUnreadable("position \(instrument)", "is out of all bounds")
            }
        }
        return net.filter { $0.value != .zero }
    }
}

extension DhanPosition {
    /// Units, contract and product of what is open and is not ours. Shares that are kept are
    /// closed by nobody.
    fileprivate var elsewhere: String? {
        guard net != .zero else { return nil }
        if let instrument,
            DhanProduct.isOurs(product) || DhanProduct.isKept(product, in: instrument.segment)
        {
            return nil
        }
        let contract = instrument?.text ?? (symbol.isEmpty ? "of an unknown contract" : symbol)
        return [net.text, contract, product].filter { !$0.isEmpty }.joined(separator: " ")
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
        if order.correlation == nil, !DhanProduct.isOurs(product) { joined.instrument = nil }
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

/// What an order or a holding is under: of a contract, each product is a holding of its own, and an
/// order of one opens or closes nothing of another.
enum DhanProduct {
    /// All that is traded here is INTRADAY. A row that does not say may be ours.
    static func isOurs(_ name: String) -> Bool {
        ["", "I", DhanOrderRequest.Product.intraday.rawValue].contains(name.uppercased())
    }

    /// Delivered shares: they stand among the positions until they move to the holdings.
    static func isKept(_ name: String, in segment: Segment) -> Bool {
        [Segment.nseEquity, .bseEquity].contains(segment)
            && ["C", "CNC", "F", "MTF"].contains(name.uppercased())
    }
}
