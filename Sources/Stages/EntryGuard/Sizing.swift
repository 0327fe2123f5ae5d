package import Trading

/// How many lots an account may buy: the smallest of what allocation, risk to the stop, cash,
/// freeze quantity and the profile allow. Whole lots, and possibly none.
package struct EntrySize: Sendable, Hashable {
    /// The highest price that the entry pays, on the contract's tick.
    package let limit: Price
    package let lots: Int
    package let quantity: Quantity
    /// What is held back: all units at the limit, and the charges of buying and selling them.
    package let cost: Money
    /// What each bound allowed, for people.
    package let evidence: String

    init(
        ask: Price, contract: PositionTracker.Contract, account: AccountProfile,
        strategy: StrategyID, day: AccountDay, charges: ChargeSchedule, on date: Day
    ) {
        let profile = account.entry
        let limit = Self.limit(ask: ask, protection: profile.priceProtection, contract.tickSize)
        let lotValue = limit * contract.lot
        let cash = account.capital + day.realised - day.reserved
        func cost(_ lots: Int) -> Money {
            guard lots > 0 else { return .zero }
            let value = limit * Quantity(lots * contract.lot.units)
            return value + charges.roundTrip(of: value, contract.instrument.segment, on: date)
        }

        let byAllocation = Self.lots(profile.allocation.of(account.capital), each: lotValue)
        let byRisk = profile.riskPerTrade.map { share in
            Self.lots(
                share.of(account.capital), each: lotValue,
                atRisk: account.risk(for: strategy).stopLoss)
        }
        let byFreeze = contract.freezeQuantity.units / contract.lot.units
        var affordable = Self.lots(cash, each: lotValue)
        let wanted = [byAllocation, byRisk, byFreeze, profile.maxLots].compactMap { $0 }.min() ?? 0
        var lots = max(0, min(wanted, affordable))
        // Charges come on top and rise with the lots: a step or two at most.
        while lots > 0, cost(lots) > cash { lots -= 1 }
        if lots < min(wanted, affordable) { affordable = lots }

        self.limit = limit
        self.lots = lots
        quantity = Quantity(lots * contract.lot.units)
        self.cost = cost(lots)
        evidence =
            "lots=\(lots) allocation=\(byAllocation) risk=\(byRisk.map(String.init) ?? "off") "
            + "cash=\(affordable) freeze=\(byFreeze) "
            + "max=\(profile.maxLots.map(String.init) ?? "off") "
            + "lot_value=\(lotValue.text) capital=\(account.capital.text) available=\(cash.text)"
    }

    /// Rounded down, so that the protection is not exceeded, yet never below the ask.
    private static func limit(ask: Price, protection: Percent, _ tick: Price) -> Price {
        max((ask + protection.of(ask)).roundedDown(to: tick), ask.roundedUp(to: tick))
    }

    /// - Parameter atRisk: the share of its value that a lot may lose; without a stop, all of it.
    private static func lots(_ money: Money, each value: Money, atRisk: Percent? = nil) -> Int {
        let share = atRisk ?? .percent(100)
        guard money > .zero, value > .zero, share > .zero else { return 0 }
        let (risk, isTooDear) = value.paise.multipliedReportingOverflow(by: share.basisPoints)
        return isTooDear ? 0 : money.paise * 10_000 / risk
    }
}

extension ChargeSchedule {
    /// An estimate before the trade: bought and sold for the same.
    fileprivate func roundTrip(of value: Money, _ segment: Segment, on day: Day) -> Money {
        let bought = TradedOrder(side: .buy, segment: segment, value: value, day: day)
        let sold = TradedOrder(side: .sell, segment: segment, value: value, day: day)
        return charges(for: bought).total + charges(for: sold).total
    }
}
