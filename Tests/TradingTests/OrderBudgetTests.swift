import Support
import Testing
import Trading

@Suite("Order budget")
struct OrderBudgetTests {
    let start = EventTime.at(10, 0)

    private func profile(_ second: Int, _ minute: Int, _ hour: Int, _ day: Int) -> GatewayProfile {
        var profile = GatewayProfile()
        profile.perSecond = second
        profile.perMinute = minute
        profile.perHour = hour
        profile.perDay = day
        return profile
    }

    /// The broker counts over each second, minute and hour that ends anywhere.
    private func most(_ times: [EventTime], in span: Span) -> Int {
        var first = 0
        var most = 0
        for (last, time) in times.enumerated() {
            while times[first] <= time - span { first += 1 }
            most = max(most, last - first + 1)
        }
        return most
    }

    @Test("No rolling window holds more than its limit", arguments: 0..<40 as Range<UInt64>)
    func rolling(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let profile = profile(10, 60, 300, 7_000)
        var budget = OrderBudget()
        var now = start + .milliseconds(Int.random(in: 0..<1_000, using: &random))
        var sent: [EventTime] = []
        for _ in 0..<1_500 {
            let pause = random.next() % 8 == 0 ? 0..<20_000 : 0..<30
            now = now + .milliseconds(Int.random(in: pause, using: &random))
            guard budget.earliest(profile, purpose: .exit, now: now) == nil else { continue }
            budget.take(at: now)
            sent.append(now)
        }
        #expect(sent.count >= 300)
        #expect(most(sent, in: .seconds(1)) <= 10)
        #expect(most(sent, in: .minutes(1)) <= 60)
        #expect(most(sent, in: .minutes(60)) <= 300)
    }

    @Test func `ten at the end of a second leave none for the beginning of the next`() {
        let profile = profile(10, 250, 1_000, 7_000)
        var budget = OrderBudget()
        for _ in 0..<10 { budget.take(at: start + .milliseconds(950)) }
        let next = start + .milliseconds(1_000)
        let earliest = budget.earliest(profile, purpose: .exit, now: next)
        #expect(earliest == start + .milliseconds(2_100))
        #expect(budget.earliest(profile, purpose: .exit, now: earliest ?? next) == nil)
    }

    @Test(
        "The next order may go as soon as it is said, and no sooner",
        arguments: 0..<20 as Range<UInt64>)
    func earliestIsTight(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let profile = profile(3, 9, 20, 40)
        var budget = OrderBudget()
        var now = start
        for _ in 0..<200 {
            now = now + .milliseconds(Int.random(in: 0..<400, using: &random))
            guard let earliest = budget.earliest(profile, purpose: .entry, now: now) else {
                budget.take(at: now)
                continue
            }
            #expect(earliest > now)
            let before = earliest - .milliseconds(1)
            #expect(budget.earliest(profile, purpose: .entry, now: before) != nil)
            now = earliest
        }
    }

    @Test func `the reserve is for exits, in each window`() {
        let profile = profile(10, 250, 1_000, 7_000)
        var budget = OrderBudget()
        for _ in 0..<8 { budget.take(at: start) }
        #expect(budget.earliest(profile, purpose: .entry, now: start) != nil)
        #expect(budget.earliest(profile, purpose: .exit, now: start) == nil)
        var day = OrderBudget()
        day.sent[.day] = [.init(number: start.day.number, count: 5_600)]
        let midnight = EventTime(start.day + 1, TimeOfDay(0, 0))
        #expect(day.earliest(profile, purpose: .entry, now: start) == midnight)
        #expect(day.earliest(profile, purpose: .exit, now: start) == nil)
        #expect(day.earliest(profile, purpose: .entry, now: midnight) == nil)
    }

    @Test func `what was counted by another clock counts for nothing`() {
        let profile = profile(1, 1, 1, 1)
        var budget = OrderBudget()
        budget.take(at: start + .days(300))
        #expect(budget.earliest(profile, purpose: .exit, now: start) == nil)
    }

    @Test("What is written is what is read, and stays small", arguments: 0..<8 as Range<UInt64>)
    func fields(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var budget = OrderBudget()
        budget.rev = 3
        var now = start
        for _ in 0..<2_000 {
            now = now + .milliseconds(Int.random(in: 0..<4_000, using: &random))
            budget.take(at: now)
        }
        #expect(try OrderBudget(budget.fields) == budget)
        #expect(budget.sent.values.allSatisfy { $0.count <= 32 })
    }
}

@Suite("How long the exits of an account take")
struct FlattenEstimateTests {
    @Test(
        "Until the last may be sent",
        arguments: [
            // exits, sent just now, milliseconds
            (0, 0, 0), (1, 0, 0), (10, 0, 0), (11, 0, 1_150), (10, 10, 1_150), (30, 0, 2_300),
        ])
    func estimate(exits: Int, sent: Int, milliseconds: Int) {
        let now = EventTime.at(10, 0)
        var budget = OrderBudget()
        for _ in 0..<sent { budget.take(at: now) }
        let estimate = FlattenEstimate(
            orders: exits, budget: budget, profile: GatewayProfile(), now: now)
        #expect(estimate.span == .milliseconds(milliseconds))
    }

    @Test func `a minute that is full makes it long`() {
        let now = EventTime.at(10, 0)
        let estimate = FlattenEstimate(
            orders: 251, budget: OrderBudget(), profile: GatewayProfile(), now: now)
        #expect((.seconds(60)...(.seconds(63))).contains(estimate.span))
    }
}
