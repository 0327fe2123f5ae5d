import Trading

extension PaperMatch {
    /// Fills what the quote allows. A buy takes the ask and a sale the bid, worse by the slippage
    /// and never beyond the limit.
    static func match(
        _ answer: inout Answer, with quote: Quote, contract: Contract, profile: PaperProfile
    ) {
        guard answer.order.status.isWorking else { return }
        let touch = Touch(of: answer.order.side, quote, contract: contract, profile: profile)
        let limit =
            answer.order.price
            ?? protection(of: answer.order.side, quote, contract: contract, profile: profile)
        answer.order.price = limit
        guard let price = touch.price(within: limit) else { return }
        let units = fillable(answer.order, at: touch, contract: contract, profile: profile)
        guard units > .zero else { return }
        answer.order.filled += units
        answer.order.value += price * units
        answer.tell(answer.order.remaining == .zero ? .traded : .partTraded, at: quote.at)
    }

    /// What a market order's limit becomes: a share of the last price away from it, by premium.
    private static func protection(
        of side: OrderSide, _ quote: Quote, contract: Contract, profile: PaperProfile
    ) -> Price {
        let row = profile.protections.first { row in row.below.map { quote.ltp < $0 } ?? true }
        let distance = row?.share.of(quote.ltp) ?? Price(paise: 0)
        switch side {
        case .buy: return (quote.ltp + distance).roundedUp(to: contract.tickSize)
        case .sell:
            return max(
                (quote.ltp - distance).roundedDown(to: contract.tickSize), contract.tickSize)
        }
    }

    /// In whole lots, as the exchange trades; an odd rest of less than one lot fills at once.
    private static func fillable(
        _ order: PaperOrder, at touch: Touch, contract: Contract, profile: PaperProfile
    ) -> Quantity {
        let lot = max(1, contract.lot.units)
        let share = order.quantity.units * profile.fillShare.basisPoints / 10_000
        var units = max(share / lot * lot, lot)
        if profile.respectDepth, let depth = touch.depth {
            units = min(units, depth.units / lot * lot)
        }
        return Quantity(min(units, order.remaining.units))
    }

    /// The other side's best price, as this order would meet it.
    private struct Touch {
        var side: OrderSide
        var price: Price
        var worse: Price
        var depth: Quantity?

        init(of side: OrderSide, _ quote: Quote, contract: Contract, profile: PaperProfile) {
            let half = profile.assumedSpread.of(quote.ltp)
            let tick = contract.tickSize
            let slippage = Price(paise: tick.paise * profile.slippageTicks)
            self.side = side
            switch side {
            case .buy:
                price = quote.ask ?? (quote.ltp + half).roundedUp(to: tick)
                worse = price + slippage
                depth = quote.ask == nil ? nil : quote.askQuantity
            case .sell:
                price = quote.bid ?? max((quote.ltp - half).roundedDown(to: tick), tick)
                worse = max(price - slippage, tick)
                depth = quote.bid == nil ? nil : quote.bidQuantity
            }
        }

        /// Nil when the limit does not reach the touch.
        func price(within limit: Price) -> Price? {
            switch side {
            case .buy: price <= limit ? min(worse, limit) : nil
            case .sell: price >= limit ? max(worse, limit) : nil
            }
        }
    }
}
