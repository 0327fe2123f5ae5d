import Trading

extension Holding {
    /// A row of the positions; closed ones stay in the list.
    func row(_ client: ClientID, _ key: Key, _ words: ContractWords, ltp: Price?) -> JSON {
        let kind = net > .zero ? "LONG" : net < .zero ? "SHORT" : "CLOSED"
        let isDerivative = words.contract?.option != nil
        let profit = ltp.map(unrealised) ?? .zero
        return [
            "dhanClientId": .string(client.text),
            "tradingSymbol": .string(words.symbol),
            "securityId": .string(key.instrument.securityID),
            "positionType": .string(kind),
            "exchangeSegment": .string(key.instrument.segment.text),
            "productType": .string(key.product.rawValue),
            "buyAvg": .noisy(boughtValue.paise, over: bought.units),
            "costPrice": net < .zero
                ? .noisy(soldValue.paise, over: sold.units)
                : .noisy(boughtValue.paise, over: bought.units),
            "buyQty": .int(bought.units),
            "sellAvg": .noisy(soldValue.paise, over: sold.units),
            "sellQty": .int(sold.units),
            "netQty": .int(net.units),
            "realizedProfit": .noisyMoney(realised.paise),
            "unrealizedProfit": .noisyMoney(profit.paise),
            "rbiReferenceRate": .number("1.0"),
            "multiplier": 1,
            "carryForwardBuyQty": .int(carriedBought.units),
            "carryForwardSellQty": .int(carriedSold.units),
            "carryForwardBuyValue": .decimal(carriedBoughtValue),
            "carryForwardSellValue": .decimal(carriedSoldValue),
            "dayBuyQty": .int((bought - carriedBought).units),
            "daySellQty": .int((sold - carriedSold).units),
            "dayBuyValue": .decimal(boughtValue - carriedBoughtValue),
            "daySellValue": .decimal(soldValue - carriedSoldValue),
            "drvExpiryDate": .string(isDerivative ? "\(words.expiry) 14:30:00" : words.expiry),
            "drvOptionType": .string(words.side),
            "drvStrikePrice": .decimal(words.strike),
            "crossCurrency": false,
        ]
    }
}

extension JSON {
    static func noisyMoney(_ paise: Int) -> JSON { noisy(paise, over: 1) }
}

extension Engine {
    func words(_ instrument: InstrumentID) -> ContractWords {
        ContractWords(contract: contract(instrument), instrument: instrument)
    }

    func positions(of client: ClientID) -> JSON {
        let holdings = accounts[client]?.holdings ?? [:]
        let sorted = holdings.sorted {
            ($0.key.instrument, $0.key.product.rawValue) < (
                $1.key.instrument, $1.key.product.rawValue
            )
        }
        return .array(
            sorted.map { key, holding in
                holding.row(
                    client, key, words(key.instrument),
                    ltp: market[key.instrument]?.quote.ltp)
            })
    }

    func funds(of client: ClientID) -> JSON {
        let opening = accounts[client]?.opening ?? .zero
        let available = available(client)
        return [
            "dhanClientId": .string(client.text),
            "availabelBalance": .decimal(available),
            "sodLimit": .decimal(opening),
            "collateralAmount": .number("0.0"),
            "receiveableAmount": .number("0.0"),
            "utilizedAmount": .decimal(opening - available),
            "blockedPayoutAmount": .number("0.0"),
            "withdrawableBalance": .decimal(max(.zero, available)),
        ]
    }
}
