import Stages
import Support
import Testing
import Trading

/// Two schedulers of one market: one hears every tick, the other has a hole and gets minutes.
@Suite("Scheduler: warm-up") struct WarmUpTests {
    struct World {
        var heard: Market
        var late: Market
        var chart = BarBuilder()
        var bars: [Bar] = []
        var random: SplitMix64
        var isLateThere = true
        private(set) var signals: [Signal] = []
        private(set) var lateSignals: [Signal] = []

        init(seed: UInt64) throws {
            heard = try Market {
                $0.profile.minADX = "1.00"
                $0.profile.minConfirmingADX = "1.00"
                $0.time = EventTime(Day(2025, 12, 12), TimeOfDay(9, 15))
            }
            late = heard
            random = SplitMix64(seed: seed)
        }

        /// A tick each quarter of a minute, and the clock's mark with the minute.
        mutating func run(to end: EventTime) {
            while heard.time < end {
                if heard.time == heard.time.minute {
                    send(.clock(heard.time))
                    heard.quoteAll()
                    late.time = heard.time
                    late.quoteAll()
                }
                heard.price += .random(in: -15_00...15_00, using: &random)
                if let bar = chart.add(Price(paise: heard.price), at: heard.time) {
                    bars.append(bar)
                }
                send(heard.tick())
                heard.time = heard.time + .seconds(15)
            }
        }

        mutating func rest(until time: EventTime) { heard.time = time }

        mutating func send(_ event: MarketEvent) {
            signals += heard.send(event).signals
            if isLateThere { lateSignals += late.send(event).signals }
        }

        mutating func resume() {
            isLateThere = true
            late.send(.resumed(heard.time))
        }

        /// The broker's chart: all that is over, but for the last `lag` minutes.
        @discardableResult
        mutating func tell(lag: Int = 0) -> Scheduler.Outcome {
            let until = heard.time.minute - .minutes(lag)
            let told = bars.filter { $0.start < until }
            return late.send(
                .history(
                    BarHistory(index: Fixtures.index, bars: told, until: until), at: heard.time))
        }

        mutating func forgetSignals() { (signals, lateSignals) = ([], []) }

        static func state(_ market: Market) -> Fields {
            Fields(market.book.fields.pairs.filter { $0.name != "resumed_at" })
        }
    }

    private func friday(_ hour: Int, _ minute: Int) -> EventTime {
        EventTime(Day(2025, 12, 12), TimeOfDay(hour, minute))
    }

    private func expectEqual(_ world: World) {
        #expect(World.state(world.late) == World.state(world.heard))
        #expect(world.lateSignals == world.signals)
    }

    @Test("Minutes of the charts are as good as their ticks", arguments: 0..<6 as Range<UInt64>)
    func cold(seed: UInt64) throws {
        var world = try World(seed: seed)
        world.isLateThere = false
        world.run(to: friday(15, 30))
        world.rest(until: .at(9, 15))
        world.run(to: .at(11, 0, Int.random(in: 0...59, using: &world.random)))
        world.resume()
        let lag = Int.random(in: 0...3, using: &world.random)
        world.run(to: .at(11, 2 + lag))
        world.tell(lag: lag)
        world.forgetSignals()
        world.run(to: .at(13, 0))
        expectEqual(world)
        #expect(world.signals.count > 0)
    }

    @Test("A hole in the day is filled", arguments: 0..<6 as Range<UInt64>)
    func hole(seed: UInt64) throws {
        var world = try World(seed: seed)
        world.run(to: friday(15, 30))
        world.rest(until: .at(9, 15))
        world.run(to: .at(10, 30, Int.random(in: 0...59, using: &world.random)))
        world.isLateThere = false
        world.run(to: .at(11, 0, 20))
        world.resume()
        world.run(to: .at(11, 1, 2))
        // From the chart's beginning on: what the book has already is left out.
        world.tell()
        world.forgetSignals()
        world.run(to: .at(13, 0))
        expectEqual(world)
        #expect(world.signals.count > 0)
    }

    @Test func `until the minutes come there are no signals, however long it takes`() throws {
        var world = try World(seed: 1)
        world.isLateThere = false
        world.run(to: .at(9, 20))
        world.resume()
        world.run(to: .at(12, 0))
        #expect(world.signals.count > 0)
        #expect(world.lateSignals == [])
        // It holds the last half hour alone; what is before it has to be in the chart.
        world.tell(lag: 32)
        #expect(world.late.book.awaited != nil)
        world.tell(lag: 31)
        #expect(world.late.book.awaited == nil)
        world.forgetSignals()
        world.run(to: .at(13, 0))
        expectEqual(world)
    }

    @Test func `a chart that ends too early is not enough`() throws {
        var world = try World(seed: 2)
        world.isLateThere = false
        world.run(to: .at(11, 0, 30))
        world.resume()
        let waiting = world.late.book.awaited
        #expect(waiting == AwaitedBars(from: friday(9, 15), until: .at(11, 1)))
        // The minute that it came into is not whole.
        world.tell()
        #expect(world.late.book.awaited == waiting)
        world.run(to: .at(11, 1))
        world.tell()
        #expect(world.late.book.awaited == nil)
    }

    @Test func `minutes that are not waited for change nothing`() throws {
        var world = try World(seed: 3)
        world.run(to: friday(15, 30))
        let before = world.late.book.fields
        world.tell()
        #expect(world.late.book.fields == before)
        world.resume()
        #expect(World.state(world.late) == before)
    }

    @Test func `a second start waits for what it missed too`() throws {
        var world = try World(seed: 4)
        world.isLateThere = false
        world.run(to: .at(10, 0, 15))
        world.resume()
        world.run(to: .at(10, 3))
        world.isLateThere = false
        world.run(to: .at(10, 10, 15))
        world.resume()
        #expect(world.late.book.awaited == AwaitedBars(from: friday(9, 15), until: .at(10, 11)))
        world.run(to: .at(10, 12))
        world.tell()
        world.forgetSignals()
        world.run(to: .at(12, 0))
        expectEqual(world)
    }

    @Test(
        "Whether a gap is waited for",
        arguments: [
            // Heard until, again from, waits
            (EventTime.at(10, 0, 10), EventTime.at(10, 0, 50), false),  // within a minute
            (.at(10, 0, 10), .at(10, 1, 50), false),  // no whole minute
            (.at(10, 0, 10), .at(10, 2), true),  // 10:01 is missing
            (.at(15, 30), EventTime(Day(2025, 12, 16), TimeOfDay(9, 0)), false),  // a night
            (.at(15, 28), EventTime(Day(2025, 12, 16), TimeOfDay(9, 0)), true),  // 15:29 is missing
            (.at(15, 30), EventTime(Day(2025, 12, 16), TimeOfDay(9, 16)), true),  // 9:15 is missing
        ] as [(EventTime, EventTime, Bool)])
    func gap(heard: EventTime, again: EventTime, waits: Bool) throws {
        var world = try World(seed: 5)
        world.run(to: friday(15, 30))
        world.rest(until: .at(9, 15))
        world.run(to: heard)
        world.isLateThere = true
        world.late.send(.clock(heard))
        world.rest(until: again)
        world.resume()
        #expect((world.late.book.awaited != nil) == waits)
    }

    @Test func `what waits is kept over a restart`() throws {
        var world = try World(seed: 6)
        world.isLateThere = false
        world.run(to: .at(10, 0, 30))
        world.resume()
        world.run(to: .at(10, 5))
        let fields = world.late.book.fields
        #expect(fields["awaits"] == "\(friday(9, 15).text) \(EventTime.at(10, 1).text)")
        #expect(fields["held"]?.split(separator: ";").count == 3)
        #expect(try IndexBook(Fixtures.index, fields).fields == fields)
    }

    @Test func `longer bars look further back`() throws {
        var market = try Market {
            $0.profile.confirmationMinutes = 60
            $0.profile.adxPeriod = 14
        }
        market.send(.resumed(.at(10, 0)))
        // 42 hours of 6 ¼ a day.
        #expect(
            market.book.awaited?.from == EventTime(Day(2025, 12, 4), TimeOfDay(9, 15)))
    }
}
