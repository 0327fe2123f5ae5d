import Testing
import Trading

@Suite("Charges")
struct ChargesTests {
    let schedule = ChargeSchedule()

    func charges(
        _ side: TradedOrder.Side, paise: Int, on day: Day, _ segment: Segment = .nseDerivatives
    ) -> Charges {
        schedule.charges(
            for: TradedOrder(side: side, segment: segment, value: Money(paise: paise), day: day))
    }

    /// A recorded row of December 2024 (BUY 75 × 30.00): transaction 0.7882, SEBI 0.0023,
    /// brokerage 20, GST 3.7444, STT and stamp 0. The row is written to four decimals and its GST
    /// is a ten-thousandth more than these rates give, so GST is held to the paisa.
    @Test func `a recorded purchase`() {
        let charges = charges(.buy, paise: 225_000, on: Day(2024, 12, 16))
        #expect(charges.transactionCharge == ExactAmount(nanorupees: 788_175_000))
        #expect(charges.protectionFund == ExactAmount(nanorupees: 11_250_000))
        #expect(charges.regulatorFee == ExactAmount(nanorupees: 2_250_000))
        #expect(charges.brokerage.toPaisa == .rupees(20))
        #expect(charges.serviceTax == ExactAmount(nanorupees: 3_744_301_500))
        #expect(charges.serviceTax.toPaisa == Money(paise: 374))
        #expect(charges.transactionTax == .zero)
        #expect(charges.stampDuty.toRupee == .zero)
        // 20 + 0.79 + 0.01 + 0.00 + 3.74
        #expect(charges.total == Money(paise: 2_454))
    }

    /// One lot of NIFTY (65), bought at 100 and sold at 110 after April 2026.
    @Test func `a round trip`() {
        let buy = charges(.buy, paise: 650_000, on: Day(2026, 5, 4))
        let sell = charges(.sell, paise: 715_000, on: Day(2026, 5, 4))
        #expect(sell.transactionTax == ExactAmount(nanorupees: 10_725_000_000))
        #expect(sell.transactionTax.toRupee == .rupees(11))
        #expect(buy.stampDuty == ExactAmount(nanorupees: 195_000_000))
        let exchange =
            buy.transactionCharge + buy.protectionFund + sell.transactionCharge
            + sell.protectionFund
        #expect(exchange.toPaisa == Money(paise: 485))
        #expect((buy.serviceTax + sell.serviceTax).toPaisa == Money(paise: 808))
        #expect(buy.total == Money(paise: 2_634))
        #expect(sell.total == Money(paise: 3_761))
        #expect(buy.total + sell.total == Money(paise: 6_395))
    }

    @Test(
        "Rates by day, for a turnover of one lakh",
        arguments: [
            // day, segment, side; tax on sales, transaction, fund, stamp: in paise
            ("2024-10-01", .nseDerivatives, .sell, 10_000, 3_503, 50, 0),
            ("2026-02-28", .nseDerivatives, .sell, 10_000, 3_503, 50, 0),
            ("2026-03-01", .nseDerivatives, .sell, 10_000, 3_552, 1, 0),
            ("2026-03-31", .nseDerivatives, .sell, 10_000, 3_552, 1, 0),
            ("2026-04-01", .nseDerivatives, .sell, 15_000, 3_552, 1, 0),
            ("2026-04-01", .nseDerivatives, .buy, 0, 3_552, 1, 300),
            ("2025-12-15", .bseDerivatives, .sell, 10_000, 3_250, 0, 0),
            ("2026-04-01", .bseDerivatives, .sell, 15_000, 3_250, 0, 0),
            ("2024-01-01", .nseDerivatives, .sell, 10_000, 3_503, 50, 0),  // before the first row
        ] as [(String, Segment, TradedOrder.Side, Int, Int, Int, Int)]
    )
    func rates(
        day: String, segment: Segment, side: TradedOrder.Side, tax: Int, transaction: Int,
        fund: Int, stamp: Int
    ) throws {
        let day = try #require(Day(text: day))
        let charges = charges(side, paise: 10_000_000, on: day, segment)
        #expect(charges.transactionTax.toPaisa.paise == tax)
        #expect(charges.transactionCharge.toPaisa.paise == transaction)
        #expect(charges.protectionFund.toPaisa.paise == fund)
        #expect(charges.stampDuty.toPaisa.paise == stamp)
        #expect(charges.regulatorFee.toPaisa.paise == 10)
    }

    @Test("Fills of one order pay one brokerage", arguments: 0..<16 as Range<UInt64>)
    func partialFills(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let day = Day(2026, 5, 4)
        var turnover = 0
        var charged = Money.zero
        var apart = Money.zero
        for _ in 0..<20 {
            let fill = Int.random(in: 1...500_000, using: &random)
            turnover += fill
            apart += charges(.sell, paise: fill, on: day).total
            let soFar = charges(.sell, paise: turnover, on: day)
            #expect(soFar.brokerage.toPaisa == .rupees(20))
            #expect(soFar.total >= charged)
            charged = soFar.total
        }
        // Nineteen brokerages and their tax would be too much, give or take the rounding.
        #expect(abs((apart - charged).paise - 19 * 2_360) < 20 * 55)
    }

    @Test func `an order without fills costs nothing`() {
        #expect(charges(.buy, paise: 0, on: Day(2026, 5, 4)) == .none)
        #expect(Charges.none.total == .zero)
    }

    @Test func `the brokerage is the account's`() {
        let free = ChargeSchedule(brokerage: .zero)
        let order = TradedOrder(
            side: .buy, segment: .nseDerivatives, value: Money(paise: 225_000),
            day: Day(2024, 12, 16))
        // 0.79 + 0.01 + 0.00 and 18 % of 0.8017
        #expect(free.charges(for: order).total == Money(paise: 94))
    }

    @Test(
        "Rounding",
        arguments: [
            (4_999_999, 0, 0), (5_000_000, 1, 0), (499_999_999, 50, 0), (500_000_000, 50, 100),
            (10_725_000_000, 1_073, 1_100),
        ]
    )
    func rounding(nanorupees: Int, toPaisa: Int, toRupee: Int) {
        let amount = ExactAmount(nanorupees: nanorupees)
        #expect(amount.toPaisa.paise == toPaisa)
        #expect(amount.toRupee.paise == toRupee)
    }
}
