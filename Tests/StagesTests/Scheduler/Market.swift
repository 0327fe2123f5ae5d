import Stages
import Support
import Trading

/// An index whose price a test moves minute by minute, with five strikes quoted around 59 500.
struct Market {
    static let strikes = [59_300, 59_400, 59_500, 59_600, 59_700]

    var profile = Market.quick()
    var calendar = TradingCalendar.derivatives
    var list = Market.list()
    var book: IndexBook
    var time = EventTime.at(9, 15)
    var price = 59_500_00
    /// Closes a minute by the index's next tick instead of the clock's mark.
    var closesByTick = false

    init(_ change: (inout Market) -> Void = { _ in }) throws {
        book = try IndexBook(Fixtures.index)
        change(&self)
        quoteAll()
    }

    /// Short periods, so that a trend stands after twenty minutes.
    static func quick() -> StrategyProfile {
        var profile = StrategyProfile(id: Fixtures.strategy, indices: [Fixtures.index])
        profile.supertrendPeriod = 2
        profile.supertrendMultiplier = .percent(100)
        profile.adxPeriod = 2
        return profile
    }

    static func id(_ strike: Int, _ side: OptionSide) -> InstrumentID {
        InstrumentID(.nseDerivatives, "\(strike)\(side == .call ? 1 : 2)")
    }

    static func list(expiry: Day = Fixtures.expiry) -> InstrumentList {
        InstrumentList(
            strikes.flatMap { strike in
                OptionSide.allCases.map { side in
                    Fixtures.instrument(
                        id(strike, side), strike: Price(paise: strike * 100), side: side,
                        expiry: expiry)
                }
            })
    }

    var scheduler: Scheduler {
        Scheduler(strategies: [SupertrendADX(profile)], calendar: calendar, list: list)
    }

    @discardableResult
    mutating func send(_ event: MarketEvent) -> Scheduler.Outcome {
        scheduler.decide(event, book: &book)
    }

    mutating func quote(_ strike: Int, _ side: OptionSide) {
        send(.tick(Fixtures.tick(Market.id(strike, side), "150.00", at: time)))
    }

    mutating func quoteAll() {
        for strike in Market.strikes { OptionSide.allCases.forEach { quote(strike, $0) } }
    }

    /// One minute of four index ticks that moves the price by `points`, and its close.
    mutating func minute(_ points: Int) -> Scheduler.Outcome {
        var outcome = Scheduler.Outcome()
        func add(_ other: Scheduler.Outcome) {
            outcome.signals += other.signals
            outcome.notes += other.notes
        }
        for _ in 0..<4 {
            add(send(tick()))
            price += points * 25
            time = time + .seconds(15)
        }
        if !closesByTick { add(send(.clock(time))) }
        return outcome
    }

    func tick() -> MarketEvent {
        .tick(
            Tick(
                instrument: Fixtures.indexInstrument,
                quote: Quote(ltp: Price(paise: price), at: time)))
    }

    mutating func minutes(_ count: Int, _ points: Int) -> [Scheduler.Outcome] {
        (0..<count).map { _ in minute(points) }
    }
}

extension [Scheduler.Outcome] {
    var signals: [Signal] { flatMap(\.signals) }
    var notes: [String] { flatMap(\.notes) }
}
