/// The price of one unit of an instrument, in paise. Rupees in text: `"524.30"`.
package struct Price: Hashable, Comparable {
    package var paise: Int

    package init(paise: Int) { self.paise = paise }

    package static func < (left: Price, right: Price) -> Bool { left.paise < right.paise }
    package static func - (left: Price, right: Price) -> Price {
        Price(paise: left.paise - right.paise)
    }
    package static func + (left: Price, right: Price) -> Price {
        Price(paise: left.paise + right.paise)
    }
    package static func * (price: Price, quantity: Quantity) -> Money {
        Money(paise: price.paise * quantity.units)
    }

    /// How far `self` lies above `base`, as a share of `base`; zero for a base of zero.
    package func change(from base: Price) -> Percent {
        guard base.paise != 0 else { return .zero }
        return Percent(basisPoints: (paise - base.paise) * 10_000 / base.paise)
    }

    /// The nearest price at or below `self` that the exchange accepts.
    package func roundedDown(to tick: Price) -> Price {
        Price(paise: tick.paise > 0 ? paise - paise.positiveRemainder(by: tick.paise) : paise)
    }

    /// The nearest price at or above `self` that the exchange accepts.
    package func roundedUp(to tick: Price) -> Price {
        let down = roundedDown(to: tick)
        return down == self ? self : down + tick
    }
}

/// An amount of rupees, in paise. Rupees in text: `"-1250.00"`.
package struct Money: Hashable, Comparable {
    package var paise: Int

    package init(paise: Int) { self.paise = paise }
    package static func rupees(_ rupees: Int) -> Money { Money(paise: rupees * 100) }
    package static let zero = Money(paise: 0)

    package static func < (left: Money, right: Money) -> Bool { left.paise < right.paise }
    package static func + (left: Money, right: Money) -> Money {
        Money(paise: left.paise + right.paise)
    }
    package static func - (left: Money, right: Money) -> Money {
        Money(paise: left.paise - right.paise)
    }
    package static func += (left: inout Money, right: Money) { left.paise += right.paise }
    package static func -= (left: inout Money, right: Money) { left.paise -= right.paise }
    package static prefix func - (money: Money) -> Money { Money(paise: -money.paise) }

    /// The average price of `quantity` units that cost this much, to the nearest paisa; nil for
    /// no units. Sums stay exact: an average is for people and for limits, never for P&L.
    package func average(over quantity: Quantity) -> Price? {
        guard quantity.units > 0 else { return nil }
        let doubled = 2 * paise + quantity.units * paise.signum()
        return Price(paise: doubled / (2 * quantity.units))
    }
}

/// A share of something, in basis points. Percent in text: `"30.00"` is three tenths.
///
/// A type of its own, so that `-16.38` percent, the fraction `-0.1638` and a price can't be mixed.
package struct Percent: Hashable, Comparable {
    package var basisPoints: Int

    package init(basisPoints: Int) { self.basisPoints = basisPoints }
    package static func percent(_ percent: Int) -> Percent {
        Percent(basisPoints: percent * 100)
    }
    package static let zero = Percent(basisPoints: 0)

    package static func < (left: Percent, right: Percent) -> Bool {
        left.basisPoints < right.basisPoints
    }
    package static func - (left: Percent, right: Percent) -> Percent {
        Percent(basisPoints: left.basisPoints - right.basisPoints)
    }
    package static func + (left: Percent, right: Percent) -> Percent {
        Percent(basisPoints: left.basisPoints + right.basisPoints)
    }
    package static prefix func - (percent: Percent) -> Percent {
        Percent(basisPoints: -percent.basisPoints)
    }

    /// This share of an amount, rounded towards zero.
    package func of(_ money: Money) -> Money {
        Money(paise: money.paise * basisPoints / 10_000)
    }

    /// This share of a price, rounded towards zero.
    package func of(_ price: Price) -> Price {
        Price(paise: price.paise * basisPoints / 10_000)
    }
}

/// A number of units (not lots) of an instrument.
package struct Quantity: Hashable, Comparable {
    package var units: Int

    package init(_ units: Int) { self.units = units }
    package static let zero = Quantity(0)

    package static func < (left: Quantity, right: Quantity) -> Bool { left.units < right.units }
    package static func + (left: Quantity, right: Quantity) -> Quantity {
        Quantity(left.units + right.units)
    }
    package static func - (left: Quantity, right: Quantity) -> Quantity {
        Quantity(left.units - right.units)
    }
    package static func += (left: inout Quantity, right: Quantity) { left.units += right.units }
    package static func -= (left: inout Quantity, right: Quantity) { left.units -= right.units }
}

extension Price: FieldValue {
    package init?(text: String) {
        guard let paise = Decimal.parse(text, digits: 2), Readable.price.contains(paise)
        else { return nil }
        self.init(paise: paise)
    }
    package var text: String { Decimal.format(paise, digits: 2) }
}

extension Money: FieldValue {
    package init?(text: String) {
        guard let paise = Decimal.parse(text, digits: 2), Readable.money.contains(paise)
        else { return nil }
        self.init(paise: paise)
    }
    package var text: String { Decimal.format(paise, digits: 2) }
}

extension Percent: FieldValue {
    package init?(text: String) {
        guard let basisPoints = Decimal.parse(text, digits: 2),
            Readable.percent.contains(basisPoints)
        else { return nil }
        self.init(basisPoints: basisPoints)
    }
    package var text: String { Decimal.format(basisPoints, digits: 2) }
}

extension Quantity: FieldValue {
    package init?(text: String) {
        guard let units = Int(text: text), Readable.quantity.contains(units) else { return nil }
        self.init(units)
    }
    package var text: String { String(units) }
}

extension Int {
    /// The remainder that is never negative, for rounding prices below zero the same way.
    fileprivate func positiveRemainder(by divisor: Int) -> Int {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}
