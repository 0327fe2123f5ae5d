import Stages
import Support
import Testing
import Trading

@Suite("Contract choice")
struct ContractChoiceTests {
    @Test(
        "The quoted strike nearest to spot, then out of the money",
        arguments: [
            // spot at the signal, points a minute, offset, strike (nil: none)
            (59_500, 2, 0, 59_500),
            (59_549, 2, 0, 59_500),
            (59_551, 2, 0, 59_600),
            (59_550, 2, 0, 59_500),  // equally near: the lower one
            (59_500, 2, 1, 59_600),  // a call's way out of the money is up
            (59_500, -2, 1, 59_400),  // a put's is down
            (59_500, -2, -1, 59_600),
            (59_500, 2, 2, 59_700),
            (59_500, 2, 3, nil),
            (59_500, -2, 3, nil),
            (61_000, 2, 0, 59_700),
        ] as [(Int, Int, Int, Int?)]
    )
    func strike(spot: Int, points: Int, offset: Int, strike: Int?) throws {
        var market = try Market {
            $0.profile.strikeOffset = offset
            // The last tick of the twentieth minute, at whose close the trend stands.
            $0.price = spot * 100 - 79 * points * 25
        }
        let outcomes = market.minutes(20, points)
        let side: OptionSide = points > 0 ? .call : .put
        #expect(outcomes.signals.map(\.instrument) == strike.map { [Market.id($0, side)] } ?? [])
        #expect(outcomes.notes.isEmpty == (strike != nil))
    }

    @Test func `without quotes there is a note, and the signal comes when there are`() throws {
        var market = try Market()
        market.book = try IndexBook(Fixtures.index)
        let outcomes = market.minutes(22, 2)
        #expect(outcomes.signals.isEmpty)
        let note = "supertrend BANKNIFTY: no CE of 2025-12-30 is quoted"
        #expect(outcomes.notes == [note, note, note])
        market.quote(59_300, .call)
        #expect(market.minutes(2, 2).signals.map(\.instrument) == [Market.id(59_300, .call)])
    }

    @Test func `an expired list is a note`() throws {
        var market = try Market { $0.list = Market.list(expiry: Fixtures.day + -1) }
        let note = "supertrend BANKNIFTY: no contract is listed on or after 2025-12-15"
        #expect(market.minutes(20, 2).notes == [note])
    }

    @Test func `a contract that expires today is still bought`() throws {
        var market = try Market { $0.list = Market.list(expiry: Fixtures.day) }
        #expect(market.minutes(20, 2).signals.count == 1)
    }

    @Test func `a later expiry never stands in for the nearest`() throws {
        let later = Fixtures.instrument("NSE_FNO:9", expiry: Fixtures.expiry + 28)
        var market = try Market {
            $0.list = InstrumentList(Market.list().instruments + [later])
        }
        market.book = try IndexBook(Fixtures.index)
        market.send(.tick(Fixtures.tick(later.id, "200.00", at: market.time)))
        let outcomes = market.minutes(20, 2)
        #expect(outcomes.signals.isEmpty)
        #expect(outcomes.notes == ["supertrend BANKNIFTY: no CE of 2025-12-30 is quoted"])
    }
}
