/// Lots, ticks and freeze quantities by date, for when a list lacks them. **The day's instrument
/// list wins**: the exchanges review lots twice a year and freeze quantities each month, and what
/// comes after the last row is not known here.
package enum ContractSizes {
    /// Index options have moved in steps of 5 paise on both exchanges.
    package static let tickSize = Price(paise: 5)

    /// The lot of the contracts that expire on `expiry`: a new size comes with new contracts, so
    /// it goes by their expiry and not by the day of the trade. Nil for an unknown index, and
    /// before 2025, when old and new contracts traded side by side.
    package static func lot(of index: IndexName, expiring expiry: Day) -> Quantity? {
        lots.last { $0.from <= expiry }?.units[index].map(Quantity.init)
    }

    /// The exchange's limit on one order on `day`, in units. Nil for an unknown index and before
    /// August 2025.
    package static func freezeQuantity(of index: IndexName, on day: Day) -> Quantity? {
        freezes.last { $0.from <= day }?.units[index].map(Quantity.init)
    }

    private struct Row {
        let from: Day
        let units: [IndexName: Int]
    }

    /// Last contracts of the old NSE sizes: 23 December (weekly) and 30 December 2025 (monthly),
    /// NSE/FAOP/70616. BSE: from the broker's lists.
    private static let lots = [
        Row(
            from: Day(2025, 1, 1),
            units: [
                "NIFTY": 75, "BANKNIFTY": 30, "FINNIFTY": 65, "MIDCPNIFTY": 120, "NIFTYNXT50": 25,
                "SENSEX": 20, "BANKEX": 30, "SNSX50": 60,
            ]),
        Row(
            from: Day(2025, 7, 1),
            units: [
                "NIFTY": 75, "BANKNIFTY": 35, "FINNIFTY": 65, "MIDCPNIFTY": 140, "NIFTYNXT50": 25,
                "SENSEX": 20, "BANKEX": 30, "SNSX50": 75,
            ]),
        Row(
            from: Day(2026, 1, 1),
            units: [
                "NIFTY": 65, "BANKNIFTY": 30, "FINNIFTY": 60, "MIDCPNIFTY": 120, "NIFTYNXT50": 25,
                "SENSEX": 20, "BANKEX": 30, "SNSX50": 75, "NIFTYFPI": 1_100,
            ]),
    ]

    /// NSE's monthly circulars; for SENSEX the number that is commonly quoted.
    private static let freezes = [
        freeze(from: Day(2025, 8, 1), bankNifty: 600, finNifty: 1_800),
        freeze(from: Day(2025, 9, 1), bankNifty: 900, finNifty: 1_800),
        // October's circular can't be read: the smaller neighbour, for a smaller order is
        // always accepted.
        freeze(from: Day(2025, 10, 1), bankNifty: 600, finNifty: 1_800),
        freeze(from: Day(2025, 12, 1), bankNifty: 600, finNifty: 1_200),
        freeze(from: Day(2026, 2, 1), bankNifty: 600, finNifty: 1_800),
        freeze(from: Day(2026, 3, 2), bankNifty: 600, finNifty: 1_200),
        freeze(from: Day(2026, 4, 1), bankNifty: 900, finNifty: 1_800),
        freeze(from: Day(2026, 7, 1), bankNifty: 600, finNifty: 1_800),
        freeze(from: Day(2026, 8, 12), bankNifty: 600, finNifty: 1_800, niftyFPI: 8_500),
    ]

    private static func freeze(
        from day: Day, bankNifty: Int, finNifty: Int, niftyFPI: Int? = nil
    ) -> Row {
        var units: [IndexName: Int] = [
            "NIFTY": 1_800, "BANKNIFTY": bankNifty, "FINNIFTY": finNifty, "MIDCPNIFTY": 2_800,
            "NIFTYNXT50": 600, "SENSEX": 1_000,
        ]
        units["NIFTYFPI"] = niftyFPI
        return Row(from: day, units: units)
    }
}

/// Cuts a quantity into orders that the exchange accepts.
package enum OrderSlices {
    /// One commit carries all orders of an attempt. A position is bought with one order, so this
    /// is far more than any needs; what is left over is the next attempt's.
    package static let most = 1_000

    /// The largest multiple of the lot within the freeze quantity; nil when there is no limit.
    /// Never less than one lot: a limit below it must be wrong, and exits may not stop over it.
    package static func largestOrder(lot: Quantity, freeze: Quantity?) -> Quantity? {
        guard let freeze else { return nil }
        let lot = max(lot, Quantity(1))
        return Quantity(max(1, freeze.units / lot.units) * lot.units)
    }

    /// Orders as large as allowed, the remainder last. They add up to `quantity`, also when it is
    /// no whole number of lots, but for what `most` orders cannot hold; none for a quantity of
    /// zero or less.
    package static func slices(
        of quantity: Quantity, lot: Quantity, freeze: Quantity?, atMost most: Int = .max
    ) -> [Quantity] {
        guard quantity > .zero else { return [] }
        guard let largest = largestOrder(lot: lot, freeze: freeze) else { return [quantity] }
        let (whole, rest) = quantity.units.quotientAndRemainder(dividingBy: largest.units)
        if whole >= most { return Array(repeating: largest, count: most) }
        return Array(repeating: largest, count: whole) + (rest > 0 ? [Quantity(rest)] : [])
    }
}

extension Instrument {
    /// The limit on one order: the list's, else the table's for that day.
    package func freezeQuantity(on day: Day) -> Quantity? {
        freezeQuantity ?? ContractSizes.freezeQuantity(of: index, on: day)
    }

    /// The orders that trade `quantity` of it on `day`.
    package func slices(of quantity: Quantity, on day: Day) -> [Quantity] {
        OrderSlices.slices(of: quantity, lot: lot, freeze: freezeQuantity(on: day))
    }
}
