import Foundation
import Testing

@Suite struct `The socket parsers never trap, and believe no garbage` {
    private static let seeds: Range<UInt64> = 0..<8
    private static let cases: Int = {
        let asked = ProcessInfo.processInfo.environment["SQUAREOFF_FUZZ_CASES"].flatMap { Int($0) }
        return (asked ?? 8_000) / seeds.count
    }()

    @Test(arguments: seeds)
    func `market packets never trap:`(seed: UInt64) {
        #expect(SocketFuzz.feed(seed: seed, cases: Self.cases).prefix(3) == [])
    }

    @Test(arguments: seeds)
    func `order frames never trap:`(seed: UInt64) {
        #expect(SocketFuzz.orders(seed: seed, cases: Self.cases).prefix(3) == [])
    }
}
