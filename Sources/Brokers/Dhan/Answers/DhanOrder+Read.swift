import Trading

extension DhanOrder {
    init(_ row: DhanRow) throws(DhanUnreadable) {
        tag = try row.find("correlationId") ?? ""
        product = try row.find("productType") ?? ""
        type = try row.find("orderType") ?? ""
        limit = try row.findPrice("price") ?? Price(paise: 0)
        exchangeNumber = try row.find("exchangeOrderId") ?? ""

        let quantity = try row.quantity("quantity")
        let filled = try row.quantity("filledQty")
        guard filled <= quantity else { throw row.error("filledQty", "is more than was ordered") }
        let average = try row.findAverage("averageTradedPrice")
        guard let value = (average ?? DhanAverage(parts: 0)).value(of: filled) else {
            throw row.error("averageTradedPrice", "is out of all bounds")
        }
        let status = try row.text("orderStatus").uppercased()
        order = BrokerOrder(
            number: OrderNumber(try row.identifier("orderId")),
            correlation: CorrelationID(text: tag), instrument: try row.instrument(),
            side: try row.side(), status: status, quantity: quantity, filled: filled,
            value: value, precision: filled == .zero ? .exact : .rounded,
            reason: try Self.reason(row, status: status))
        order.day = try row.find("createTime").flatMap(EventTime.init(indian:))?.day
    }

    /// A healthy order carries `CONFIRMED` there, or nothing.
    private static func reason(
        _ row: DhanRow, status: String
    ) throws(DhanUnreadable) -> String? {
        guard ["REJECTED", "CANCELLED", "EXPIRED"].contains(status),
            let text = try row.find("omsErrorDescription"), text != "CONFIRMED", text != "NA"
        else { return nil }
        return String(text.prefix(300))
    }

    /// The book. An order that is listed twice counts once, with its later fills; two rows that
    /// do not describe the same order make the book unreadable.
    static func book(_ json: JSON) throws(DhanUnreadable) -> [DhanOrder] {
        var places: [OrderNumber: Int] = [:]
        var orders: [DhanOrder] = []
        for row in try json.rows("order") {
            guard let order = try row.read(DhanOrder.init(_:)) else { continue }
            guard let place = places[order.order.number] else {
                places[order.order.number] = orders.count
                orders.append(order)
                continue
            }
            let other = orders[place].order
            guard other.instrument == order.order.instrument, other.side == order.order.side,
                other.correlation == order.order.correlation
            else { throw row.error("orderId", "belongs to another order too") }
            if order.order.filled >= other.filled { orders[place] = order }
        }
        return orders
    }
}

extension Placed {
    init(_ row: DhanRow) throws(DhanUnreadable) {
        self.init(
            number: OrderNumber(try row.identifier("orderId")),
            status: try row.find("orderStatus")?.uppercased() ?? "TRANSIT")
    }

    static func one(_ json: JSON) throws(DhanUnreadable) -> Placed {
        let rows = try json.rows("answer")
        guard rows.count == 1, let row = rows.first else {
            throw DhanUnreadable("answer", "\(rows.count) orders for one")
        }
        return try Placed(row)
    }

    static func slices(_ json: JSON) throws(DhanUnreadable) -> [Placed] {
        var slices: [Placed] = []
        for row in try json.rows("slice") { slices.append(try Placed(row)) }
        guard !slices.isEmpty else { throw DhanUnreadable("answer", "no slice") }
        return slices
    }
}

extension DhanTrade {
    init(_ row: DhanRow) throws(DhanUnreadable) {
        order = OrderNumber(try row.identifier("orderId"))
        exchangeTrade = try row.find("exchangeTradeId") ?? ""
        instrument = try row.instrument()
        side = try row.side()
        quantity = try row.quantity("tradedQuantity")
        guard quantity > .zero else { throw row.error("tradedQuantity", "is nothing") }
        let price = try row.price("tradedPrice")
        guard price.paise > 0 else { throw row.error("tradedPrice", "is no price") }
        value = price * quantity
        guard Readable.money.contains(value.paise) else {
            throw row.error("tradedPrice", "is out of all bounds")
        }
    }

    private struct Key: Hashable {
        let order: OrderNumber
        let trade: String
        let instrument: InstrumentID?
    }

    /// One row a trade at the exchange. Rows without a trade's number are all counted.
    static func book(_ json: JSON) throws(DhanUnreadable) -> [DhanTrade] {
        var seen: [Key: DhanTrade] = [:]
        var trades: [DhanTrade] = []
        for row in try json.rows("trade") {
            guard let trade = try row.read(DhanTrade.init(_:)) else { continue }
            if !trade.exchangeTrade.isEmpty, trade.exchangeTrade != "0" {
                let key = Key(
                    order: trade.order, trade: trade.exchangeTrade, instrument: trade.instrument)
                if let other = seen.updateValue(trade, forKey: key) {
                    guard other == trade else {
                        throw row.error("exchangeTradeId", "belongs to another trade too")
                    }
                    continue
                }
            }
            trades.append(trade)
        }
        return trades
    }
}
