import Support
import Testing
import Trading

@testable import squareoff

/// The broker of a run of chaos: what it does to orders must be what it writes into its ledger.
@Suite("Chaos: the broker") struct ExchangeTests {
    private let exit = ExchangeCall.Ticket(OrderFixtures.exitOrder(of: OrderFixtures.exiting()))

    private func fate(_ course: Fate.Course, cancelled: Fate.Cancel = .done) -> Fate {
        var fate = Fate()
        fate.course = course
        fate.cancel = cancelled
        return fate
    }

    /// - Returns: the words of the order after each of these times, at which it is cancelled.
    private func words(_ fate: Fate, cancels: [Int] = []) -> [String] {
        var exchange = Exchange()
        var lines = [exchange.accept(exit, fate, now: 0)]
        lines += exchange.run(now: 50)
        for time in cancels {
            _ = exchange.cancel(lines[0].number, now: time)
            lines += exchange.run(now: time + 50)
        }
        lines += exchange.run(now: 10_000)
        return lines.map { "\($0.status.rawValue) \($0.filled)" }
    }

    @Test func `an order goes its way, and each step is a line`() {
        #expect(words(fate(.fill)) == ["TRANSIT 0", "PENDING 0", "TRADED 70"])
        #expect(
            words(fate(.fillInParts))
                == ["TRANSIT 0", "PENDING 0", "PART_TRADED 35", "TRADED 70"])
        #expect(words(fate(.rest)) == ["TRANSIT 0", "PENDING 0"])
        #expect(words(fate(.restInPart)) == ["TRANSIT 0", "PENDING 0", "PART_TRADED 35"])
        #expect(words(fate(.reject)) == ["TRANSIT 0", "PENDING 0", "REJECTED 0"])
    }

    @Test func `a cancel that is acknowledged may be late, lost, or lose to a fill`() {
        func end(_ cancel: Fate.Cancel, _ times: [Int]) -> [String] {
            Array(words(fate(.rest, cancelled: cancel), cancels: times).dropFirst(2))
        }
        #expect(end(.done, [100]) == ["CANCELLED 0"])
        #expect(end(.filledFirst, [100]) == ["TRADED 70"])
        #expect(end(.filledInPart, [100]) == ["PART_TRADED 35", "CANCELLED 35"])
        #expect(end(.lost, [100]) == [])
        #expect(end(.lost, [100, 200]) == ["CANCELLED 0"])
    }

    @Test func `a cancelled order may be filled after all`() {
        var fate = fate(.rest)
        fate.fillsAfterAll = true
        #expect(words(fate, cancels: [100]).suffix(2) == ["CANCELLED 0", "CANCELLED 70"])
    }

    @Test func `one correlation id twice is two orders`() {
        var exchange = Exchange()
        let numbers = [0, 1].map { exchange.accept(exit, Fate(), now: $0).number }
        #expect(Set(numbers).count == 2)
        #expect(exchange.book(of: exit.account, now: 1).map(\.order) == [exit.order, exit.order])
    }

    @Test func `what is finished cannot be cancelled, nor what is not there`() {
        var exchange = Exchange()
        let line = exchange.accept(exit, Fate(), now: 0)
        _ = exchange.run(now: 100)
        #expect(exchange.cancel(line.number, now: 200) == "order is TRADED")
        #expect(exchange.cancel("7", now: 200) == "no such order")
    }

    @Test func `an order is in the book when it is shown, and not before`() {
        var exchange = Exchange()
        var fate = Fate()
        fate.hidden = 500
        _ = exchange.accept(exit, fate, now: 0)
        #expect(exchange.book(of: exit.account, now: 499).isEmpty)
        #expect(exchange.book(of: exit.account, now: 500).count == 1)
        #expect(exchange.book(of: "other", now: 500).isEmpty)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `fates come by seed, and within what absence counts on:`(seed: UInt64) {
        func fates() -> [Fate] {
            var random = SplitMix64(seed: seed)
            return (0..<200).map { Fate(&random, isEntry: $0 % 2 == 0) }
        }
        let all = fates()
        #expect(all == fates())
        let rule = ChaosBroker(account: "alpha", socket: "").absence
        #expect(all.allSatisfy { $0.held + $0.hidden < rule.span.milliseconds })
        // Sold twice by the exchange's own doing: nobody could keep that promise.
        #expect(zip(all.indices, all).allSatisfy { $0 % 2 == 0 || !$1.fillsAfterAll })
        #expect(all.contains { !$0.isAccepted } && all.contains { $0.course == .reject })
    }
}
