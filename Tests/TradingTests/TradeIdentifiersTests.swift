import Support
import Testing
import Trading

@Suite struct TradeIdentifiersTests {
    /// Pain 8: names that collided within a second, and names that were too long for the broker.
    @Test(
        "The longest names fit the broker's 25 characters and are read back",
        arguments: [
            (1, 99_999), (9, 99_999), (10, 9_999), (99, 9_999), (100, 999), (999, 999), (1_000, 99),
            (9_999, 99), (10_000, 9), (99_999, 9),
        ])
    func length(attempt: Int, slices: Int) {
        #expect(CorrelationID.mostSlices(ofAttempt: attempt) == slices)
        for purpose in [OrderPurpose.entry, .exit] {
            let id = CorrelationID(
                Fixtures.position().id, purpose, attempt: attempt, slice: slices)
            #expect(id.text.utf8.count <= CorrelationID.longest)
            #expect(CorrelationID(text: id.text) == id)
        }
    }

    /// Pain 8. The same signal on the same account is the same position, and nothing else is.
    @Test func `ten thousand signals in one second have names of their own`() {
        let accounts: [AccountID] = ["alpha", "bravo"]
        let names = (0..<10_000).flatMap { number in
            accounts.map {
                PositionID(signal: SignalID("s-\(number)"), account: $0, day: Fixtures.day)
            }
        }
        #expect(Set(names).count == names.count)
        #expect(
            PositionID(signal: "s-7", account: "bravo", day: Fixtures.day) == names[2 * 7 + 1])
        #expect(names.allSatisfy { $0.text.utf8.count == 16 })
    }
}
