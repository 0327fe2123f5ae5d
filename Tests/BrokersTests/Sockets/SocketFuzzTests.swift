import Testing

@Suite("The socket parsers never trap, and believe no garbage") struct SocketFuzzTests {
    private static let seeds: Range<UInt64> = 0..<8
    private static let cases = FuzzCases.asked(else: 8_000) / seeds.count

    @Test(arguments: seeds)
    func `market packets never trap:`(seed: UInt64) {
        #expect(SocketFuzz.feed(seed: seed, cases: Self.cases).prefix(3) == [])
    }

    @Test(arguments: seeds)
    func `order frames never trap:`(seed: UInt64) {
        #expect(SocketFuzz.orders(seed: seed, cases: Self.cases).prefix(3) == [])
    }
}
