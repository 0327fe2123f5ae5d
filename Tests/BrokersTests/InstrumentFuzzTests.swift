import Testing

@Suite struct InstrumentFuzzTests {
    static let cases = FuzzCases.asked(else: 4_000)

    @Test(
        "Broken lists of instruments end no process, and are not believed",
        arguments: 1...2 as ClosedRange<UInt64>)
    func fuzz(seed: UInt64) {
        let report = InstrumentFuzz.run(cases: Self.cases / 2, seed: seed)
        #expect(report.garbage.prefix(5) == [])
        #expect(report.cases == Self.cases / 2)
        // Both kinds occur, or it tries nothing.
        #expect(report.accepted > report.cases / 20)
        #expect(report.cases - report.accepted > report.cases / 4)
    }

    @Test func `the lists that it breaks are whole`() throws {
        let counts = try InstrumentFuzz.whole.map { try InstrumentFuzz.read(Array($0.utf8)).count }
        #expect(counts == [5, 3])
    }
}
