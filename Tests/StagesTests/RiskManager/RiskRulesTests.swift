import Stages
import Support
import Testing
import Trading

/// Each rule alone, with all others off, on and beside its boundary.
@Suite("Risk rules")
struct RiskRulesTests {
    private func look(_ change: (inout RiskProfile) -> Void) -> Look {
        var look = Look(profile: Fixtures.quietRisk())
        change(&look.profile)
        return look
    }

    @Test func `a flatten command closes, whatever the price`() {
        var look = look { _ in }
        look.account.flattenReason = "going home"
        #expect(look.effects(ltp: "100.00").evidence == "flatten: going home")
        #expect(look.effects(on: .changed, now: .at(10, 0)).reason == .flatten)
    }

    @Test(
        "Session end",
        arguments: [
            // now, expiry, exits
            (.at(15, 14, 59), Fixtures.expiry, false),
            (.at(15, 15), Fixtures.expiry, true),
            (.at(15, 9, 59), Fixtures.day, false),
            (.at(15, 10), Fixtures.day, true),
            (.at(9, 0, on: Fixtures.day + 1), Fixtures.expiry, true),  // pain 23: carried overnight
        ] as [(EventTime, Day, Bool)]
    )
    func sessionEnd(now: EventTime, expiry: Day, exits: Bool) {
        var look = look { _ in }
        look.position = Fixtures.position(expiry: expiry)
        #expect(look.effects(clock: now).reason == (exits ? .sessionEnd : nil))
        #expect(look.effects(on: .changed, now: now).reason == (exits ? .sessionEnd : nil))
    }

    @Test func `a short session ends five minutes before the exchange closes`() {
        var look = look { _ in }
        look.session = .open(
            MarketSession(Fixtures.day, .muhurat, from: TimeOfDay(13, 45), to: TimeOfDay(14, 45)))
        #expect(look.effects(clock: .at(14, 39, 59)).reason == nil)
        #expect(look.effects(clock: .at(14, 40)).reason == .sessionEnd)
    }

    @Test(
        "A day that the calendar does not know delays no exit",
        arguments: [.unknown, .closed(.weekend)] as [SessionAnswer])
    func sessionEndWithoutCalendar(session: SessionAnswer) {
        var look = look { _ in }
        look.session = session
        #expect(look.effects(clock: .at(15, 15)).reason == .sessionEnd)
    }

    @Test(
        "Daily loss: 5 % of 200 000 is 10 000",
        arguments: [
            // realised, open profit of other positions, price of this one (35 units), exits
            ("-9999.99", "0.00", "100.00", false),
            ("-10000.00", "0.00", "100.00", true),
            ("-9000.00", "-999.99", "100.00", false),
            ("-9000.00", "-1000.00", "100.00", true),
            ("-9650.00", "0.00", "90.05", false),  // -348.25
            ("-9650.00", "0.00", "90.00", true),  // -350.00
            ("-12000.00", "2000.01", "100.00", false),
        ] as [(Money, Money, Price, Bool)]
    )
    func dailyLoss(realised: Money, others: Money, ltp: Price, exits: Bool) {
        var look = look { $0.dailyLoss = .percent(5) }
        look.account.realised = realised
        look.account.openProfit = others + look.position.openProfit
        #expect(look.effects(ltp: ltp).reason == (exits ? .dailyLoss : nil))
    }

    @Test func `pain 34: the daily loss counts this position once, at this tick's price`() {
        var look = look { $0.dailyLoss = .percent(5) }
        look.position.watch.ltp = "50.00"
        look.position.watch.tickAt = .at(10, 0, 30)
        look.account.openProfit = look.position.openProfit
        look.account.realised = "-8250.00"
        #expect(look.account.openProfit == "-1750.00")
        #expect(look.effects(ltp: "50.05").reason == nil)
        let evidence = "day=-10000.00 realised=-8250.00 open=-1750.00 limit=-10000.00"
        #expect(look.effects(ltp: "50.00").evidence == evidence)
    }

    @Test(
        "Pain 32, 33: the stop loss is 30 percent of the entry price, on the tick that reaches it",
        arguments: [
            // entry, ltp, evidence
            ("100.00", "70.05", nil),
            ("100.00", "70.00", "ltp=70.00 entry=100.00 change=-30.00 limit=-30.00"),
            ("33.35", "23.35", nil),  // -29.985 %, not rounded to -30
            ("33.35", "23.30", "ltp=23.30 entry=33.35 change=-30.13 limit=-30.00"),
            ("100.00", "99.84", nil),  // -0.16 % once was taken for -16 %
        ] as [(Price, Price, String?)]
    )
    func stopLoss(entry: Price, ltp: Price, evidence: String?) {
        var look = look { $0.stopLoss = .percent(30) }
        look.position = Fixtures.position(entry: entry)
        #expect(look.effects(ltp: ltp).evidence == evidence)
        #expect(look.effects(ltp: ltp).reason == evidence.map { _ in .stopLoss })
    }

    @Test(
        "Where the trailing stop stands",
        arguments: [
            // peak, tiers on, breakeven, stop
            ("104.95", true, nil, nil),
            ("105.00", true, nil, "85.00"),
            ("110.00", true, nil, "95.00"),
            ("114.95", true, nil, "95.00"),
            ("115.00", true, nil, "100.00"),
            ("125.00", true, nil, "110.00"),
            ("220.00", true, nil, "160.00"),
            ("114.95", false, "15.00", nil),
            ("115.00", false, "15.00", "100.00"),
            ("110.00", true, "10.00", "100.00"),  // breakeven above the tier
        ] as [(Price, Bool, Percent?, Price?)]
    )
    func trailingLevels(peak: Price, tiers: Bool, breakeven: Percent?, stop: Price?) {
        let look = look {
            $0.trailingTiers = tiers ? RiskProfile().trailingTiers : []
            $0.breakevenAt = breakeven
        }
        #expect(look.effects(ltp: peak).watch?.stop == stop)
    }

    @Test(
        "Trailing stop",
        arguments: [
            // stored stop, ltp, exits
            ("95.00", "95.05", false),
            ("95.00", "95.00", true),
            (nil, "71.00", false),
        ] as [(Price?, Price, Bool)]
    )
    func trailingStop(stop: Price?, ltp: Price, exits: Bool) {
        var look = look { $0.trailingTiers = RiskProfile().trailingTiers }
        look.position.watch.stop = stop
        look.position.watch.peak = stop.map { _ in "112.00" }
        let evidence = "ltp=95.00 entry=100.00 peak=112.00 stop=95.00"
        #expect(look.effects(ltp: ltp).evidence == (exits ? evidence : nil))
        #expect(look.effects(ltp: ltp).reason == (exits ? .trailingStop : nil))
    }

    @Test("Take profit", arguments: [("159.95", false), ("160.00", true)] as [(Price, Bool)])
    func takeProfit(ltp: Price, exits: Bool) {
        let effects = look { $0.takeProfit = .percent(60) }.effects(ltp: ltp)
        let evidence = "ltp=160.00 entry=100.00 change=60.00 limit=60.00"
        #expect(effects.evidence == (exits ? evidence : nil))
    }

    @Test(
        "Peak drawdown: 5 points, above a peak of 25 percent",
        arguments: [
            // peak, ltp, exits
            ("124.95", "60.00", false),  // without a minimum peak it was a tight stop loss
            ("125.00", "120.05", false),
            ("125.00", "120.00", true),
            ("150.00", "145.00", true),
        ] as [(Price, Price, Bool)]
    )
    func peakDrawdown(peak: Price, ltp: Price, exits: Bool) {
        var look = look {
            $0.peakDrawdown = .percent(5)
            $0.peakDrawdownFrom = .percent(25)
        }
        look.position.watch.peak = peak
        #expect(look.effects(ltp: ltp).reason == (exits ? .peakDrawdown : nil))
    }

    @Test(
        "Profit floor: once 2 000 rupees, never below 800 (35 units)",
        arguments: [
            // peak, ltp, exits
            ("157.10", "122.80", false),  // peak 1 998.50: the floor was never earned
            ("157.15", "122.90", false),  // peak 2 000.25, now 801.50
            ("157.15", "122.85", true),  // now 799.75
        ] as [(Price, Price, Bool)]
    )
    func profitFloor(peak: Price, ltp: Price, exits: Bool) {
        var look = look {
            $0.profitFloorFrom = .rupees(2_000)
            $0.profitFloor = .rupees(800)
        }
        look.position.watch.peak = peak
        #expect(look.effects(ltp: ltp).reason == (exits ? .profitFloor : nil))
    }

    @Test(
        "Time stop: 20 minutes, 45 when winning",
        arguments: [
            // minutes, milliseconds less, ltp (nil: none), exits
            (20, 1, "100.00", false),
            (20, 0, "100.00", true),  // neither won nor lost
            (20, 0, "99.00", true),
            (20, 0, "100.05", false),
            (45, 1, "100.05", false),
            (45, 0, "100.05", true),
            (20, 0, nil, false),  // nobody knows whether it wins
            (45, 0, nil, true),
        ] as [(Int, Int, Price?, Bool)]
    )
    func timeStop(minutes: Int, less: Int, ltp: Price?, exits: Bool) {
        let look = look {
            $0.timeStopLosing = .minutes(20)
            $0.timeStopWinning = .minutes(45)
        }
        let time = Fixtures.openedAt + .minutes(minutes) - .milliseconds(less)
        let effects = ltp.map { look.effects(ltp: $0, at: time) } ?? look.effects(clock: time)
        #expect(effects.reason == (exits ? .timeStop : nil))
    }

    @Test(
        "Stale feed",
        arguments: [
            // last tick (nil: none since 10:00:00), now, exits
            (.at(10, 1), .at(10, 1, 59), false),
            (.at(10, 1), .at(10, 2), true),
            (nil, .at(10, 0, 59), false),
            (nil, .at(10, 1), true),
        ] as [(EventTime?, EventTime, Bool)]
    )
    func staleFeed(tickAt: EventTime?, now: EventTime, exits: Bool) {
        var look = look { $0.staleExit = .seconds(60) }
        look.position.watch.tickAt = tickAt
        look.position.watch.ltp = tickAt.map { _ in "100.00" }
        #expect(look.effects(clock: now).reason == (exits ? .staleFeed : nil))
        #expect(look.effects(on: .changed, now: now).reason == (exits ? .staleFeed : nil))
    }

    @Test func `a rule that is off never hits`() {
        let look = look { _ in }
        #expect(look.effects(ltp: "1.00").reason == nil)
        #expect(look.effects(ltp: "9999.00").reason == nil)
        #expect(look.effects(clock: .at(15, 14)).reason == nil)
    }
}
