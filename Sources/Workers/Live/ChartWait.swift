package import Brokers
import Stages
import Trading

/// Reads minutes of the past.
package protocol ChartReader: Sendable {
    /// Of today up to the present, the last one unfinished.
    func intraday(
        _ chart: DhanChartRequest,
        _ answer: @escaping @Sendable (Result<[DhanBar], DhanError>) -> Void)
}

extension DhanClient: ChartReader {}

/// The minutes that one index's book waits for, asked for again and again.
struct ChartWait {
    private let index: IndexName
    private let instrument: InstrumentID
    private var awaited: AwaitedBars?
    private var asking: AnswerBox<[DhanBar]>?
    /// By the wall.
    private var askedAt = EventTime(milliseconds: 0)
    /// By the steady clock.
    private var nextAt: EventTime?
    private var tries = 0
    private var failure: String?
    private var isTold = false
    private var isOver = false

    private static let firstPause = 5_000
    private static let longestPause = 60_000
    /// The first minutes after the opening may be missing in charts for two minutes.
    private static let usualLag = Span.minutes(3)

    init(_ index: MarketIndex) {
        self.index = index.name
        instrument = index.id
    }

    /// - Parameter awaited: as the book says; nil where it lacks nothing.
    mutating func want(_ awaited: AwaitedBars?) {
        guard awaited != self.awaited else { return }
        if awaited == nil { (isOver, isTold, failure, asking) = (isTold, false, nil, nil) }
        self.awaited = awaited
        (nextAt, tries) = (nil, 0)
    }

    /// Asks where it is time to; each time later than the time before.
    ///
    /// - Parameters:
    ///   - now: by the steady clock.
    ///   - wake: called when the answer is there.
    mutating func ask(
        _ reader: any ChartReader, at now: EventTime, wall: EventTime,
        wake: @escaping @Sendable () -> Void
    ) {
        guard let awaited, wall >= awaited.until + BarHistory.settling,
            nextAt.map({ now >= $0 }) ?? true
        else { return }
        if asking != nil { failure = "the broker does not answer" }
        let pause = min(Self.longestPause, Self.firstPause << min(tries, 8))
        let box = AnswerBox<[DhanBar]>()
        (asking, askedAt, nextAt, tries) = (box, wall, now + .milliseconds(pause), tries + 1)
        let chart = DhanChartRequest(
            instrument: instrument, kind: "INDEX", interval: .one, from: awaited.from, to: wall)
        reader.intraday(chart) { answer in
            box.put(answer)
            wake()
        }
    }

    /// What came since the last call, where it has all that the book waits for.
    mutating func answer(_ calendar: TradingCalendar) -> BarHistory? {
        guard let awaited, let answer = asking?.answer else { return nil }
        asking = nil
        switch answer {
        case .failure(let error):
            failure = error.reason
            return nil
        case .success(let chart):
            guard
                let history = BarHistory(
                    of: index, chart: chart, asked: askedAt, calendar: calendar)
            else {
                failure = "the broker's chart is empty"
                return nil
            }
            guard history.until < awaited.until else { return history }
            let isLate = askedAt - awaited.until >= Self.usualLag
            if isLate { failure = "the chart ends at \(history.until.timeOfDay.text)" }
            return nil
        }
    }

    /// Once for each time of waiting that fails, and once for its end.
    mutating func alarm(at now: EventTime) -> Alarm? {
        if isOver {
            isOver = false
            return Alarm(
                .notice, stage: StageName.marketFeed,
                message: "\(index): the indicators are complete again", at: now)
        }
        guard let awaited, let failure, !isTold else { return nil }
        isTold = true
        let from = "\(awaited.from.day.text) \(awaited.from.timeOfDay.text)"
        return Alarm(
            .critical, stage: StageName.marketFeed,
            message: """
                \(index): no entries, its indicators lack the minutes from \(from) to \
                \(awaited.until.timeOfDay.text): \(failure). The broker's charts are asked again, \
                every minute in the end
                """, at: now)
    }
}
