/// How far the value of an order's fills can be relied on.
package enum ValuePrecision: String, FieldValue, CaseIterable {
    /// Its average times its units: off by up to a paisa a unit.
    case rounded
    /// The only sum that whole lots at prices of the tick can come to with that average.
    case derived
    /// The sum of its trades.
    case exact
}

extension ValuePrecision: Comparable {
    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .rounded: 0
        case .derived: 1
        case .exact: 2
        }
    }
}

/// What an order has filled, as far as somebody knows it. Of two that do not agree the larger one
/// is believed, whichever came first: fills only rise, and a sum outranks an average.
package struct FillTotal: Sendable, Hashable, Comparable {
    package var units: Quantity
    package var value: Money
    package var precision: ValuePrecision

    package init(units: Quantity, value: Money, precision: ValuePrecision) {
        self.units = units
        self.value = value
        self.precision = precision
    }

    /// Two sources may round an average differently: one of them must be chosen.
    package static func < (left: Self, right: Self) -> Bool {
        (left.units, left.precision, left.value) < (right.units, right.precision, right.value)
    }
}

extension PositionTracker.Contract {
    /// The total with its exact value, where the rounded one allows no other: an exchange trades
    /// whole lots at prices of the tick.
    ///
    /// Nobody says which way the broker rounds, so the average may be a paisa off either way.
    package func derived(_ total: FillTotal) -> FillTotal {
        let units = total.units.units
        let step = tickSize.paise * lot.units
        guard total.precision == .rounded, step > 0, units > 0, units % lot.units == 0 else {
            return total
        }
        let (least, most) = (total.value.paise - units + 1, total.value.paise + units - 1)
        let only = most / step * step
        guard only >= least, only - step < least else { return total }
        return FillTotal(units: total.units, value: Money(paise: only), precision: .derived)
    }
}
