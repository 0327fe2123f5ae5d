/// An amount in billionths of a rupee: charges are shares of paise and are rounded only once.
package struct ExactAmount: Hashable, Comparable, Sendable {
    package let nanorupees: Int

    package init(nanorupees: Int) { self.nanorupees = nanorupees }
    package init(_ money: Money) { nanorupees = money.paise * 10_000_000 }
    package static let zero = ExactAmount(nanorupees: 0)

    package static func < (left: ExactAmount, right: ExactAmount) -> Bool {
        left.nanorupees < right.nanorupees
    }
    package static func + (left: ExactAmount, right: ExactAmount) -> ExactAmount {
        ExactAmount(nanorupees: left.nanorupees + right.nanorupees)
    }

    /// To the nearest paisa, halves up.
    package var toPaisa: Money {
        Money(paise: (nanorupees + 5_000_000) / 10_000_000)
    }

    /// To the nearest rupee, halves up.
    package var toRupee: Money {
        Money.rupees((nanorupees + 500_000_000) / 1_000_000_000)
    }
}

/// What has been traded by one order so far.
package struct TradedOrder: Hashable, Sendable {
    package enum Side: String, FieldValue {
        case buy, sell
    }

    package let side: Side
    package let segment: Segment
    /// Premium turnover of all fills of the order up to now: price × quantity, summed.
    package let value: Money
    package let day: Day

    package init(side: Side, segment: Segment, value: Money, day: Day) {
        self.side = side
        self.segment = segment
        self.value = value
        self.day = day
    }
}

/// What one order costs beside its premium, item by item and unrounded; ``total`` is rounded as a
/// contract note rounds.
package struct Charges: Hashable, Sendable {
    /// The broker's fee for an executed order, however many fills it had.
    package let brokerage: ExactAmount
    /// Securities transaction tax, on sales.
    package let transactionTax: ExactAmount
    /// The exchange's fee.
    package let transactionCharge: ExactAmount
    /// The exchange's investor protection fund.
    package let protectionFund: ExactAmount
    /// The regulator's fee.
    package let regulatorFee: ExactAmount
    /// Stamp duty, on purchases.
    package let stampDuty: ExactAmount
    /// Tax on the services: brokerage, both of the exchange's fees, the regulator's.
    package let serviceTax: ExactAmount

    package static let none = Charges(
        brokerage: .zero, transactionTax: .zero, transactionCharge: .zero, protectionFund: .zero,
        regulatorFee: .zero, stampDuty: .zero, serviceTax: .zero)

    /// Transaction tax and stamp duty to the rupee, the other items to the paisa, then summed.
    /// A contract note rounds the first two over all trades of a day in one contract; rounding
    /// them for each order differs from it by half a rupee an order at most.
    package var total: Money {
        transactionTax.toRupee + stampDuty.toRupee + brokerage.toPaisa + transactionCharge.toPaisa
            + protectionFund.toPaisa + regulatorFee.toPaisa + serviceTax.toPaisa
    }
}

/// Charges for trading index options, by date.
///
/// Brokerage is due once for an order, so a fill is never charged by itself: give the order's
/// turnover *so far* and replace what was charged before by the new total.
package struct ChargeSchedule: Hashable, Sendable {
    /// For each executed order; DhanHQ takes 20 rupees.
    package let brokerage: Money

    package init(brokerage: Money = .rupees(20)) { self.brokerage = brokerage }

    /// Nothing for an order without fills. Days before the first row (1 October 2024) take that
    /// row; segments that are not BSE's take NSE's rates.
    package func charges(for order: TradedOrder) -> Charges {
        guard order.value > .zero else { return .none }
        let rates = Rates.on(order.day)
        let exchange = order.segment == .bseDerivatives ? rates.bse : rates.nse
        let fee = ExactAmount(brokerage)
        let transaction = exchange.transaction.share(of: order.value)
        let fund = exchange.protectionFund.share(of: order.value)
        let regulator = Rates.regulator.share(of: order.value)
        let services = fee + transaction + fund + regulator
        return Charges(
            brokerage: fee,
            transactionTax: order.side == .sell ? rates.saleTax.share(of: order.value) : .zero,
            transactionCharge: transaction,
            protectionFund: fund,
            regulatorFee: regulator,
            stampDuty: order.side == .buy ? Rates.stamp.share(of: order.value) : .zero,
            serviceTax: ExactAmount(nanorupees: services.nanorupees * 18 / 100)
        )
    }
}

/// A share in ten-millionths (0.00001 %), the unit in which every rate below is whole; a paisa
/// times such a rate is a whole number of nanorupees.
private struct Rate: Hashable, Sendable {
    let tenMillionths: Int

    func share(of money: Money) -> ExactAmount {
        ExactAmount(nanorupees: money.paise * tenMillionths)
    }
}

private struct Rates: Sendable {
    struct ExchangeRates {
        let transaction: Rate
        let protectionFund: Rate
    }

    let from: Day
    let saleTax: Rate
    let nse: ExchangeRates
    let bse = ExchangeRates(
        transaction: Rate(tenMillionths: 3_250), protectionFund: Rate(tenMillionths: 0))

    /// 10 rupees per crore.
    static let regulator = Rate(tenMillionths: 10)
    /// 0.003 % of a purchase.
    static let stamp = Rate(tenMillionths: 300)

    /// Both sum up to 3 553 rupees per crore: NSE/FA/73061 relabelled them on 1 March 2026.
    private static let nseUntilFebruary2026 = ExchangeRates(
        transaction: Rate(tenMillionths: 3_503), protectionFund: Rate(tenMillionths: 50))
    private static let nseSinceMarch2026 = ExchangeRates(
        transaction: Rate(tenMillionths: 3_552), protectionFund: Rate(tenMillionths: 1))

    /// The tax on sales of options rose from 0.1 % to 0.15 % with the budget of 2026.
    private static let first = Rates(
        from: Day(2024, 10, 1), saleTax: Rate(tenMillionths: 10_000), nse: nseUntilFebruary2026)
    private static let later = [
        Rates(
            from: Day(2026, 3, 1), saleTax: Rate(tenMillionths: 10_000), nse: nseSinceMarch2026),
        Rates(
            from: Day(2026, 4, 1), saleTax: Rate(tenMillionths: 15_000), nse: nseSinceMarch2026),
    ]

    static func on(_ day: Day) -> Rates { later.last { $0.from <= day } ?? first }
}
