import MessageBus
import Support
import Synchronization
import Testing
import Trading
import Workers

@testable import Brokers

@Suite struct `The market feed` {
    /// Answers when the test says so.
    final class Quotes: QuoteReader, ChartReader {
        private typealias Call = (
            ids: [InstrumentID],
            answer: @Sendable (Result<[DhanQuote], DhanError>) -> Void
        )
        private let calls = Mutex([Call]())

        func intraday(
            _ chart: DhanChartRequest,
            _ answer: @escaping @Sendable (Result<[DhanBar], DhanError>) -> Void
        ) {}

        var asked: [[InstrumentID]] { calls.withLock { $0.map(\.ids) } }

        func quotes(
            _ kind: DhanQuoteKind, of instruments: [InstrumentID],
            _ answer: @escaping @Sendable (Result<[DhanQuote], DhanError>) -> Void
        ) {
            calls.withLock { $0.append((instruments, answer)) }
        }

        func answer(_ result: Result<[DhanQuote], DhanError>) {
            calls.withLock { $0.last }?.answer(result)
        }
    }

    let bench = Bench(MemoryBus(wall: .at(10, 0)))
    let sockets = LiveSockets()
    let quotes = Quotes()
    private let tokens = LiveTokens()

    /// Strikes of a hundred apart, calls 1000… and puts 2000….
    private static let chain: [Instrument] = (0..<60).flatMap { index in
        let strike = Price(paise: 5_700_000 + index * 10_000)
        return [
            Fixtures.instrument(
                InstrumentID(.nseDerivatives, String(1_000 + index)), strike: strike),
            Fixtures.instrument(
                InstrumentID(.nseDerivatives, String(2_000 + index)), strike: strike, side: .put),
        ]
    }

    init() throws {
        let list = Self.chain.map { Fields.Pair(name: $0.id.text, value: $0.text) }
        try bench.write(.set(Keys.instruments, Fields(list)), in: .bus)
    }

    private func feed(_ name: String = "one", spares: [DhanAccess] = []) throws -> MarketFeed {
        MarketFeed(
            try Bench.desk(), FeedSource(.live(tokens), prices: quotes),
            spares: spares.map { FeedSource($0, prices: quotes) }, over: sockets,
            session: bench.bus.session(name), name: WorkerName(stage: "feed", given: name),
            log: Bench.quiet)
    }

    func open(spares: [DhanAccess] = []) throws -> (MarketFeed, LiveSockets.Line) {
        let feed = try feed(spares: spares)
        try feed.turns(2)
        let line = try #require(sockets.lines.last)
        line.open()
        try feed.turns(1)
        return (feed, line)
    }

    /// A ticker: code, length, segment, id, price in 32 bits, time in seconds as if it were UTC.
    static func ticker(
        _ ltp: Float, _ instrument: InstrumentID, tradedAt: EventTime = .at(10, 0)
    ) -> [UInt8] {
        func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> ($0 * 8) & 0xff) } }
        let id = UInt32(instrument.securityID) ?? 0
        return [2, 16, 0, instrument.segment == .index ? 0 : 2] + word(id)
            + word(ltp.bitPattern) + word(UInt32(tradedAt.milliseconds / 1_000 + 19_800))
    }

    private func ticks() throws -> [(at: EventTime, event: MarketEvent)] {
        guard
            case .entries(let entries) = try bench.answer(
                .range(Keys.ticks(0), from: .zero, limit: 10_000))
        else { return [] }
        return try entries.map {
            let at = EventTime(milliseconds: $0.id.milliseconds)
            return (at, try MarketEvent($0.fields, at: at))
        }
    }

    func prices() throws -> [String] {
        try ticks().compactMap {
            if case .tick(let tick) = $0.event {
                "\(tick.instrument) \(tick.quote.ltp.text)"
            } else {
                nil
            }
        }
    }

    func hold(_ instrument: InstrumentID) throws {
        var position = Fixtures.position(account: "alpha")
        position.contract.instrument = instrument
        try bench.write(
            .set(Keys.position(0, position.id), position.fields),
            .addMember(Keys.open(0, "alpha"), position.id.text))
    }

    static func quote(_ instrument: InstrumentID, _ last: Price) -> DhanQuote {
        DhanQuote(instrument: instrument, last: last)
    }

    @Test func `the index comes first, then the contracts around it`() throws {
        let (feed, line) = try open()
        #expect(line.request.target.hasPrefix("/?version=2&token=secret-1&clientId=1000000001"))
        #expect("\(line.request)" == "wss://api-feed.dhan.co:443")
        #expect(line.sent.count == 1)
        #expect(line.sent.first?.contains(#""ExchangeSegment":"IDX_I","SecurityId":"25""#) == true)
        line.say(Self.ticker(59_512.35, Fixtures.indexInstrument))
        try feed.turns(1)
        bench.bus.advance(by: .seconds(1))
        try feed.turns(1)
        // Of the 60 strikes, 59500 and ten on each side; 25 is the index.
        let asked = line.sent.dropFirst().joined()
        for strike in 15...35 {
            #expect(
                asked.contains("\"\(1_000 + strike)\"") && asked.contains("\"\(2_000 + strike)\""))
        }
        #expect(!asked.contains("\"1014\"") && !asked.contains("\"1036\""))
        #expect(try prices() == ["IDX_I:25 59512.35"])
    }

    @Test func `a window moves with the index, and not with each step`() throws {
        let (feed, line) = try open()
        func move(to spot: Float) throws -> String {
            let before = line.sent.count
            line.say(Self.ticker(spot, Fixtures.indexInstrument))
            try feed.turns(1)
            bench.bus.advance(by: .seconds(1))
            try feed.turns(1)
            return line.sent.dropFirst(before).joined()
        }
        _ = try move(to: 59_500)
        #expect(try move(to: 59_800) == "")
        let moved = try move(to: 59_900)
        #expect(moved.contains(#""RequestCode":22"#) && moved.contains("\"1015\""))
        #expect(moved.contains(#""RequestCode":21"#) && moved.contains("\"1039\""))
        #expect(!moved.contains("\"1025\""))
    }

    @Test func `an open position is subscribed to, wherever its strike is`() throws {
        let far = InstrumentID(.nseDerivatives, "1059")
        let (feed, line) = try open()
        try hold(far)
        bench.bus.advance(by: .seconds(1))
        try feed.turns(1)
        #expect(line.sent.last?.contains("\"1059\"") == true)
        // Closed, it goes.
        let id = Fixtures.position(account: "alpha").id
        try bench.write(.removeMember(Keys.open(0, "alpha"), id.text))
        bench.bus.advance(by: .seconds(1))
        try feed.turns(1)
        #expect(line.sent.last?.contains(#""RequestCode":22"#) == true)
    }

    @Test func `a new connection is told everything again`() throws {
        try hold(InstrumentID(.nseDerivatives, "1059"))
        let (feed, line) = try open()
        line.hear()
        bench.bus.advance(by: .seconds(5))
        line.end()
        try feed.turns(1)
        bench.bus.advance(by: .seconds(1))
        try feed.turns(2)
        let again = try sockets.second()
        again.open()
        try feed.turns(1)
        #expect(again.sent.sorted() == line.sent.sorted())
        #expect(again.sent.count == 2)
    }

    @Test func `ticks and marks carry the time of their coming, which never goes back`() throws {
        let (feed, line) = try open()
        for step in [300, 900, -400, 200, 1_100] {
            bench.bus.wall = bench.bus.wall + .milliseconds(step)
            line.say(Self.ticker(59_500, Fixtures.indexInstrument))
            try feed.turns(1)
        }
        let times = try ticks().map(\.at.milliseconds)
        #expect(times == times.sorted())
        let marks = try ticks().filter { if case .clock = $0.event { true } else { false } }
        #expect(
            marks.map { $0.at.milliseconds / 1_000 }.count
                == Set(marks.map { $0.at.milliseconds / 1_000 }).count)
        #expect(marks.count == 3)
        #expect(try bench.fields(Keys.ltp(0))["IDX_I:25"]?.hasPrefix("59500.00 at=") == true)
    }

    /// Where event time is not the wall's: a run of chaos trades in the morning at any hour.
    @Test func `time is the pipeline's, where that has a clock of its own`() throws {
        try bench.write(.setText(Keys.clock, EventTime.at(11, 30).text), in: .bus)
        let (feed, line) = try open()
        line.say(Self.ticker(59_500, Fixtures.indexInstrument))
        try feed.turns(1)
        #expect(try ticks().map(\.at) == [.at(11, 30), .at(11, 30)])
        // Between two looks at it, it is reckoned on.
        bench.bus.advance(by: .milliseconds(300))
        line.say(Self.ticker(59_501, Fixtures.indexInstrument))
        try feed.turns(1)
        #expect(try ticks().last?.at == .at(11, 30) + .milliseconds(300))
    }

    @Test func `the clock is marked each second without a connection`() throws {
        let feed = try feed()
        for _ in 0..<5 {
            try feed.turns(1)
            bench.bus.advance(by: .seconds(1))
        }
        #expect(try ticks().count == 5)
    }

    @Test func `what came while the server was away is not written as new`() throws {
        let (feed, line) = try open()
        line.say(Self.ticker(59_500, Fixtures.indexInstrument))
        feed.failed()
        line.say(Self.ticker(59_600, Fixtures.indexInstrument))
        try feed.turns(1)
        #expect(try prices() == [])
        line.say(Self.ticker(59_700, Fixtures.indexInstrument))
        try feed.turns(1)
        #expect(try prices() == ["IDX_I:25 59700.00"])
        #expect(!line.isClosed)
    }

    @Test func `an unknown instrument's tick is nobody's`() throws {
        let (feed, line) = try open()
        line.say(Self.ticker(100, InstrumentID(.nseDerivatives, "77")))
        line.say(Self.ticker(200, InstrumentID(.nseDerivatives, "1010")))
        try feed.turns(1)
        #expect(try prices() == ["NSE_FNO:1010 200.00"])
    }

    @Test func `a silent contract of an open position is asked for over REST`() throws {
        let (held, other) = (
            InstrumentID(.nseDerivatives, "1010"), InstrumentID(.nseDerivatives, "1011")
        )
        try hold(held)
        let (feed, line) = try open()
        line.say(Self.ticker(100, held))
        try feed.turns(1)
        // Another contract ticks on; half of the time to the alarm is five seconds.
        for _ in 0..<4 {
            bench.bus.advance(by: .seconds(1))
            line.say(Self.ticker(50, other))
            try feed.turns(1)
        }
        #expect(quotes.asked == [])
        bench.bus.advance(by: .seconds(1))
        try feed.turns(1)
        #expect(quotes.asked == [[held]])
        quotes.answer(.success([Self.quote(held, "101.05")]))
        try feed.turns(1)
        #expect(try prices().last == "NSE_FNO:1010 101.05")
        // It has a price again.
        bench.bus.advance(by: .seconds(4))
        try feed.turns(1)
        #expect(quotes.asked.count == 1)
    }

    @Test func `it asks once a second, and a failing answer is asked for again`() throws {
        let held = InstrumentID(.nseDerivatives, "1010")
        try hold(held)
        let feed = try feed()
        try feed.turns(1)
        bench.bus.advance(by: .seconds(5))
        try feed.turns(3)
        #expect(quotes.asked.count == 1)
        quotes.answer(.failure(.unknown("no answer")))
        try feed.turns(1)
        #expect(quotes.asked.count == 1)
        bench.bus.advance(by: .milliseconds(1_100))
        try feed.turns(1)
        #expect(quotes.asked.count == 2)
        // One that never answers is given up.
        bench.bus.advance(by: .seconds(9))
        try feed.turns(1)
        #expect(quotes.asked.count == 2)
        bench.bus.advance(by: .seconds(1))
        try feed.turns(1)
        #expect(quotes.asked.count == 3)
    }

    @Test func `what never traded has no price over REST either`() throws {
        let held = InstrumentID(.nseDerivatives, "1010")
        try hold(held)
        let feed = try feed()
        try feed.turns(1)
        bench.bus.advance(by: .seconds(5))
        try feed.turns(1)
        quotes.answer(.success([Self.quote(held, "0.00")]))
        try feed.turns(1)
        #expect(try prices() == [])
    }

    @Test func `out of hours nobody is asked`() throws {
        bench.bus.wall = .at(16, 0)
        try hold(InstrumentID(.nseDerivatives, "1010"))
        let feed = try feed()
        try feed.turns(1)
        bench.bus.advance(by: .seconds(30))
        try feed.turns(2)
        #expect(quotes.asked == [])
    }

    @Test func `sent away as one too many, it stays away for a minute`() throws {
        let (feed, line) = try open()
        line.say([50, 10, 0, 0, 0, 0, 0, 0, 0x25, 0x03])
        try feed.turns(1)
        #expect(line.isClosed)
        bench.bus.advance(by: .seconds(59))
        try feed.turns(2)
        #expect(sockets.lines.count == 1)
        bench.bus.advance(by: .seconds(31))
        try feed.turns(2)
        #expect(sockets.lines.count == 2)
    }

    @Test func `sent away for its token, it takes another, also where the end comes with it`()
        throws
    {
        let (feed, line) = try open()
        line.say([50, 10, 0, 0, 0, 0, 0, 0, 0x29, 0x03])
        line.end(.closed(code: nil))
        try feed.turns(1)
        #expect(tokens.replaced == 1)
        bench.bus.advance(by: .seconds(2))
        try feed.turns(2)
        #expect(try sockets.second().request.target.contains("token=secret-2"))
    }

    @Test func `one has the feed, the other takes over when it is gone`() throws {
        let (first, line) = try open()
        let second = try feed("two")
        try second.turns(3)
        #expect(sockets.lines.count == 1)
        bench.bus.advance(by: .seconds(4))
        try second.turns(2)
        #expect(sockets.lines.count == 2)
        try first.turns(1)
        #expect(line.isClosed && line.sent.last == #"{"RequestCode":12}"#)
        #expect(first.pulse.snapshot.role == "standby")
    }
}
