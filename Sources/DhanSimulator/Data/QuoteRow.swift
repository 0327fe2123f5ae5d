import Trading

/// A quote as the data interfaces show it; zeros where nothing has traded.
struct QuoteRow {
    let row: MarketBook.Row?

    private func price(_ price: Price?) -> JSON { .short(price?.paise ?? 0) }

    func json(_ what: String) -> JSON {
        switch what {
        case "ltp": ["last_price": price(row?.quote.ltp)]
        case "ohlc": ["last_price": price(row?.quote.ltp), "ohlc": ohlc]
        default: quote
        }
    }

    private var ohlc: JSON {
        [
            "open": price(row?.open), "close": price(row?.previousClose),
            "high": price(row?.high), "low": price(row?.low),
        ]
    }

    private var quote: JSON {
        let quote = row?.quote
        let change = quote.map { $0.ltp - (row?.previousClose ?? $0.ltp) }
        return [
            "average_price": price(quote?.ltp),
            "buy_quantity": .int(quote?.bidQuantity?.units ?? 0),
            "depth": [
                "buy": depth(quote?.bid, quote?.bidQuantity),
                "sell": depth(quote?.ask, quote?.askQuantity),
            ],
            "last_price": price(quote?.ltp),
            "last_quantity": .int(row?.lastQuantity ?? 0),
            "last_trade_time": .string(quote?.at.wireDayFirst ?? "01/01/1980 00:00:00"),
            "lower_circuit_limit": price(row?.lower),
            "net_change": price(change),
            "ohlc": ohlc,
            "oi": .int(quote?.openInterest ?? 0),
            "oi_day_high": .int(quote?.openInterest ?? 0),
            "oi_day_low": .int(quote?.openInterest ?? 0),
            "sell_quantity": .int(quote?.askQuantity?.units ?? 0),
            "upper_circuit_limit": price(row?.upper),
            "volume": .int(row?.volume ?? 0),
        ]
    }

    /// The best price, and four levels of nothing.
    private func depth(_ best: Price?, _ quantity: Quantity?) -> JSON {
        let level: (Price?, Int) -> JSON = { best, units in
            ["quantity": .int(units), "orders": .int(units > 0 ? 1 : 0), "price": price(best)]
        }
        return .array([level(best, quantity?.units ?? 0)] + (1...4).map { _ in level(nil, 0) })
    }

    /// A side of the option chain. Greeks are not computed: zeros, as on strikes that are dead.
    func chain(_ instrument: InstrumentID, _ shapes: EngineSettings.Shapes) -> JSON {
        let quote = row?.quote
        var members: [JSON.Member] = [
            .init("greeks", ["delta": 0, "theta": 0, "gamma": 0, "vega": 0]),
            .init("implied_volatility", 0),
            .init("last_price", price(quote?.ltp)),
            .init("oi", .int(quote?.openInterest ?? 0)),
            .init("previous_close_price", price(row?.previousClose)),
            .init("previous_oi", 0),
            .init("previous_volume", 0),
            .init("top_ask_price", price(quote?.ask)),
            .init("top_ask_quantity", .int(quote?.askQuantity?.units ?? 0)),
            .init("top_bid_price", price(quote?.bid)),
            .init("top_bid_quantity", .int(quote?.bidQuantity?.units ?? 0)),
            .init("volume", .int(row?.volume ?? 0)),
        ]
        if shapes == .documented {
            members.append(.init("average_price", price(quote?.ltp)))
            members.append(.init("security_id", Int(instrument.securityID).map(JSON.int) ?? 0))
        }
        return .object(members)
    }
}
