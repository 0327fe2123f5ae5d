import Testing
import Trading

@Suite("Lots and freeze quantities")
struct ContractSizesTests {
    @Test(
        "Lots by expiry",
        arguments: [
            ("NIFTY", "2025-12-30", 75), ("NIFTY", "2026-01-06", 65),
            ("BANKNIFTY", "2025-06-26", 30), ("BANKNIFTY", "2025-07-31", 35),
            ("BANKNIFTY", "2025-12-30", 35), ("BANKNIFTY", "2026-01-27", 30),
            ("FINNIFTY", "2026-01-27", 60), ("MIDCPNIFTY", "2025-12-30", 140),
            ("MIDCPNIFTY", "2026-01-27", 120), ("SENSEX", "2026-08-20", 20),
            ("NIFTYFPI", "2026-08-25", 1_100),
            ("NIFTY", "2024-12-26", nil), ("RELIANCE", "2026-01-27", nil),
        ] as [(IndexName, String, Int?)]
    )
    func lots(index: IndexName, expiry: String, units: Int?) throws {
        let expiry = try #require(Day(text: expiry))
        #expect(ContractSizes.lot(of: index, expiring: expiry)?.units == units)
    }

    @Test(
        "Freeze quantities by day",
        arguments: [
            ("BANKNIFTY", "2025-08-31", 600), ("BANKNIFTY", "2025-09-01", 900),
            ("BANKNIFTY", "2025-10-15", 600), ("BANKNIFTY", "2025-11-03", 600),
            ("FINNIFTY", "2025-11-30", 1_800), ("FINNIFTY", "2025-12-01", 1_200),
            ("FINNIFTY", "2026-02-01", 1_800), ("FINNIFTY", "2026-03-02", 1_200),
            ("BANKNIFTY", "2026-03-31", 600), ("BANKNIFTY", "2026-04-01", 900),
            ("BANKNIFTY", "2026-07-01", 600), ("NIFTY", "2026-08-03", 1_800),
            ("MIDCPNIFTY", "2026-08-03", 2_800), ("NIFTYNXT50", "2026-08-03", 600),
            ("SENSEX", "2026-08-03", 1_000), ("NIFTYFPI", "2026-08-12", 8_500),
            ("NIFTYFPI", "2026-08-11", nil), ("NIFTY", "2025-07-31", nil),
        ] as [(IndexName, String, Int?)]
    )
    func freezes(index: IndexName, day: String, units: Int?) throws {
        let day = try #require(Day(text: day))
        #expect(ContractSizes.freezeQuantity(of: index, on: day)?.units == units)
    }

    @Test(
        "Slices",
        arguments: [
            // quantity, lot, freeze, slices
            (1_755, 65, 1_800, [1_755]),  // 27 lots, the largest order
            (1_820, 65, 1_800, [1_755, 65]),
            (1_820, 65, 1_756, [1_755, 65]),  // the broker's threshold: largest order plus one
            (3_600, 30, 601, [600, 600, 600, 600, 600, 600]),
            (100, 65, nil, [100]),  // no limit known
            (1_800, 65, 1_800, [1_755, 45]),  // not whole lots, yet nothing is left out
            (130, 65, 10, [65, 65]),  // a limit below one lot must be wrong
            (0, 65, 1_800, []),
            (-65, 65, 1_800, []),
            (5, 0, 2, [2, 2, 1]),
        ] as [(Int, Int, Int?, [Int])]
    )
    func slices(quantity: Int, lot: Int, freeze: Int?, expected: [Int]) {
        let slices = OrderSlices.slices(
            of: Quantity(quantity), lot: Quantity(lot), freeze: freeze.map(Quantity.init))
        #expect(slices.map(\.units) == expected)
    }

    @Test("Slices add up and respect the limit", arguments: 0..<32 as Range<UInt64>)
    func slicesAddUp(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<100 {
            let lot = Int.random(in: 1...200, using: &random)
            let freeze = Int.random(in: lot...3_000, using: &random)
            let quantity = lot * Int.random(in: 1...200, using: &random)
            let slices = OrderSlices.slices(
                of: Quantity(quantity), lot: Quantity(lot), freeze: Quantity(freeze))
            #expect(slices.reduce(0) { $0 + $1.units } == quantity)
            #expect(slices.allSatisfy { $0.units <= freeze && $0.units % lot == 0 })
        }
    }

    @Test func `the list wins over the table`() {
        let day = Day(2025, 9, 1)
        let listed = InstrumentTests.option("1", 59_400, .call)
        #expect(listed.freezeQuantity(on: day) == Quantity(600))
        #expect(listed.slices(of: Quantity(700), on: day).map(\.units) == [595, 105])
        let bare = Instrument(
            id: listed.id, symbol: listed.symbol, index: listed.index, kind: listed.kind,
            lot: listed.lot, tickSize: listed.tickSize)
        #expect(bare.freezeQuantity(on: day) == Quantity(900))
    }
}
