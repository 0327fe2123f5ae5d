import Support
import Testing
import Trading

@Suite struct FillTotalTests {
    private func total(
        _ units: Int, _ value: Money, _ precision: ValuePrecision = .rounded
    ) -> FillTotal {
        FillTotal(units: Quantity(units), value: value, precision: precision)
    }

    /// Lots of 35 at prices of 0.05: their sums are 1.75 apart.
    @Test(
        "What an average of whole lots can have come from",
        arguments: [
            // One lot at 100.05, the others at 100.00; the broker rounds up, or down.
            (70, "100.03", "7001.75"), (70, "100.02", "7001.75"),
            (105, "100.02", "10501.75"), (105, "100.01", "10501.75"),
            (175, "100.01", "17501.75"),
            // More than one sum would do.
            (140, "100.02", nil), (210, "100.00", nil), (245, "100.01", nil),
            // No whole lots.
            (50, "100.00", nil),
        ] as [(Int, Price, Money?)]
    )
    func derived(units: Int, average: Price, sum: Money?) {
        let told = total(units, average * Quantity(units))
        let expected = sum.map { total(units, $0, .derived) } ?? told
        #expect(Fixtures.contract().derived(told) == expected)
    }

    @Test(
        "A sum that was told, or derived, is no average",
        arguments: [ValuePrecision.derived, .exact])
    func kept(precision: ValuePrecision) {
        let told = total(70, "7002.10", precision)
        #expect(Fixtures.contract().derived(told) == told)
    }

    @Test func `more units win, then the better known value, then the larger one`() {
        let order = [
            total(35, "3600.00", .exact), total(70, "7100.00"), total(70, "7100.05"),
            total(70, "7000.00", .derived), total(70, "6990.00", .exact),
            total(70, "6990.05", .exact), total(105, "10.00"),
        ]
        #expect(order.reversed().sorted() == order)
    }
}
