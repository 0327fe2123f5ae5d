import Brokers
import DhanSimulator
import HTTP
import MessageBus
import Stages
import Support
import Testing
import Trading

@testable import Workers

/// Feed, client and scheduler at a simulator, over the network of loopback.
@Suite("The warm-up at the simulator", .timeLimit(.minutes(10)))
struct LiveWarmUpSimulatedTests {
    private static let index: IndexName = "BANKNIFTY"
    private static let friday = EventTime(Day(2025, 12, 12), TimeOfDay(9, 15))

    /// Four ticks a minute, on Friday and today until 11:01.
    private static let ticks: [Tick] = [
        (friday, friday + .minutes(375)), (EventTime.at(9, 15), EventTime.at(11, 1)),
    ].flatMap { start, end in
        stride(from: start.milliseconds, to: end.milliseconds, by: 15_000).map { time in
            let step = time / 15_000
            let price = Price(paise: 59_000_00 + step % 97 * 700 + step % 13 * 450)
            return Tick(
                instrument: Fixtures.indexInstrument,
                quote: Quote(ltp: price, at: EventTime(milliseconds: time)))
        }
    }

    /// The states of a scheduler that has heard every tick.
    private func heard(_ desk: Desk) throws -> [Fields.Pair] {
        let scheduler = Scheduler(
            strategies: desk.strategies.map(SupertrendADX.init), calendar: desk.calendar,
            list: InstrumentList([]))
        var book = try IndexBook(Self.index)
        for tick in Self.ticks {
            _ = scheduler.decide(.tick(tick), book: &book)
            _ = scheduler.decide(.clock(tick.quote.at + .seconds(15)), book: &book)
        }
        return states(book.fields)
    }

    private func states(_ fields: Fields) -> [Fields.Pair] {
        fields.pairs.filter { $0.name.hasPrefix("state:") || $0.name.hasPrefix("bars_") }
            .sorted { $0.name < $1.name }
    }

    @Test func `the minutes of its charts make the indicators that its ticks would have made`()
        async throws
    {
        var settings = SimulatorSettings()
        settings.clients = [.init("1000000001", token: "secret-1")]
        settings.clock = .stopped(.at(11, 0, 20))
        let simulator = try Simulator(settings)
        let ports = try await simulator.start()
        await simulator.quote(Self.ticks)
        var endpoints = DhanEndpoints()
        endpoints.rest = "http://127.0.0.1:\(ports.rest)/v2"
        endpoints.feedSocket = "ws://127.0.0.1:\(ports.feed)"
        let access = DhanAccess(
            clientID: "1000000001", endpoints: endpoints, token: LiveTokens())
        let client = DhanClient(account: "alpha", access: access, http: HTTPClient())
        let bench = Bench(MemoryBus(wall: .at(11, 0, 20)))
        let desk = try Bench.desk()
        let feed = MarketFeed(
            desk, FeedSource(access, prices: client), over: NIOSockets(),
            session: bench.bus.session("feed"), name: WorkerName(stage: "feed", given: "feed"),
            log: Bench.quiet)
        let scheduler = OrderedWorker(
            SchedulerStage(desk, partition: 0, log: Bench.quiet), bench.bus, name: "scheduler")
        func turn(until isIt: (Fields) -> Bool) async throws {
            while !isIt(try bench.fields(Keys.bars(0, Self.index))), !Task.isCancelled {
                try feed.turns(1)
                try scheduler.turns(1)
                bench.bus.advance(by: .milliseconds(1))
                await Task.yield()
            }
        }
        try await turn { $0["awaits"] != nil }
        await simulator.step(to: .at(11, 1, 3), [])
        bench.bus.wall = .at(11, 1, 3)
        try await turn { $0["awaits"] == nil }
        #expect(states(try bench.fields(Keys.bars(0, Self.index))) == (try heard(desk)))
        try feed.leave()
        await simulator.stop()
    }
}
