import MessageBus
import Support
import Testing
import Trading

@testable import Workers

@Suite struct AgendaTests {
    private let bench = Bench()
    private let key = Keys.exitsDue(0)

    private func schedule(_ member: String, _ time: EventTime) throws {
        try bench.write(.schedule(key, member: member, at: time.milliseconds))
    }

    private func due(_ agenda: inout Agenda, by clock: DueSet.Clock) throws -> [String] {
        try agenda.due([DueSet(key, by: clock)], bench.session).flatMap { $0 }.map(\.member)
    }

    @Test func `by the wall: what is due, and when to look next`() throws {
        try schedule("past", Bench.morning - .seconds(1))
        try schedule("soon", Bench.morning + .seconds(5))
        try schedule("later", Bench.morning + .seconds(9))
        var agenda = Agenda(of: "test", Bench.quiet)
        #expect(try due(&agenda, by: .wall) == ["past"])
        #expect(agenda.next == Bench.morning + .seconds(5))
        #expect(try due(&agenda, by: .wall) == [])
        bench.bus.advance(by: .seconds(5))
        #expect(try due(&agenda, by: .wall) == ["past", "soon"])
        #expect(agenda.next == Bench.morning + .seconds(9))
    }

    @Test func `by event time: the replay's clock decides, and only a wake makes it look`() throws {
        try bench.write(.setText(Keys.clock, EventTime.at(10, 0).text), in: .bus)
        try schedule("a", .at(10, 1))
        var agenda = Agenda(of: "test", Bench.quiet)
        #expect(try due(&agenda, by: .event) == [])
        #expect(agenda.next == nil)
        try bench.write(.setText(Keys.clock, EventTime.at(10, 2).text), in: .bus)
        #expect(try due(&agenda, by: .event) == [])
        agenda.waited(forNothing: false, woken: true)
        #expect(try due(&agenda, by: .event) == ["a"])
    }

    @Test func `more than one look takes is not forgotten`() throws {
        for number in 0..<70 { try schedule("m\(number)", Bench.morning - .seconds(1)) }
        var agenda = Agenda(of: "test", Bench.quiet)
        #expect(try due(&agenda, by: .wall).count == 64)
        #expect(agenda.isBehind)
    }

    @Test(arguments: [64, 65, 300, 5_000])
    func `what stays due hides nothing behind it, and is not looked at without end`(
        standing: Int
    ) throws {
        for number in 0..<standing {
            try schedule("s\(number)", Bench.morning - .seconds(9))
        }
        for number in 0..<100 { try schedule("m\(number)", Bench.morning - .seconds(1)) }
        var agenda = Agenda(of: "test", Bench.quiet)
        var looks = 0
        repeat {
            for member in try due(&agenda, by: .wall) where member.hasPrefix("m") {
                try bench.write(.unschedule(key, member: member))
            }
            agenda.waited(forNothing: true, woken: false)
            looks += 1
        } while agenda.isBehind && looks < 20
        let isBehind = agenda.isBehind
        #expect(try bench.count(key) == standing)
        #expect(!isBehind)
    }

    @Test func `a set that cannot be read hides no other, and people hear of it once`() throws {
        let bad = DueSet(Keys.ordersDue(0), by: .wall)
        try bench.write(.setText(bad.key, "overwritten"))
        try schedule("past", Bench.morning - .seconds(1))
        var agenda = Agenda(of: "test", Bench.quiet)
        func look() throws {
            agenda.lookAgain()
            let found = try agenda.due([bad, DueSet(key, by: .wall)], bench.session)
            #expect(found.map { $0.map(\.member) } == [[], ["past"]])
        }
        func alarms() throws -> Int { try bench.entries(Keys.alarms).count }
        for _ in 0..<4 {
            try look()
            agenda.startAnew()
            bench.bus.advance(by: .seconds(1))
        }
        #expect(try alarms() == 1)
        bench.bus.remove(bad.key)
        bench.bus.advance(by: .seconds(2))
        try look()
        try bench.write(.setText(bad.key, "overwritten again"))
        try look()
        #expect(try alarms() == 2)
    }

    @Test func `a set that cannot be read is not asked for in every look`() throws {
        let bad = DueSet(Keys.ordersDue(0), by: .wall)
        try bench.write(.setText(bad.key, "overwritten"))
        var agenda = Agenda(of: "test", Bench.quiet)
        #expect(try agenda.due([bad], bench.session) == [[]])
        bench.bus.remove(bad.key)
        try bench.write(.schedule(bad.key, member: "m", at: 5))
        agenda.lookAgain()
        #expect(try agenda.due([bad], bench.session) == [[]])
        bench.bus.advance(by: .seconds(2))
        #expect(try agenda.due([bad], bench.session) == [[DueTime(member: "m", at: 5)]])
    }

    @Test func `deliveries that were put off come in their time and order, as redelivered`() {
        var retries = Retries()
        let (one, two, three) = (delivery(1), delivery(2), delivery(3))
        retries.add(one, at: .at(10, 0, 5))
        retries.add(two, at: .at(10, 0, 1))
        retries.add(three, at: .at(10, 0, 5))
        #expect(retries.next == .at(10, 0, 1))
        #expect(retries.take(until: .at(10, 0, 0)).isEmpty)
        #expect(retries.take(until: .at(10, 0, 5)).map(\.id.sequence) == [1, 2, 3])
        #expect(retries.isEmpty && retries.next == nil)
        retries.add(one, at: .at(10, 0))
        retries.forget()
        #expect(retries.take(until: .at(11, 0)).isEmpty)
    }

    private func delivery(_ number: Int) -> Delivery {
        Delivery(stream: Keys.exits(0), id: EntryID(1, number), fields: ["n": "\(number)"])
    }

    @Test func `durations keep the middle and the tail`() {
        var durations = Durations()
        #expect(durations.percentile(50) == nil)
        for _ in 0..<98 { durations.add(.microseconds(100)) }
        for _ in 0..<2 { durations.add(.milliseconds(10)) }
        #expect((99...101).contains(durations.percentile(50) ?? 0))
        #expect((9_900...10_100).contains(durations.percentile(99) ?? 0))
        #expect(durations.count == 100)
    }
}
