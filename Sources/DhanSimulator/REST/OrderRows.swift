import Trading

/// What the books say of a contract.
struct ContractWords {
    let contract: Instrument?
    let instrument: InstrumentID

    var symbol: String { contract?.symbol ?? "SECURITY-\(instrument.securityID)" }
    var expiry: String { contract?.option?.expiry.text ?? "0001-01-01" }
    var strike: Int { contract?.option?.strike.paise ?? 0 }

    var side: String {
        switch contract?.option?.side {
        case .call: "CALL"
        case .put: "PUT"
        case nil: "NA"
        }
    }

    /// `BANKNIFTY 30 DEC 59400 CALL`.
    var display: String {
        guard let contract, let option = contract.option else { return symbol }
        let months = [
            "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
        ]
        let (_, month, day) = option.expiry.civil
        return "\(contract.index) \(day) \(months[month - 1]) \(option.strike.paise / 100) \(side)"
    }
}

extension SimulatedOrder {
    /// A row of the order book.
    func row(_ words: ContractWords, _ shapes: EngineSettings.Shapes, generated: String) -> JSON {
        let isDocumented = shapes == .documented
        let never: JSON = .string(EventTime.wireNever)
        var row: [JSON.Member] = [
            .init("dhanClientId", .string(client.text)),
            .init("orderId", .string(number.text)),
            .init("exchangeOrderId", .string(exchangeNumber)),
            .init("correlationId", .string(request.correlation ?? generated)),
            .init("orderStatus", .string(status.rawValue)),
            .init("transactionType", .string(request.side.wire)),
            .init("exchangeSegment", .string(request.instrument.segment.text)),
            .init("productType", .string(request.product.rawValue)),
            .init("orderType", .string(request.kind.rawValue)),
            .init("validity", .string(request.validity.rawValue)),
            .init("tradingSymbol", .string(words.symbol)),
            .init("securityId", .string(request.instrument.securityID)),
            .init("quantity", .int(request.quantity.units)),
            .init("disclosedQuantity", .int(request.disclosed)),
            .init("price", .decimal(request.price)),
            .init("triggerPrice", .decimal(request.trigger)),
            .init("afterMarketOrder", .bool(request.isAfterMarket)),
            .init("boProfitValue", .number("0.0")),
            .init("boStopLossValue", .number("0.0")),
            .init("legName", .string(leg?.leg.rawValue ?? (isDocumented ? "" : "NA"))),
            .init("createTime", .string(createdAt.wire)),
            .init("updateTime", .string(updatedAt.wire)),
            .init("exchangeTime", exchangeAt.map { .string($0.wire) } ?? never),
        ]
        row += [
            .init("drvExpiryDate", .string(words.expiry)),
            .init("drvOptionType", .string(words.side)),
            .init("drvStrikePrice", .decimal(words.strike)),
            .init("omsErrorCode", isDocumented && errorCode == "0" ? .null : .string(errorCode)),
            .init("omsErrorDescription", .string(reason)),
            .init("algoId", "0"),
            // Not the difference to what was filled, once it has ended.
            .init("remainingQuantity", .int(status.isWorking ? remaining.units : 0)),
            .init("averageTradedPrice", .noisy(value.paise, over: filled.units)),
            .init("filledQty", .int(filled.units)),
        ]
        return .object(isDocumented ? row.filter { $0.key != "exchangeOrderId" } : row)
    }
}

extension SimulatedTrade {
    /// A row of the trade book: no correlation id, and an option whose type is "NA".
    func row(_ order: SimulatedOrder, _ words: ContractWords) -> JSON {
        let request = order.request
        return [
            "dhanClientId": .string(order.client.text),
            "orderId": .string(order.number.text),
            "exchangeOrderId": .string(order.exchangeNumber),
            "exchangeTradeId": .string(exchangeTradeID),
            "transactionType": .string(request.side.wire),
            "exchangeSegment": .string(request.instrument.segment.text),
            "productType": .string(request.product.rawValue),
            "orderType": .string(request.kind.rawValue),
            "tradingSymbol": .string(words.symbol),
            "customSymbol": .null,
            "securityId": .string(request.instrument.securityID),
            "tradedQuantity": .int(quantity.units),
            "tradedPrice": .decimal(price),
            "createTime": .string(at.wire),
            "updateTime": .string(at.wire),
            "exchangeTime": .string(at.wire),
            "drvExpiryDate": .string(words.expiry),
            "drvOptionType": "NA",
            "drvStrikePrice": .decimal(words.strike),
        ]
    }
}

extension OrderSide {
    var wire: String { self == .buy ? "BUY" : "SELL" }
}
