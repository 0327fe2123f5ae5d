import Stages
import Support
import Testing
import Trading

/// One look at a position, with its outcome reduced to what a table shows.
struct Look {
    var position = Fixtures.position()
    var profile = RiskProfile()
    var account = AccountRisk(capital: .rupees(200_000))
    var session = Fixtures.session

    func effects(on occasion: RiskManager.Occasion, now: EventTime) -> [Effect] {
        RiskManager().evaluate(
            position, on: occasion, profile: profile, account: account, session: session, now: now)
    }

    func effects(ltp: Price, at time: EventTime = .at(10, 1)) -> [Effect] {
        effects(on: .tick(Fixtures.quote(ltp, at: time)), now: time)
    }

    func effects(clock time: EventTime, previous: EventTime? = nil) -> [Effect] {
        effects(on: .clock(previous: previous), now: time)
    }
}

extension [Effect] {
    var exits: [ExitRequest] {
        compactMap { if case .sendExit(let request) = $0 { request } else { nil } }
    }
    var reason: ExitReason? { exits.first?.reason }
    var evidence: String? { exits.first?.evidence }
    var watch: PositionTracker.Watch? {
        compactMap { if case .watch(_, let watch) = $0 { watch } else { nil } }.first
    }
    var alarms: [Alarm] {
        compactMap { if case .alarm(let alarm) = $0 { alarm } else { nil } }
    }
}

@Suite("Risk manager")
struct RiskManagerTests {
    @Test func `a hit freezes the reason and asks for the exit in one decision`() {
        let look = Look()
        let now = EventTime.at(10, 1)
        let evidence = "ltp=70.00 entry=100.00 change=-30.00 limit=-30.00"
        var watch = PositionTracker.Watch()
        watch.ltp = "70.00"
        watch.bid = "70.00"
        watch.peak = "70.00"
        watch.tickAt = now
        let expected: [Effect] = [
            .watch(look.position.id, watch),
            .requestExit(
                look.position.id,
                PositionTracker.ExitOrder(
                    reason: .stopLoss, evidence: evidence, askedBy: "rule", at: now),
                whileStatus: .active),
            .sendExit(
                ExitRequest(
                    position: look.position.id, account: Fixtures.account, reason: .stopLoss,
                    evidence: evidence, askedBy: "rule", at: now)),
        ]
        #expect(look.effects(ltp: "70.00") == expected)
    }

    @Test(
        "Whose position is evaluated, watched, or left alone",
        arguments: [
            // status, exit asked for, watched, asks for an exit
            (.pending, false, false, false),
            (.active, false, true, true),
            (.active, true, true, false),  // asked for, not claimed yet: once is enough
            (.exiting, true, true, false),
            (.needsReview, false, true, true),
            (.needsReview, true, true, false),
            (.exited, true, false, false),
            (.cancelled, false, false, false),
        ] as [(PositionStatus, Bool, Bool, Bool)]
    )
    func statuses(status: PositionStatus, asked: Bool, watched: Bool, exits: Bool) {
        var look = Look(position: Fixtures.position(status))
        look.position.exitOrder = asked ? Fixtures.exitOrder() : nil
        if status == .exited { look.position.exit = look.position.entry }
        let effects = look.effects(ltp: "50.00")
        #expect((effects.watch != nil) == watched)
        #expect((effects.reason == .stopLoss) == exits)
    }

    @Test func `a position to be reviewed is asked for in its own status`() {
        let look = Look(position: Fixtures.position(.needsReview))
        let statuses = look.effects(ltp: "50.00").compactMap { effect -> PositionStatus? in
            if case .requestExit(_, _, let status) = effect { status } else { nil }
        }
        #expect(statuses == [.needsReview])
    }

    @Test func `while it exits, price and peak stay fresh and the stop stays`() {
        var look = Look(position: Fixtures.position(.exiting))
        look.position.watch.stop = "85.00"
        look.position.watch.peak = "105.00"
        let watch = look.effects(ltp: "150.00").watch
        #expect(watch?.ltp == "150.00")
        #expect(watch?.bid == "150.00")
        #expect(watch?.peak == "150.00")
        #expect(watch?.stop == "85.00")
    }

    @Test(
        "A tick counts when it is younger than the fill",
        arguments: [
            // milliseconds after the fill, counts
            (-1, false),
            (0, false),  // may be seen before or after the fill: never
            (1, true),
        ]
    )
    func youngerThanFill(offset: Int, counts: Bool) {
        let time = Fixtures.openedAt + .milliseconds(offset)
        #expect(Look().effects(ltp: "50.00", at: time).isEmpty != counts)
        var look = Look()
        look.account.flattenReason = "now"
        #expect(look.effects(clock: time).isEmpty != counts)
    }

    @Test func `a changed position brings no price, so only the clock's rules may hit`() {
        var look = Look()
        look.position.watch.ltp = "10.00"
        look.position.watch.peak = "10.00"
        look.position.watch.tickAt = .at(10, 1)
        look.account.realised = .rupees(-50_000)
        #expect(look.effects(on: .changed, now: .at(10, 1)).isEmpty)
        #expect(look.effects(on: .changed, now: .at(15, 15)).reason == .sessionEnd)
    }

    @Test func `between ticks the stored price still counts at the next mark`() {
        var look = Look()
        look.position.watch.ltp = "70.00"
        look.position.watch.tickAt = .at(10, 1)
        #expect(look.effects(clock: .at(10, 1, 9)).reason == .stopLoss)
    }

    @Test func `P8: a stale price is not a price, neither for a loss nor for a profit`() {
        var look = Look()
        look.profile.staleExit = nil
        for ltp in ["10.00", "500.00"] as [Price] {
            look.position.watch.ltp = ltp
            look.position.watch.peak = "500.00"
            look.position.watch.stop = "400.00"
            look.position.watch.tickAt = .at(10, 1)
            #expect(look.effects(clock: .at(10, 1, 9, ms: 999)).reason != nil)
            #expect(look.effects(clock: .at(10, 1, 10)).reason == nil)
        }
    }

    @Test func `P8: a tick that was read late is stale too, but it is kept`() {
        let tick = Fixtures.quote("70.00", at: .at(10, 1))
        let effects = Look().effects(on: .tick(tick), now: .at(10, 1, 10))
        #expect(effects.reason == nil)
        #expect(effects.watch?.ltp == "70.00")
    }

    @Test(
        "P8: one alarm when the last tick becomes too old",
        arguments: [
            // seconds since the tick, mark before (nil: unknown), alarm
            (9, nil, false),
            (10, nil, true),
            (11, nil, false),  // the mark before it said so
            (10, 9, true),
            (30, 9, true),  // marks were missing
            (30, 29, false),
        ] as [(Int, Int?, Bool)]
    )
    func staleAlarm(age: Int, previous: Int?, alarm: Bool) {
        var look = Look()
        look.position.watch.ltp = "100.00"
        look.position.watch.tickAt = .at(10, 1)
        let effects = look.effects(
            clock: .at(10, 1) + .seconds(age), previous: previous.map { .at(10, 1) + .seconds($0) })
        #expect(effects.alarms.map(\.severity) == (alarm ? [.warning] : []))
        #expect(effects.alarms.first?.position == (alarm ? look.position.id : nil))
    }

    @Test func `a minute of marks without a tick alarms once, then exits`() {
        var look = Look()
        look.position.watch.tickAt = .at(10, 1)
        look.position.watch.ltp = "100.00"
        let effects = (1...60).map { look.effects(clock: .at(10, 1) + .seconds($0)) }
        #expect(effects.flatMap(\.alarms).count == 1)
        #expect(effects.firstIndex { $0.reason == .staleFeed } == 59)
    }

    @Test func `an exiting position without ticks alarms too`() {
        let look = Look(position: Fixtures.position(.exiting))
        #expect(look.effects(clock: .at(10, 0, 10)).alarms.count == 1)
    }

    @Test func `a bid that the tick does not name is unknown`() {
        var look = Look()
        look.position.watch.bid = "99.00"
        let quote = Quote(ltp: "100.00", at: .at(10, 1))
        let watch = look.effects(on: .tick(quote), now: .at(10, 1)).watch
        #expect(watch?.ltp == "100.00")
        #expect(watch?.bid == nil)
    }
}
