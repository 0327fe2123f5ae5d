import Trading

/// The other side's best price, as an order would meet it; and what a market order turns into.
struct Touch {
    private let side: OrderSide
    private let best: Price
    private let worse: Price
    let depth: Quantity?

    init(of side: OrderSide, _ quote: Quote, tick: Price, _ profile: PaperProfile) {
        let half = profile.assumedSpread.of(quote.ltp)
        let slippage = Price(paise: tick.paise * profile.slippageTicks)
        self.side = side
        switch side {
        case .buy:
            best = quote.ask ?? (quote.ltp + half).roundedUp(to: tick)
            worse = best + slippage
            depth = quote.ask.flatMap { _ in quote.askQuantity }
        case .sell:
            best = quote.bid ?? max((quote.ltp - half).roundedDown(to: tick), tick)
            worse = max(best - slippage, tick)
            depth = quote.bid.flatMap { _ in quote.bidQuantity }
        }
    }

    /// What is paid; nil when the limit does not reach it.
    func price(within limit: Price) -> Price? {
        switch side {
        case .buy: best <= limit ? min(worse, limit) : nil
        case .sell: best >= limit ? max(worse, limit) : nil
        }
    }

    /// A market order becomes a limit this far from the last price, by the table of premiums.
    static func protected(
        _ side: OrderSide, _ ltp: Price, tick: Price, _ profile: PaperProfile
    ) -> Price {
        let row = profile.protections.first { row in row.below.map { ltp < $0 } ?? true }
        let distance = row?.share.of(ltp) ?? Price(paise: 0)
        switch side {
        case .buy: return (ltp + distance).roundedUp(to: tick)
        case .sell: return max((ltp - distance).roundedDown(to: tick), tick)
        }
    }
}
