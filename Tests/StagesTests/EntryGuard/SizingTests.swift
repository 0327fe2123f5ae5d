import Stages
import Support
import Testing
import Trading

@Suite("Sizing")
struct SizingTests {
    /// The entry's limit is 103.00 (ask 101.00 and 2 %, on the tick): a lot of 35 is 3 605.00.
    @Test(
        "The smallest bound decides",
        arguments: [
            // capital, allocation, risk (stop 30 %), reserved, freeze, max lots, lots
            (200_000, "30.00", nil, 0, 600, nil, 16),  // 60 000 / 3 605 = 16.6
            (200_000, "30.00", "1.00", 0, 600, nil, 1),  // 2 000 / 1 081.50 = 1.8
            (200_000, "100.00", "5.00", 0, 600, nil, 9),  // 10 000 / 1 081.50 = 9.2
            (200_000, "100.00", nil, 0, 600, nil, 17),  // 600 / 35 = 17.1
            (200_000, "100.00", nil, 190_000, 600, nil, 2),  // 10 000 / 3 605 = 2.7
            (200_000, "100.00", nil, 0, 600, 3, 3),
            (200_000, "1.00", nil, 0, 600, nil, 0),  // 2 000: not one lot
            (200_000, "30.00", "0.50", 0, 600, nil, 0),  // pain 40: never forced up to one
            (200_000, "30.00", nil, 0, 34, nil, 0),
            (200_000, "30.00", nil, 200_000, 600, nil, 0),
            (200_000, "30.00", nil, 300_000, 600, nil, 0),
        ] as [(Int, Percent, Percent?, Int, Int, Int?, Int)]
    )
    func bounds(
        capital: Int, allocation: Percent, risk: Percent?, reserved: Int, freeze: Int,
        maxLots: Int?, lots: Int
    ) {
        let entry = Entry().with {
            $0.account.capital = .rupees(capital)
            $0.account.entry.allocation = allocation
            $0.account.entry.riskPerTrade = risk
            $0.account.entry.maxLots = maxLots
            $0.day.reserved = .rupees(reserved)
            $0.instrument = Fixtures.instrument(freeze: freeze)
        }
        #expect(entry.lots == lots)
        #expect(entry.refusal == (lots == 0 ? .size : nil))
    }

    @Test func `charges must be affordable too`() {
        // One lot is 3 605.00; buying and selling it costs some fifty rupees more.
        let entry = Entry().with { $0.account.entry.allocation = .percent(100) }
        let charged = entry.with { $0.day.reserved = "196395.00" }  // leaves 3 605.00
        #expect(charged.refusal == .size)
        let enough = entry.with { $0.day.reserved = "196300.00" }
        #expect(enough.lots == 1)
    }

    @Test func `losses of the day shrink the cash`() {
        let entry = Entry().with {
            $0.account.entry.allocation = .percent(100)
            $0.account.entry.dailyLoss = nil
            $0.day.realised = .rupees(-195_000)
        }
        #expect(entry.lots == 1)
    }

    @Test func `without a stop the whole premium is at risk`() {
        let entry = Entry().with {
            $0.account.risk.stopLoss = nil
            $0.account.entry.allocation = .percent(100)
        }
        #expect(entry.lots == 2)  // 10 000 / 3 605
    }

    @Test func `the strategy's own stop decides its risk`() {
        let entry = Entry().with {
            var tight = RiskProfile()
            tight.stopLoss = .percent(20)
            $0.account.riskByStrategy = [Fixtures.strategy: tight]
            $0.account.entry.allocation = .percent(100)
        }
        #expect(entry.lots == 13)  // 10 000 / 721
    }

    @Test func `the refusal tells what each bound allowed`() {
        let entry = Entry().with { $0.account.entry.riskPerTrade = "0.50" }
        let detail =
            "lots=0 allocation=16 risk=0 cash=55 freeze=17 max=100 lot_value=3605.00 "
            + "capital=200000.00 available=200000.00"
        #expect(entry.verdict == .refused(.size, detail: detail))
    }

    @Test(
        "The limit stands on the tick, at most 2 percent above the ask and never below it",
        arguments: [
            // ask, limit
            ("101.00", "103.00"),  // 103.02
            ("100.00", "102.00"),
            ("20.05", "20.45"),
            ("1.00", "1.00"),  // 1.02
        ] as [(Price, Price)]
    )
    func limit(ask: Price, limit: Price) {
        let entry = Entry().with { $0.account.entry.minPremium = nil }
        let orders = entry.quoted(bid: ask, ask: ask).effects.compactMap { effect -> Order? in
            if case .place(let order) = effect { order } else { nil }
        }
        #expect(orders.map(\.price) == [limit])
    }

    @Test("No bound is ever exceeded", arguments: 0..<64 as Range<UInt64>)
    func neverExceeded(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<100 {
            var entry = Entry()
            let lot = Int.random(in: 1...200, using: &random)
            let freeze = Int.random(in: 1...3_000, using: &random)
            entry.account.capital = Money(paise: .random(in: 0...1_000_000_00, using: &random))
            entry.account.entry.allocation = Percent(
                basisPoints: .random(in: 0...10_000, using: &random))
            entry.account.entry.riskPerTrade = Percent(
                basisPoints: .random(in: 1...10_000, using: &random))
            entry.account.entry.dailyLoss = nil
            entry.day.realised = Money(paise: .random(in: -500_000_00...500_000_00, using: &random))
            entry.day.reserved = Money(paise: .random(in: 0...500_000_00, using: &random))
            entry.instrument = Fixtures.instrument(lot: lot, freeze: freeze)
            let ask = Price(paise: 5 * .random(in: 400...20_000, using: &random))
            check(entry.quoted(bid: ask, ask: ask), lot: lot, freeze: freeze)
        }
    }

    private func check(_ entry: Entry, lot: Int, freeze: Int) {
        guard let position = entry.position else {
            #expect(entry.refusal == .size)
            return
        }
        let units = position.quantity.units
        let profile = entry.account.entry
        let capital = entry.account.capital
        #expect(units > 0 && units % lot == 0, "whole lots")
        #expect(units <= freeze)
        #expect(position.reserved <= capital + entry.day.realised - entry.day.reserved)
        let ask = entry.signal.quote.ask ?? "0.00"
        #expect(position.reserved > ask * position.quantity, "charges are reserved too")
        #expect(ask * position.quantity <= profile.allocation.of(capital))
        let risk = profile.riskPerTrade?.of(capital) ?? .zero
        #expect(Percent.percent(30).of(ask * position.quantity) <= risk)
    }
}
