import Testing

@testable import Brokers

@Suite struct DhanFuzzTests {
    static let cases = FuzzCases.asked(else: 2_000)

    @Test(
        "Broken answers end no process, and are not believed",
        arguments: 1...2 as ClosedRange<UInt64>)
    func fuzz(seed: UInt64) {
        let report = DhanFuzz.run(cases: Self.cases / 2, seed: seed)
        #expect(report.garbage.prefix(5) == [])
        #expect(report.cases == Self.cases / 2)
        // Both kinds occur, or it tries nothing.
        #expect(report.accepted["orders", default: 0] > 0)
        #expect(report.accepted["books", default: 0] > 0)
        #expect(report.accepted["refused or unknown", default: 0] > report.cases / 4)
    }

    @Test func `what is in order is believed`() {
        let order = Array(JSON.array([DhanRows.order()]).text.utf8)
        #expect((try? DhanOrder.book(JSON.parse(order)).count) == 1)
    }
}
