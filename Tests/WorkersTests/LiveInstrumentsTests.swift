import MessageBus
import Support
import Synchronization
import Testing
import Trading

@testable import Brokers
@testable import Workers

/// The feed that brings the day's contracts.
@Suite("The day's contracts") struct LiveInstrumentsTests {
    /// Answers when the test says so.
    private final class Lists: ContractLister {
        private typealias Call = (
            day: Day, answer: @Sendable (Result<[Instrument], DhanError>) -> Void
        )
        private let calls = Mutex([Call]())

        var asked: [Day] { calls.withLock { $0.map(\.day) } }

        func list(
            on day: Day, _ answer: @escaping @Sendable (Result<[Instrument], DhanError>) -> Void
        ) {
            calls.withLock { $0.append((day, answer)) }
        }

        func answer(_ result: Result<[Instrument], DhanError>) {
            calls.withLock { $0.last }?.answer(result)
        }
    }

    private let bench = Bench(MemoryBus(wall: .at(9, 0)))
    private let lists = Lists()
    private let sockets = LiveSockets()

    private func feed(_ name: String = "one") throws -> MarketFeed {
        MarketFeed(
            try Bench.desk(), FeedSource(.live(), prices: LiveWarmUpTests.Charts()), lists: lists,
            over: sockets, session: bench.bus.session(name),
            name: WorkerName(stage: "feed", given: name), log: Bench.quiet)
    }

    private func alarms() throws -> [String] {
        try bench.entries(Keys.alarms).compactMap { $0["message"] }.filter {
            $0.contains("contracts")
        }
    }

    @Test func `one process fetches a list that is missing, for all`() throws {
        let (one, other) = (try feed(), try feed("two"))
        try one.turns(3)
        try other.turns(3)
        #expect(lists.asked == [Fixtures.day])
        let foreign = Fixtures.instrument(InstrumentID(.nseDerivatives, "7"), index: "NIFTY")
        lists.answer(.success([Fixtures.instrument(), foreign]))
        try one.turns(1)
        let stored = try bench.fields(Keys.instruments)
        #expect(stored["day"] == Fixtures.day.text)
        #expect(stored[Fixtures.call.text] == Fixtures.instrument().text)
        #expect(stored.pairs.count == 2)
        bench.bus.advance(by: .minutes(5))
        try other.turns(3)
        #expect(lists.asked.count == 1)
    }

    @Test func `a list of today is used, one of no day is not`() throws {
        try bench.write(
            .set(Keys.instruments, [Fixtures.call.text: Fixtures.instrument().text]), in: .bus)
        try feed().turns(1)
        #expect(lists.asked.count == 1)
        try bench.write(.set(Keys.instruments, ["day": Fixtures.day.text]), in: .bus)
        bench.bus.advance(by: .seconds(10))
        try feed("two").turns(3)
        #expect(lists.asked.count == 1)
    }

    @Test func `the next trading day's morning needs another one`() throws {
        let feed = try feed()
        try feed.turns(1)
        lists.answer(.success([Fixtures.instrument()]))
        bench.bus.wall = EventTime(Day(2025, 12, 16), TimeOfDay(7, 59))
        bench.bus.advance(by: .seconds(30))
        try feed.turns(2)
        #expect(lists.asked.count == 1)
        bench.bus.advance(by: .seconds(60))
        try feed.turns(2)
        #expect(lists.asked == [Fixtures.day, Day(2025, 12, 16)])
    }

    @Test func `what fails is told once, tried each minute, and told when it is over`() throws {
        let feed = try feed()
        try feed.turns(1)
        let failures: [Result<[Instrument], DhanError>] = [
            .failure(.unknown("HTTP 503")), .success([]), .failure(.unknown("HTTP 503")),
        ]
        for (index, failure) in failures.enumerated() {
            lists.answer(failure)
            try feed.turns(1)
            bench.bus.advance(by: .seconds(59))
            try feed.turns(1)
            #expect(lists.asked.count == index + 1)
            bench.bus.advance(by: .seconds(1))
            try feed.turns(1)
            #expect(lists.asked.count == index + 2)
        }
        #expect(try alarms().count == 1)
        #expect(try alarms().first?.contains("HTTP 503") == true)
        #expect(try alarms().first?.contains("squareoff instruments") == true)
        lists.answer(.success([Fixtures.instrument()]))
        try feed.turns(2)
        #expect(try alarms().last == "the day's contracts are there")
    }

    @Test(
        "Whose list is the one to have",
        arguments: [
            (EventTime.at(8, 0), Fixtures.day), (.at(7, 59), Day(2025, 12, 12)),
            (EventTime(Day(2025, 12, 14), TimeOfDay(12, 0)), Day(2025, 12, 12)),
            (EventTime(Day(2025, 12, 25), TimeOfDay(12, 0)), Day(2025, 12, 24)),
        ])
    func day(time: EventTime, day: Day) {
        #expect(InstrumentSupply.day(at: time, .derivatives) == day)
    }
}
