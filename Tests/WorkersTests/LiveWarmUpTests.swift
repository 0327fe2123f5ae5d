import DhanSimulator
import HTTP
import MessageBus
import Stages
import Support
import Synchronization
import Testing
import Trading

@testable import Brokers
@testable import Workers

/// The feed with the broker's charts, and the scheduler that waits for them.
@Suite("The warm-up", .timeLimit(.minutes(10))) struct LiveWarmUpTests {
    /// Answers when the test says so.
    final class Charts: QuoteReader, ChartReader {
        private typealias Call = (
            chart: DhanChartRequest, answer: @Sendable (Result<[DhanBar], DhanError>) -> Void
        )
        private let calls = Mutex([Call]())

        var asked: [DhanChartRequest] { calls.withLock { $0.map(\.chart) } }

        func intraday(
            _ chart: DhanChartRequest,
            _ answer: @escaping @Sendable (Result<[DhanBar], DhanError>) -> Void
        ) {
            calls.withLock { $0.append((chart, answer)) }
        }

        func quotes(
            _ kind: DhanQuoteKind, of instruments: [InstrumentID],
            _ answer: @escaping @Sendable (Result<[DhanQuote], DhanError>) -> Void
        ) {}

        func answer(_ result: Result<[DhanBar], DhanError>) {
            calls.withLock { $0.last }?.answer(result)
        }
    }

    private let bench = Bench(MemoryBus(wall: .at(11, 0, 20)))
    private let sockets = LiveSockets()
    private let charts = Charts()

    private static let friday = EventTime(Day(2025, 12, 12), TimeOfDay(9, 15))

    /// Minutes that rise by a rupee each.
    private static func bars(from start: EventTime, to end: EventTime) -> [DhanBar] {
        stride(from: start.milliseconds, to: end.milliseconds, by: 60_000).enumerated().map {
            let price = Price(paise: 59_000_00 + $0.offset * 100)
            return DhanBar(
                start: EventTime(milliseconds: $0.element), open: price, high: price + "2.00",
                low: price - "1.00", close: price + "1.00", volume: 0)
        }
    }

    /// Friday and today, up to the minute that is still open.
    private func chart() -> [DhanBar] {
        Self.bars(from: Self.friday, to: Self.friday + .minutes(375))
            + Self.bars(from: .at(9, 15), to: bench.bus.wall)
    }

    private func feed() throws -> MarketFeed {
        MarketFeed(
            try Bench.desk(), FeedSource(.live(), prices: charts), over: sockets,
            session: bench.bus.session("feed"), name: WorkerName(stage: "feed", given: "feed"),
            log: Bench.quiet)
    }

    private func scheduler() throws -> OrderedWorker {
        OrderedWorker(
            SchedulerStage(try Bench.desk(), partition: 0, log: Bench.quiet), bench.bus,
            name: "scheduler")
    }

    private func open(_ feed: MarketFeed) throws -> LiveSockets.Line {
        try feed.turns(2)
        let line = try #require(sockets.lines.last)
        line.open()
        try feed.turns(1)
        return line
    }

    private func turn(_ workers: any Worker..., after span: Span = .seconds(1)) throws {
        bench.bus.advance(by: span)
        for line in sockets.lines { line.hear() }
        for _ in 0..<3 { for worker in workers { try worker.turns(1) } }
    }

    private func book() throws -> Fields { try bench.fields(Keys.bars(0, "BANKNIFTY")) }
    private func alarms() throws -> [String] {
        try bench.entries(Keys.alarms).compactMap { $0["message"] }
    }

    @Test func `a start in the middle of the day fetches what was missed`() throws {
        let (feed, scheduler) = (try feed(), try scheduler())
        _ = try open(feed)
        try turn(feed, scheduler)
        #expect(try book()["awaits"] == "\(Self.friday.text) \(EventTime.at(11, 1).text)")
        // The minute in which it started has to be over, and settled.
        bench.bus.wall = .at(11, 1, 1)
        try turn(feed, scheduler, after: .milliseconds(500))
        #expect(charts.asked == [])
        try turn(feed, scheduler, after: .milliseconds(500))
        let asked = try #require(charts.asked.first)
        #expect(charts.asked.count == 1)
        #expect(asked.instrument == Fixtures.indexInstrument && asked.kind == "INDEX")
        #expect(asked.interval == .one && asked.from == Self.friday && asked.to >= .at(11, 1, 2))
        charts.answer(.success(chart()))
        try turn(feed, scheduler)
        let warm = try book()
        #expect(warm["awaits"] == nil)
        #expect(warm["state:supertrend:confirmation"] != nil)
        #expect(warm["bars_1m"]?.contains("closed_until=\(EventTime.at(11, 1).text)") == true)
        // Warm, it is left in peace; nobody is alarmed.
        try turn(feed, scheduler, after: .seconds(90))
        #expect(charts.asked.count == 1)
        #expect(try alarms() == [])
    }

    @Test func `it asks later each time, and tells people once, and when it is over`() throws {
        let (feed, scheduler) = (try feed(), try scheduler())
        let line = try open(feed)
        try turn(feed, scheduler)
        bench.bus.wall = .at(11, 1, 2)
        try turn(feed, scheduler)
        var price: Float = 59_000
        var pauses: [Int] = []
        for _ in 0..<6 {
            charts.answer(.failure(.unknown("no answer from the charts")))
            let (count, start) = (charts.asked.count, bench.bus.wall)
            while charts.asked.count == count {
                // One that brings no price is closed.
                price += 1
                line.say(`The market feed`.ticker(price, Fixtures.indexInstrument))
                try turn(feed, scheduler, after: .seconds(1))
            }
            pauses.append((bench.bus.wall - start).milliseconds / 1_000)
        }
        #expect(pauses == [5, 10, 20, 40, 60, 60])
        #expect(try alarms().count == 1)
        let alarm = try alarms().first ?? ""
        #expect(alarm.contains("BANKNIFTY: no entries") && alarm.contains("2025-12-12 09:15"))
        #expect(alarm.contains("no answer from the charts"))
        charts.answer(.success(chart()))
        try turn(feed, scheduler)
        try turn(feed, scheduler)
        #expect(try book()["awaits"] == nil)
        #expect(try alarms().count == 2)
        #expect(try alarms().last?.contains("complete again") == true)
    }

    @Test func `a chart that lags is asked for again, and told when it lags for long`() throws {
        let (feed, scheduler) = (try feed(), try scheduler())
        _ = try open(feed)
        try turn(feed, scheduler)
        bench.bus.wall = .at(11, 1, 2)
        try turn(feed, scheduler)
        let old = Self.bars(from: .at(9, 15), to: .at(10, 58))
        charts.answer(.success(old))
        try turn(feed, scheduler)
        #expect(try book()["awaits"] != nil)
        try turn(feed, scheduler, after: .seconds(5))
        #expect(charts.asked.count == 2)
        charts.answer(.success(old))
        try turn(feed, scheduler)
        #expect(try alarms() == [])
        try turn(feed, scheduler, after: .seconds(180))
        #expect(charts.asked.count == 3)
        charts.answer(.success(old))
        try turn(feed, scheduler)
        #expect(try alarms().first?.contains("the chart ends at 10:58") == true)
    }

    @Test func `a book that the server has lost is begun anew from charts`() throws {
        let (feed, scheduler) = (try feed(), try scheduler())
        _ = try open(feed)
        try turn(feed, scheduler)
        bench.bus.wall = .at(11, 1, 2)
        try turn(feed, scheduler)
        charts.answer(.success(chart()))
        try turn(feed, scheduler)
        let key = Keys.bars(0, "BANKNIFTY")
        try bench.write(.delete(key), in: .partition(0))
        scheduler.failed()
        try turn(feed, scheduler)
        #expect(try book()["awaits"] == nil)
        try turn(feed, scheduler, after: .seconds(10))
        #expect(try book()["awaits"] != nil)
    }

    @Test(
        "What a chart tells",
        arguments: [
            // asked at, bars from and to; how many whole ones, and until when
            (EventTime.at(10, 0, 1), EventTime.at(9, 15), EventTime.at(10, 0), 44, .at(9, 59)),
            (.at(10, 0, 2), .at(9, 15), .at(10, 0), 45, .at(10, 0)),
            (.at(10, 0, 30), .at(9, 15), .at(10, 1), 45, .at(10, 0)),  // the last is unfinished
            (.at(10, 0, 30), .at(9, 15), .at(9, 58), 43, .at(9, 58)),  // lags
            (.at(9, 0, 30), friday, friday + .minutes(375), 375, .at(9, 0)),  // before the opening
            (.at(9, 16, 30), friday, friday + .minutes(375), 375, .at(9, 15)),  // nothing of today
            (.at(15, 50, 30), .at(9, 15), .at(15, 30), 375, .at(15, 50)),  // after the close
        ] as [(EventTime, EventTime, EventTime, Int, EventTime)])
    func told(
        asked: EventTime, start: EventTime, end: EventTime, count: Int, until: EventTime
    ) throws {
        let chart = Self.bars(from: start, to: end)
        let history = try #require(
            BarHistory(
                of: "BANKNIFTY", chart: chart + chart.suffix(1), asked: asked,
                calendar: .derivatives))
        #expect(history.bars.count == count && history.until == until)
        #expect(history.bars.first?.start == start)
    }

    @Test func `of an empty chart, or one between the minutes, nothing is told`() {
        let crooked = Self.bars(from: .at(9, 15) + .seconds(30), to: .at(10, 0))
        for chart in [[], crooked] {
            #expect(
                BarHistory(
                    of: "BANKNIFTY", chart: chart, asked: .at(11, 0), calendar: .derivatives)
                    == nil)
        }
    }
}
