import Stages
import Support
import Testing
import Trading

@Suite("Scheduler")
struct SchedulerTests {
    @Test func `a rise that both lengths of bars agree on is one signal`() throws {
        var market = try Market()
        let signals = market.minutes(60, 2).signals
        let signal = try #require(signals.first)
        #expect(signals.count == 1)
        let start = signal.at - .minutes(1)
        #expect(signal.id == SignalID("supertrend-BANKNIFTY-\(start.text)"))
        #expect(signal.direction == .bullish)
        #expect(signal.strategy == Fixtures.strategy)
        #expect(signal.index == Fixtures.index)
        #expect(signal.expiresAt == signal.at + .seconds(15))
        #expect(signal.quote == Fixtures.quote("150.00", at: .at(9, 15)))
        #expect(signal.evidence.hasPrefix("trend=bullish supertrend_1m=595"))
        #expect(signal.evidence.contains(" adx_5m=100.00 spot=595"))
    }

    @Test func `a fall buys a put`() throws {
        var market = try Market()
        let signal = try #require(market.minutes(60, -2).signals.first)
        #expect(signal.direction == .bearish)
        #expect(market.list[signal.instrument]?.option?.side == .put)
    }

    @Test func `a turn is a signal, and so is a trend that was broken in between`() throws {
        var market = try Market()
        #expect(market.minutes(60, 2).signals.map(\.direction) == [.bullish])
        #expect(market.minutes(40, -6).signals.map(\.direction) == [.bearish])
        // The minutes turn up and down again, the longer bars do not.
        #expect(market.minutes(2, 8).signals.isEmpty)
        let again = market.minutes(30, -12).signals
        #expect(again.map(\.direction) == [.bearish])
    }

    @Test func `without onlyOnTurn each bar that agrees is a signal`() throws {
        var market = try Market { $0.profile.onlyOnTurn = false }
        let signals = market.minutes(60, 2).signals
        #expect(signals.count > 20)
        #expect(Set(signals.map(\.id)).count == signals.count)
    }

    @Test func `the next tick closes a minute as the clock does`() throws {
        var byClock = try Market()
        var byTick = try Market { $0.closesByTick = true }
        let signals = byClock.minutes(60, 2).signals
        #expect(signals.count == 1)
        #expect(byTick.minutes(60, 2).signals == signals)
    }

    @Test func `a missing confirmation is no signal`() throws {
        var market = try Market { $0.profile.onlyOnTurn = false }
        // Supertrend and ADX of the minutes stand after four bars, of the longer ones after twenty.
        #expect(market.minutes(19, 2).signals.isEmpty)
        #expect(market.minutes(1, 2).signals.count == 1)
        // A new day begins with yesterday's confirmation, which confirms nothing.
        market.time = .at(9, 15, on: Fixtures.day + 1)
        market.quoteAll()
        #expect(market.minutes(4, 2).signals.isEmpty)
        #expect(market.minutes(1, 2).signals.count == 1)
    }

    @Test(
        "Too weak a trend is no signal",
        arguments: [
            // least ADX of minutes, of the longer bars, signals
            ("100.00", "100.00", true), ("100.01", "100.00", false), ("100.00", "100.01", false),
        ] as [(Percent, Percent, Bool)]
    )
    func strength(short: Percent, long: Percent, signals: Bool) throws {
        var market = try Market {
            $0.profile.minADX = short
            $0.profile.minConfirmingADX = long
        }
        #expect(market.minutes(60, 2).signals.isEmpty != signals)
    }

    @Test(
        "No signal outside the session",
        arguments: [
            // first minute, signals
            (.at(15, 0), true),
            (.at(15, 10), false),  // the twentieth bar closes at 15:30
            (.at(8, 40), false),  // before the opening
            (.at(10, 0, on: Day(2025, 12, 14)), false),  // a Sunday
            (.at(10, 0, on: Day(2025, 12, 25)), false),  // a holiday
        ] as [(EventTime, Bool)]
    )
    func session(start: EventTime, signals: Bool) throws {
        var market = try Market { $0.time = start }
        let outcomes = market.minutes(22, 2)
        #expect(outcomes.signals.isEmpty != signals)
        #expect(outcomes.notes.isEmpty)
    }

    @Test func `a year that the calendar does not know makes notes and no signals`() throws {
        var market = try Market {
            $0.time = .at(10, 0, on: Day(2031, 12, 15))
            $0.list = Market.list(expiry: Day(2031, 12, 30))
        }
        let outcomes = market.minutes(25, 2)
        #expect(outcomes.signals.isEmpty)
        #expect(outcomes.notes.first == "supertrend BANKNIFTY: no calendar for 2031-12-15")
    }

    @Test func `a bar that is closed long after its end is no signal`() throws {
        for (late, count) in [(119, 1), (120, 0)] {
            var market = try Market()
            #expect(market.minutes(19, 2).signals.isEmpty)
            for _ in 0..<4 {
                market.send(market.tick())
                market.price += 50
                market.time = market.time + .seconds(15)
            }
            let outcome = market.send(.clock(market.time + .seconds(late - 60)))
            #expect(outcome.signals.count == count)
        }
    }

    @Test func `two strategies keep their own state`() throws {
        var market = try Market()
        var slow = Market.quick()
        slow.id = "slow"
        slow.minADX = "100.01"
        let scheduler = Scheduler(
            strategies: [SupertrendADX(slow), SupertrendADX(market.profile)],
            calendar: market.calendar, list: market.list)
        var signals: [Signal] = []
        for _ in 0..<100 {
            signals += scheduler.decide(market.tick(), book: &market.book).signals
            market.price += 50
            market.time = market.time + .seconds(15)
        }
        #expect(signals.map(\.strategy) == [Fixtures.strategy])
    }

    @Test func `a strategy of other indices is not asked`() throws {
        var market = try Market { $0.profile.indices = ["NIFTY"] }
        #expect(market.minutes(60, 2).signals.isEmpty)
    }
}
