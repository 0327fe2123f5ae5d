import Trading

/// What the order socket says when an order changes.
struct OrderWord {
    /// How it is written.
    struct Style {
        /// `OrderNo` as documented, instead of `orderNo` as on the wire.
        var isPascal = false
        /// Numbers as texts.
        var hasTexts = false
    }

    private let order: SimulatedOrder
    private let words: ContractWords
    private let ltp: Price?

    init(_ order: SimulatedOrder, _ contract: Instrument?, _ market: MarketBook) {
        self.order = order
        words = ContractWords(contract: contract, instrument: order.request.instrument)
        ltp = market[order.request.instrument]?.quote.ltp
    }

    func json(_ style: Style) -> JSON {
        let members = fields.map { member in
            let key =
                style.isPascal
                ? member.key.prefix(1).uppercased() + member.key.dropFirst() : member.key
            guard style.hasTexts, case .number(let text) = member.value else {
                return JSON.Member(key, member.value)
            }
            return JSON.Member(key, .string(text))
        }
        return ["Data": .object(members), "Type": "order_alert"]
    }

    private var fields: [JSON.Member] {
        identity + quantities + contract
            + (isExit ? [.init("orderPlatform", "VTT SL")] : [])
    }

    /// A leg of a super order, but not its entry.
    private var isExit: Bool { order.leg.map { $0.leg != .entry } ?? false }

    private var identity: [JSON.Member] {
        let request = order.request
        let segment = request.instrument.segment
        return [
            .init("exchange", .string(segment.text.hasPrefix("BSE") ? "BSE" : "NSE")),
            .init("segment", .string(segment.letter)),
            .init("source", order.isBrokers ? "N" : "P"),
            .init("securityId", .string(request.instrument.securityID)),
            .init("clientId", .string(order.client.text)),
            .init("exchOrderNo", .string(order.exchangeNumber)),
            .init("orderNo", .string(order.number.text)),
            .init("product", .string(request.product.letter)),
            .init("txnType", .string(request.side == .buy ? "B" : "S")),
            .init("orderType", .string(request.kind.letters)),
            .init("validity", .string(request.validity.rawValue)),
        ]
    }

    private var quantities: [JSON.Member] {
        let request = order.request
        let average = order.value.average(over: order.filled)
        return [
            .init("discQuantity", .int(request.disclosed)),
            .init("discQtyRem", 0),
            .init("remainingQuantity", .int(order.status.isWorking ? order.remaining.units : 0)),
            .init("quantity", .int(request.quantity.units)),
            .init("tradedQty", .int(order.filled.units)),
            .init("price", .short(request.price?.paise ?? 0)),
            .init("triggerPrice", .short(request.trigger?.paise ?? 0)),
            .init("tradedPrice", .short(order.lastPrice?.paise ?? 0)),
            .init("avgTradedPrice", .short(average?.paise ?? 0)),
            .init("algoOrdNo", .string(isExit ? order.leg?.entry.text ?? "" : "")),
            .init("offMktFlag", request.isAfterMarket ? "1" : "0"),
            .init("orderDateTime", .string(order.createdAt.wire)),
            .init("exchOrderTime", .string(order.exchangeAt?.wire ?? EventTime.wireNever)),
            .init("lastUpdatedTime", .string(order.updatedAt.wire)),
            .init("remarks", order.leg == nil ? "NR" : "Super Order"),
            .init("mktType", "NL"),
            .init("reasonDescription", .string(order.reason)),
            .init("legNo", .int(order.leg?.leg.number ?? 1)),
        ]
    }

    private var status: String {
        if order.isWaitingLeg { return "Active" }
        return isExit && order.status == .transit ? "Triggered" : order.status.title
    }

    private var contract: [JSON.Member] {
        let option = words.contract?.option
        let isOption = option != nil
        return [
            .init("instrument", isOption ? "OPTIDX" : "EQUITY"),
            // Cut off for the legs of a super order.
            .init("symbol", .string(isExit ? String(words.symbol.prefix(10)) : words.symbol)),
            .init("productName", .string(order.request.product.rawValue)),
            .init("status", .string(status)),
            .init("lotSize", .int(words.contract?.lot.units ?? 1)),
            .init("strikePrice", .short(words.strike)),
            .init(
                "expiryDate",
                .string(option.map { "\($0.expiry.text) 14:30:00" } ?? EventTime.wireNever)),
            .init("optType", .string(option?.side.text ?? "XX")),
            .init("displayName", .string(words.display)),
            .init("isin", "NA"),
            .init("series", isOption ? "XX" : "EQ"),
            .init("goodTillDaysDate", .string(order.createdAt.day.text)),
            .init("refLtp", .short(ltp?.paise ?? 0)),
            .init("tickSize", .short(words.contract?.tickSize.paise ?? 5)),
            .init("algoId", "0"),
            .init("multiplier", 1),
            .init("correlationId", .string(order.request.correlation ?? "")),
        ]
    }
}

extension SimulatedOrder.Status {
    /// Title case; a part is a pending order with something traded.
    fileprivate var title: String {
        switch self {
        case .transit: "Transit"
        case .pending, .partTraded: "Pending"
        case .traded: "Traded"
        case .rejected: "Rejected"
        case .cancelled: "Cancelled"
        case .expired: "Expired"
        }
    }
}

extension Segment {
    var letter: String {
        switch self {
        case .index: "I"
        case .nseEquity, .bseEquity: "E"
        case .nseDerivatives, .bseDerivatives: "D"
        case .nseCurrency, .bseCurrency: "C"
        case .mcxCommodity: "M"
        }
    }
}
