package import Trading

/// What the broker says of one order, at one moment: no trade, but the order's whole state so far.
package struct OrderAlert: Sendable, Hashable {
    package var number: OrderNumber
    /// The client's own name for it, as the broker hands it back; generated for some orders.
    package var tag: String?
    package var client: String?
    package var instrument: InstrumentID?
    package var product: String
    package var side: OrderSide?
    /// The broker's own word. There is none for a partial fill: it is `Pending` with fills.
    package var status: String
    package var filled: Quantity?
    package var averagePrice: Price?
    /// Of the fills, from an average that may be finer than a paisa.
    package var value: Money?
    package var reason: String?

    /// Nothing is said about an order under these texts.
    private static let noReason: Set<String> = ["CONFIRMED", "TRADE CONFIRMED", "NR", "NA"]
    private static let longestText = 200

    init(_ record: LooseRecord) throws(OrderRefusal) {
        number = OrderNumber(
            try Self.text(record, "orderNo") { DhanRow.isIdentifier($0) })
        status = try Self.text(record, "status") { Self.isWord($0) }
        tag = record["correlationId"]
        client = record["clientId"]
        instrument = Self.instrument(record)
        product = record["productName"] ?? record["product"] ?? ""
        side = try Self.side(record)
        filled = try Self.units(record, "tradedQty")
        if let filled, let quantity = try Self.units(record, "quantity"), filled > quantity {
            throw .field("tradedQty", "\(filled.text) of \(quantity.text)")
        }
        let average = try Self.average(record, "avgTradedPrice")
        averagePrice = average?.value(of: Quantity(1)).flatMap {
            $0.paise > 0 ? Price(paise: $0.paise) : nil
        }
        value = filled.flatMap { $0 > .zero ? average?.value(of: $0) : nil }
        reason = record["reasonDescription"].flatMap {
            Self.noReason.contains($0.uppercased()) ? nil : Self.line($0)
        }
    }

    /// - Parameters:
    ///   - at: when it was received: the broker's own time has whole seconds.
    package func event(of account: AccountID, at time: EventTime) -> BrokerEvent {
        let named = tag.flatMap { CorrelationID(text: $0) }
        let order = named?.text == tag ? named : nil
        let isOurs = order != nil || DhanProduct.isOurs(product)
        return BrokerEvent(
            account: account, source: "socket", number: number, order: order,
            instrument: isOurs ? instrument : nil, side: side,
            status: status, filled: filled, averagePrice: averagePrice, value: value,
            precision: value == nil ? .exact : .rounded, reason: reason, at: time)
    }
}

extension OrderAlert {
    private static func text(
        _ record: LooseRecord, _ key: String, _ isGood: (String) -> Bool
    ) throws(OrderRefusal) -> String {
        let text = record[key] ?? ""
        guard isGood(text) else { throw .field(key, line(text)) }
        return text
    }

    /// Also one that nobody knows: what it has filled counts all the same.
    private static func isWord(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x20..<0x7f).contains($0) } && (1...40).contains(text.utf8.count)
    }

    private static func units(
        _ record: LooseRecord, _ key: String
    ) throws(OrderRefusal) -> Quantity? {
        guard let text = record[key] else { return nil }
        guard let units = DhanNumber.whole(text),
            (0...Readable.quantity.upperBound).contains(units)
        else { throw .field(key, line(text)) }
        return Quantity(units)
    }

    /// Nil for zero, which the broker writes where there is none.
    private static func average(
        _ record: LooseRecord, _ key: String
    ) throws(OrderRefusal) -> DhanAverage? {
        guard let text = record[key] else { return nil }
        let most = Readable.price.upperBound * 10_000
        guard let parts = DhanNumber.scaled(text, decimals: 6), (0...most).contains(parts) else {
            throw .field(key, line(text))
        }
        return parts > 0 ? DhanAverage(parts: parts) : nil
    }

    private static func side(_ record: LooseRecord) throws(OrderRefusal) -> OrderSide? {
        switch record["txnType"]?.uppercased() {
        case nil: nil
        case "B", "BUY": .buy
        case "S", "SELL": .sell
        case let text?: throw .field("txnType", line(text))
        }
    }

    /// Nil for one that is not traded here, as a future of a commodity exchange.
    private static func instrument(_ record: LooseRecord) -> InstrumentID? {
        guard let id = record["securityId"], let number = UInt32(id), number > 0 else { return nil }
        let exchange = record["exchange"]?.uppercased() ?? ""
        let segment: Segment? =
            switch (exchange, record["segment"]?.uppercased() ?? "") {
            case ("NSE", "E"): .nseEquity
            case ("NSE", "D"): .nseDerivatives
            case ("NSE", "C"): .nseCurrency
            case ("BSE", "E"): .bseEquity
            case ("BSE", "D"): .bseDerivatives
            case ("BSE", "C"): .bseCurrency
            case ("MCX", "M"): .mcxCommodity
            default: nil
            }
        return segment.map { InstrumentID($0, String(number)) }
    }

    /// A text of the broker's as one short line.
    private static func line(_ text: String) -> String {
        String(text.prefix(longestText).map { $0.isNewline || $0.isASCIIControl ? " " : $0 })
    }
}

extension Character {
    fileprivate var isASCIIControl: Bool { asciiValue.map { $0 < 0x20 || $0 == 0x7f } ?? false }
}
