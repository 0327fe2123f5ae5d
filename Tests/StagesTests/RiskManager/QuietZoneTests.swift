import Stages
import Support
import Testing
import Trading

/// Positions, limits and ticks by chance, around each other so that many ticks hit.
private struct QuietWorld {
    let subject: RiskSubject
    let watch: PositionTracker.Watch
    let account: AccountRisk
    let now: EventTime

    init?(_ random: inout SplitMix64) {
        func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
        func maybe<T>(_ value: T) -> T? { number(0...2) == 0 ? nil : value }
        func share(_ range: ClosedRange<Int>) -> Percent { Percent(basisPoints: number(range)) }
        var profile = RiskProfile()
        profile.dailyLoss = maybe(share(100...600))
        profile.stopLoss = maybe(share(0...4_000))
        profile.trailingTiers = number(0...1) == 0 ? [] : profile.trailingTiers
        profile.breakevenAt = maybe(share(0...3_000))
        profile.takeProfit = maybe(share(0...6_000))
        profile.peakDrawdown = maybe(share(0...1_500))
        profile.peakDrawdownFrom = share(-500...3_000)
        profile.profitFloorFrom = maybe(Money(paise: number(-50_000...200_000)))
        profile.profitFloor = Money(paise: number(-100_000...100_000))
        profile.timeStopLosing = maybe(.minutes(number(1...60)))
        profile.timeStopWinning = maybe(.minutes(number(1...60)))
        profile.staleExit = maybe(.seconds(number(0...3)))
        profile.staleAlarm = .seconds(number(0...9))
        let entry = number(5_00...300_00)
        var position = Fixtures.position(
            entry: Price(paise: entry), quantity: number(1...20) * 35)
        position.entry.charges = Money(paise: number(0...5_000))
        guard
            let subject = RiskSubject(position, profile: profile, session: Fixtures.session)
        else { return nil }
        self.subject = subject
        now = Fixtures.openedAt + .seconds(number(1...5_400))
        let peak = entry + entry * number(-20...60) / 100
        var watch = PositionTracker.Watch()
        watch.peak = Price(paise: peak)
        watch.ltp = Price(paise: peak - number(0...entry) / 4)
        watch.tickAt = now
        watch.stop = maybe(Price(paise: peak - number(0...entry) / 2))
        watch.raiseStop(profile, entryPrice: Price(paise: entry))
        self.watch = watch
        var account = AccountRisk(capital: .rupees(number(10_000...200_000)))
        account.realised = Money(paise: number(-500_000...100_000))
        account.openProfit = Money(paise: number(-200_000...200_000))
        if number(0...19) == 0 { account.flattenReason = "test" }
        self.account = account
    }

    func tick(_ random: inout SplitMix64) -> Quote {
        let base = watch.peak?.paise ?? 0
        let price = base - Int.random(in: -base / 20...base * 2 / 3, using: &random)
        let time = now + .milliseconds(Int.random(in: -600_000...3_600_000, using: &random))
        return Fixtures.quote(Price(paise: price), at: time)
    }
}

@Suite("Quiet zones")
struct QuietZoneTests {
    private struct Count {
        var dismissed = 0
        var quiet = 0
        var hits = 0
    }

    /// Every tick against the rules themselves, under all of them and under each alone.
    private func compare(seed: UInt64) -> Count {
        var random = SplitMix64(seed: seed)
        var count = Count()
        let managers = RiskRules.inOrder.map { RiskManager(rules: [$0]) } + [RiskManager()]
        for _ in 0..<60 {
            guard let world = QuietWorld(&random) else { continue }
            for manager in managers {
                let zone = manager.quiet(
                    at: world.subject, marked: world.watch, account: world.account, now: world.now)
                for _ in 0..<12 {
                    let quote = world.tick(&random)
                    var marked = world.watch
                    marked.take(quote)
                    let openProfit =
                        world.account.openProfit
                        + world.subject.change(from: world.watch, to: marked)
                    let finding = manager.look(
                        at: world.subject, marked: world.watch, on: .tick(quote),
                        account: world.account, now: quote.at)
                    let isQuiet = finding.map { $0.hit == nil && $0.watch == marked } ?? false
                    if finding?.hit != nil { count.hits += 1 }
                    if isQuiet && marked.peak == world.watch.peak { count.quiet += 1 }
                    guard zone.covers(quote, openProfit: openProfit) else { continue }
                    count.dismissed += 1
                    #expect(isQuiet, "\(String(describing: finding)) \(world)")
                }
            }
        }
        return count
    }

    @Test(arguments: 0..<24 as Range<UInt64>)
    func `no tick is dismissed that a rule would hit on`(seed: UInt64) {
        #expect(compare(seed: seed).hits > 500)
    }

    @Test func `most ticks that come to nothing are dismissed`() {
        let count = compare(seed: 99)
        #expect(count.dismissed * 10 > count.quiet * 7)
    }

    private struct Silent: RiskRule {
        let reason = ExitReason.manual
        func evidence(in view: RiskView) -> String? { nil }
    }

    @Test func `a rule that does not say when it is quiet is asked on each tick`() throws {
        var random = SplitMix64(seed: 1)
        let world = try #require(QuietWorld(&random))
        let rules = RiskRules.inOrder + [RiskRules.Entry(Silent())]
        let zone = RiskManager(rules: rules).quiet(
            at: world.subject, marked: world.watch, account: world.account, now: world.now)
        for _ in 0..<1_000 {
            #expect(!zone.covers(world.tick(&random), openProfit: .rupees(1_000_000)))
        }
    }

    @Test func `while the stop still has to be raised, nothing is quiet`() throws {
        var watch = PositionTracker.Watch()
        watch.take(Fixtures.quote("130.00", at: .at(10, 1)))
        let subject = try #require(
            RiskSubject(Fixtures.position(), profile: RiskProfile(), session: Fixtures.session))
        let account = AccountRisk(capital: .rupees(200_000))
        let quote = Fixtures.quote("129.00", at: .at(10, 2))
        func covers(_ watch: PositionTracker.Watch) -> Bool {
            RiskManager().quiet(at: subject, marked: watch, account: account, now: .at(10, 1))
                .covers(quote, openProfit: .zero)
        }
        #expect(!covers(watch))
        watch.raiseStop(RiskProfile(), entryPrice: "100.00")
        #expect(covers(watch))
    }
}
