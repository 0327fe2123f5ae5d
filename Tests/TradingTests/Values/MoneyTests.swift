import Testing
import Trading

@Suite("Prices, money, percentages")
struct MoneyTests {
    @Test(
        "Rounding to the exchange's tick",
        arguments: [
            (10_003, 5, 10_000, 10_005),
            (10_005, 5, 10_005, 10_005),  // already on the tick
            (4, 5, 0, 5),
            (0, 5, 0, 0),
            (-3, 5, -5, 0),  // below zero too, down is down
            (-5, 5, -5, -5),
            (12_345, 10, 12_340, 12_350),
            (12_345, 0, 12_345, 12_345),  // no tick known: every price is accepted
        ]
    )
    func ticks(paise: Int, tick: Int, down: Int, up: Int) {
        let price = Price(paise: paise)
        #expect(price.roundedDown(to: Price(paise: tick)) == Price(paise: down))
        #expect(price.roundedUp(to: Price(paise: tick)) == Price(paise: up))
    }

    @Test func `the average of fills is rounded to the nearest paisa, halves away from zero`() {
        #expect(Money(paise: 10).average(over: Quantity(4)) == Price(paise: 3))
        #expect(Money(paise: -10).average(over: Quantity(4)) == Price(paise: -3))
        #expect(Money(paise: 10).average(over: Quantity(3)) == Price(paise: 3))
        #expect(Money(paise: 10).average(over: .zero) == nil)
    }

    @Test func `a percentage is of something, and a change is relative to its base`() {
        #expect(Percent.percent(30).of(Price(paise: 10_000)) == Price(paise: 3_000))
        #expect(Percent(basisPoints: 1).of(Money.rupees(1)) == Money(paise: 0))
        #expect(Percent.percent(-30).of(Money(paise: 11)) == Money(paise: -3))  // towards zero
        let fall = Price(paise: 7_000).change(from: Price(paise: 10_000))
        #expect(fall == .percent(-30))
        #expect(fall.text == "-30.00")
        #expect(Price(paise: 7_000).change(from: Price(paise: 0)) == .zero)
    }

    @Test func `the text forms are exact`() {
        #expect(Price(text: "524.3")?.text == "524.30")
        #expect(Money(text: "-1250")?.text == "-1250.00")
        #expect(Percent(text: "-16.38")?.basisPoints == -1_638)
        #expect(Quantity(text: "75") == Quantity(75))
        #expect(Quantity(text: "75.0") == nil)
        #expect(Quantity(text: "+75") == nil)
        #expect(EventTime(text: "+1765770300000") == nil)
        #expect(Price(paise: 52_430) * Quantity(75) == Money.rupees(39_322) + Money(paise: 50))
    }

    @Test(
        "Instrument ids",
        arguments: [
            ("NSE_FNO:51460", true), ("IDX_I:25", true), ("NSE_FNO:", false), ("NSE_FNO", false),
            ("FNO:51460", false), (":51460", false),
        ]
    )
    func ids(text: String, readable: Bool) {
        #expect(InstrumentID(text: text)?.text == (readable ? text : nil))
    }
}
