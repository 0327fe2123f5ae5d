import Stages
import Support
import Testing
import Trading

/// The account's own rule is 5 % of 200 000, so that ours is 12 500.
@Suite("The loss limit at the broker")
struct BackstopTests {
    @Test(
        "Is a quarter beyond the account's own rule",
        arguments: [(5, 12_500), (nil, nil)] as [(Int?, Int?)]
    )
    func amount(rule: Int?, rupees: Int?) {
        #expect(Backstop.loss(of: account(rule: rule)) == rupees.map(Money.rupees))
    }

    /// What is noted: the day is today, but for `yesterdays`.
    enum Noted: Sendable {
        case never
        case yesterdays
        case stood(Int)
        case gone
    }

    enum Outcome: Sendable {
        case set, note, tell, nothing
    }

    @Test(
        "Is set once on a day, noted where it stands, and missed where it has stood",
        arguments: [
            // An account without the rule: whatever stands is somebody else's
            (nil, nil, .never, .open, .nothing), (nil, 9_000, .never, .open, .nothing),
            (nil, nil, .stood(12_500), .open, .nothing),
            // A rule of nothing
            (0, nil, .never, .open, .nothing),
            // Ours stands: noted for today, if it is not
            (5, 12_500, .never, .open, .note), (5, 12_500, .yesterdays, .open, .note),
            (5, 12_500, .never, .over, .note), (5, 12_500, .stood(12_500), .open, .nothing),
            (5, 12_500, .stood(12_500), .over, .nothing),
            // … with another amount than was noted, and again after it was gone
            (5, 12_500, .stood(9_000), .open, .note), (5, 12_500, .gone, .open, .note),
            // Another one stands
            (5, 10_000, .never, .open, .set), (5, 10_000, .stood(12_500), .open, .set),
            (5, 10_000, .stood(10_000), .over, .set), (5, 10_000, .gone, .open, .set),
            // None stands, and none has today
            (5, nil, .never, .open, .set), (5, nil, .never, .over, .set),
            (5, nil, .yesterdays, .open, .set), (5, nil, .yesterdays, .over, .set),
            // None stands, and one has today, of whatever amount
            (5, nil, .stood(12_500), .open, .tell), (5, nil, .stood(9_000), .open, .tell),
            (5, nil, .stood(12_500), .over, .nothing),
            (5, nil, .gone, .open, .nothing), (5, nil, .gone, .over, .nothing),
            // … before the session
            (5, nil, .stood(12_500), .before, .set), (5, nil, .gone, .before, .set),
            (5, nil, .never, .before, .set), (5, 12_500, .stood(12_500), .before, .nothing),
        ] as [(rule: Int?, stands: Int?, noted: Noted, phase: Backstop.Phase, outcome: Outcome)]
    )
    func decision(
        rule: Int?, stands: Int?, noted: Noted, phase: Backstop.Phase, outcome: Outcome
    ) {
        let limit = limit(noted)
        let action = Backstop.decide(
            for: account(rule: rule), stands: stands.map(Money.rupees), noted: limit,
            on: Fixtures.day, phase)
        let expected: Backstop.Action? =
            switch outcome {
            case .set: .set(.rupees(12_500))
            case .note: .note(.rupees(12_500))
            case .tell: limit.map(Backstop.Action.tell)
            case .nothing: .nothing
            }
        #expect(action == expected)
    }

    @Test(
        "Phases of a day",
        arguments: [
            (EventTime.at(9, 14, 59), .before), (.at(9, 15), .open), (.at(15, 0), .open),
            (.at(16, 0), .over),
        ] as [(EventTime, Backstop.Phase)])
    func phases(time: EventTime, phase: Backstop.Phase) {
        let session = TradingCalendar.derivatives.session(on: time.day)
        #expect(Backstop.Phase(session, at: time) == phase)
        #expect(Backstop.Phase(.unknown, at: time) == .open)
        #expect(Backstop.Phase(.closed(.weekend), at: time) == .over)
    }

    private func account(rule: Int?) -> AccountProfile {
        var account = Fixtures.accountProfile(capital: .rupees(200_000))
        account.risk.dailyLoss = rule.map(Percent.percent)
        return account
    }

    private func limit(_ noted: Noted) -> LossLimit? {
        switch noted {
        case .never: return nil
        case .yesterdays: return LossLimit(on: Fixtures.day + -1, .rupees(12_500))
        case .stood(let rupees): return LossLimit(on: Fixtures.day, .rupees(rupees))
        case .gone:
            var limit = LossLimit(on: Fixtures.day, .rupees(12_500))
            limit.goneAt = .at(11, 0)
            return limit
        }
    }
}
