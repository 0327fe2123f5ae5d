import Stages
import Support
import Testing
import Trading

/// Market orders are what is claimed without a price, as in a halt. Limits are at 97.00.
@Suite("How long an exit rests")
struct ExitPaceTests {
    let profile = ExitProfile()
    let hand = ExitEngine.Hand(trades: HandTrades(on: Fixtures.day))
    let claimedAt = EventTime.at(10, 5)

    enum Look: Hashable {
        case cancels
        /// Seconds after the claim.
        case again(Int)
    }

    private func look(
        attempt: Int, after seconds: Int, tick: Int?, at price: Price = "98.00",
        profile: ExitProfile, type: OrderType
    ) -> Look? {
        var position = OrderFixtures.exiting(attempt: attempt)
        position.watch.ltp = tick.map { _ in price }
        position.watch.tickAt = tick.map { claimedAt + .seconds($0) }
        var order = OrderFixtures.exitOrder(.open, of: position)
        order.type = type
        if type == .market { order.price = nil }
        // An entry has a price above most of what comes later, and a slice may have ended.
        let entry = OrderFixtures.entryOrder(.filled, of: position)
        var ended = OrderFixtures.exitOrder(.filled, of: position, slice: 2)
        ended.type = .market
        ended.price = nil
        let decision = ExitEngine.decide(
            due: position, orders: [entry, ended, order], hand: hand, profile: profile,
            now: claimedAt + .seconds(seconds))
        guard case .commit(let effects) = decision else { return nil }
        for effect in effects {
            if case .sendOrder(let request) = effect, request.action == .cancel { return .cancels }
        }
        guard case .scheduleExit(_, let time?)? = effects.last else { return nil }
        return .again((time - claimedAt).milliseconds / 1_000)
    }

    @Test(
        "Without a price longer than else, and the first price that is heard ends its time",
        arguments: [
            // attempt, seconds since the claim, when the last tick came, what is done
            (1, 1, nil, .again(2)), (1, 2, nil, .cancels),
            (5, 3, nil, .again(4)), (5, 4, nil, .cancels),
            (11, 30, nil, .again(32)), (11, 255, nil, .again(256)), (11, 256, nil, .cancels),
            (60, 255, nil, .again(256)), (60, 256, nil, .cancels),
            (4, 2, 1, .cancels), (11, 32, 31, .cancels),  // it trades again
            (11, 31, 30, .again(32)),  // not before the next attempt may follow
            (11, 40, 25, .again(42)),  // a price of long ago is none
            (11, 40, -1, .again(42)),  // known when it was claimed, and of no use then
        ] as [(Int, Int, Int?, Look)]
    )
    func rests(attempt: Int, seconds: Int, tick: Int?, look: Look) {
        let found = self.look(
            attempt: attempt, after: seconds, tick: tick, profile: profile, type: .market)
        #expect(found == look)
    }

    @Test(
        "With a price its time, unless the market leaves it behind",
        arguments: [
            (40, 39, "97.00", .again(42)), (40, 39, "96.95", .cancels),
            (40, nil, "96.95", .again(42)), (31, 30, "96.95", .again(32)),
            (40, -1, "96.95", .again(42)), (40, 25, "96.95", .again(42)),
            (63, 62, "97.00", .again(64)), (64, 62, "97.00", .cancels),
        ] as [(Int, Int?, Price, Look)]
    )
    func limits(seconds: Int, tick: Int?, price: Price, look: Look) {
        let found = self.look(
            attempt: 11, after: seconds, tick: tick, at: price, profile: profile, type: .limit)
        #expect(found == look)
    }

    @Test func `where no limits are wanted, a price changes nothing`() {
        var profile = profile
        profile.protection = []
        let found = look(attempt: 11, after: 40, tick: 39, profile: profile, type: .market)
        #expect(found == .again(42))
    }

    @Test func `what is claimed without a price is looked at soon`() {
        var position = OrderFixtures.exiting(attempt: 10)
        position.exit.working = 0
        let now = claimedAt + .minutes(5)
        let decision = ExitEngine.decide(
            due: position, orders: [], hand: hand, profile: profile, now: now)
        guard case .commit(let effects) = decision else {
            Issue.record("\(decision)")
            return
        }
        #expect(effects.contains(.scheduleExit(position.id, at: now + .seconds(2))))
    }
}
