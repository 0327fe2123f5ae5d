import Trading

/// What the broker's risk system and the exchange refuse, in their words. Not everything that an
/// exchange checks: what an order of index options can run into.
struct OrderChecks {
    let order: SimulatedOrder
    let contract: Instrument?
    let row: MarketBook.Row?
    let now: EventTime
    /// The last word on opening hours, nil when they are not kept.
    let session: SessionAnswer?
    let preOpen: PreOpen?
    /// Nil when it is not checked.
    let available: Money?
    /// What the order would take of it.
    let cost: Money
    /// The best price of the account's own orders on the other side; nil when they may meet.
    let opposite: Price?

    private var request: OrderRequest { order.request }

    /// Nil for a good order.
    var refusal: String? {
        hours ?? expiry ?? size ?? prices ?? band ?? protection ?? selfTrade ?? funds
    }

    /// Nil for a good modification.
    var refusalOfChange: String? { size ?? prices ?? band ?? protection }

    private var hours: String? {
        guard let session else { return nil }
        if preOpen?.takes(request, at: now) == true { return nil }
        guard case .open(let hours) = session, hours.contains(now) else {
            return "Markets are Offline or Blocked"
        }
        return nil
    }

    private var expiry: String? {
        guard let option = contract?.option, option.expiry < now.day else { return nil }
        return "The contract has expired on \(option.expiry.text)"
    }

    private var size: String? {
        guard let contract else { return nil }
        let units = request.quantity.units
        if units % max(1, contract.lot.units) != 0 {
            return "Quantity should be in multiples of the lot size \(contract.lot.text)"
        }
        if let freeze = contract.freezeQuantity(on: now.day), request.quantity > freeze {
            return "Quantity exceeds the freeze quantity \(freeze.text)"
        }
        return nil
    }

    private var prices: String? {
        let tick = contract?.tickSize ?? ContractSizes.tickSize
        for price in [request.price, request.trigger].compactMap(\.self) {
            if price.paise <= 0 || price.roundedDown(to: tick) != price {
                return "Price should be in multiples of the tick size \(tick.text)"
            }
        }
        return nil
    }

    private var band: String? {
        guard let price = request.price, let row, let lower = row.lower, let upper = row.upper,
            price < lower || price > upper
        else { return nil }
        return "Order Price needs to be Circuit Limits of \(lower.text) to \(upper.text)"
    }

    /// Only the side that would trade at once is checked; of a stop, once it is triggered.
    var protection: String? {
        guard request.kind != .stop || order.isTriggered, let price = request.price, let row,
            contract?.option != nil
        else { return nil }
        let reference = row.reference
        let width =
            reference <= Price(paise: 50_00)
            ? Price(paise: 20_00) : Percent.percent(40).of(reference)
        let isBeyond =
            switch request.side {
            case .buy: price > reference + width
            case .sell: price < reference - width
            }
        return isBeyond
            ? "Price is out of the limit price protection range around \(reference.text)" : nil
    }

    /// One's own orders do not meet each other: the newer one is refused.
    private var selfTrade: String? {
        guard let price = request.price, let opposite else { return nil }
        let meets = request.side == .buy ? price >= opposite : price <= opposite
        return meets ? "Self trade: an own order rests at \(opposite.text)" : nil
    }

    private var funds: String? {
        guard let available, cost > available else { return nil }
        return "Insufficient Funds: \(cost.text) is needed, \(available.text) is available"
    }
}
