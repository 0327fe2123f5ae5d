package import Trading

/// What an account has bought and sold of one contract in one product.
package struct Holding: Sendable, Hashable {
    package struct Key: Sendable, Hashable {
        package var instrument: InstrumentID
        package var product: OrderRequest.Product

        package init(_ instrument: InstrumentID, _ product: OrderRequest.Product) {
            self.instrument = instrument
            self.product = product
        }
    }

    package var bought = Quantity.zero
    package var boughtValue = Money.zero
    package var sold = Quantity.zero
    package var soldValue = Money.zero
    /// Of the above, what was carried over from the day before.
    package var carriedBought = Quantity.zero
    package var carriedBoughtValue = Money.zero
    package var carriedSold = Quantity.zero
    package var carriedSoldValue = Money.zero

    package init() {}

    package var net: Quantity { bought - sold }

    package mutating func add(_ side: OrderSide, _ quantity: Quantity, _ value: Money) {
        switch side {
        case .buy:
            bought += quantity
            boughtValue += value
        case .sell:
            sold += quantity
            soldValue += value
        }
    }

    /// (Average of sales − average of purchases) × what is matched, to the paisa.
    package var realised: Money {
        let matched = min(bought.units, sold.units)
        guard matched > 0 else { return .zero }
        return Self.share(soldValue, matched, of: sold)
            - Self.share(boughtValue, matched, of: bought)
    }

    /// Of what is still held, at a price.
    package func unrealised(at price: Price) -> Money {
        let net = net.units
        if net > 0 { return price * Quantity(net) - Self.share(boughtValue, net, of: bought) }
        if net < 0 { return Self.share(soldValue, -net, of: sold) - price * Quantity(-net) }
        return .zero
    }

    private static func share(_ value: Money, _ units: Int, of whole: Quantity) -> Money {
        Money(paise: value.paise * units / whole.units)
    }

    /// Gives away so much of what is held, at its average; nil when there is not as much.
    mutating func give(
        _ quantity: Quantity
    ) -> (side: OrderSide, quantity: Quantity, value: Money)? {
        guard abs(net.units) >= quantity.units else { return nil }
        if net > .zero {
            let value = Self.share(boughtValue, quantity.units, of: bought)
            bought -= quantity
            boughtValue -= value
            return (.buy, quantity, value)
        }
        let value = Self.share(soldValue, quantity.units, of: sold)
        sold -= quantity
        soldValue -= value
        return (.sell, quantity, value)
    }

    /// Overnight, what is left becomes carried; what was closed is gone.
    package var carried: Holding? {
        guard net != .zero else { return nil }
        var next = Holding()
        if net > .zero {
            next.bought = net
            next.boughtValue = Self.share(boughtValue, net.units, of: bought)
            (next.carriedBought, next.carriedBoughtValue) = (next.bought, next.boughtValue)
        } else {
            next.sold = Quantity(-net.units)
            next.soldValue = Self.share(soldValue, -net.units, of: sold)
            (next.carriedSold, next.carriedSoldValue) = (next.sold, next.soldValue)
        }
        return next
    }
}
