import MessageBus
import Testing
import Trading

@Suite("Bus: queries")
struct BusConformanceQueryTests {
    @Test(arguments: Backend.allCases)
    func `what is not there has an answer`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let none = Key(.bus, "none")
            let answers = try bench.session().load([
                .hash(none), .fields(none, ["a"]), .text(none), .list(none), .members(none),
                .due(none, limit: 5), .score(none, member: "a"), .count(none), .newest(none),
                .groups(none), .range(none, from: .zero, limit: 5), .latest(none, limit: 5),
                .pending(none, group: "g", limit: 5),
            ]).answers
            #expect(
                answers == [
                    .fields([:]), .fields([:]), .text(nil), .texts([]), .texts([]), .due([]),
                    .number(nil), .number(0), .newest(.zero), .groups([]), .entries([]),
                    .entries([]), .pending([]),
                ])
        }
    }

    /// Only a person writes such.
    @Test(arguments: Backend.servers)
    func `a score at no time is as far away as can be counted`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            try bench.redis("ZADD", due.text, "-inf", "a", "inf", "b", "-9.3e18", "c", "5e17", "d")
            let answer = try bench.session().answer(.due(due, limit: 9))
            guard case .due(let times) = answer else { throw OtherAnswer() }
            let scores = Dictionary(uniqueKeysWithValues: times.map { ($0.member, $0.at) })
            let (least, most) = (Readable.whole.lowerBound, Readable.whole.upperBound)
            #expect(scores == ["a": least, "b": most, "c": least, "d": most])
        }
    }

    @Test(arguments: Backend.allCases)
    func `a stream shows its entries, groups and pending ones`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            for time in 1...4 {
                try session.write(.append(exits, ["n": String(time)], milliseconds: time))
            }
            _ = try session.joined(exits)
            let found = try session.read(3)
            #expect(try session.settle(found[1]) == .applied)
            let answers = try session.load([
                .range(exits, from: EntryID(2, 0), limit: 2), .latest(exits, limit: 2),
                .groups(exits), .count(exits), .pending(exits, group: "none", limit: 5),
            ]).answers
            let entry = { Entry(id: EntryID($0, 0), fields: ["n": String($0)]) }
            let group = GroupState(name: "g", lastDelivered: EntryID(3, 0), pending: 2)
            #expect(
                answers == [
                    .entries([entry(2), entry(3)]), .entries([entry(4), entry(3)]),
                    .groups([group]), .number(4), .pending([]),
                ])
            let rows = try session.pending(exits)
            #expect(rows.map(\.id) == [EntryID(1, 0), EntryID(3, 0)])
            #expect(rows.allSatisfy { $0.consumer == "a" && $0.deliveries == 1 })
        }
    }

    @Test(arguments: Backend.allCases)
    func `the newest id outlives its entry`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            try session.write(.append(exits, ["a": "b"], milliseconds: 5))
            try bench.trim(exits, below: EntryID(6, 0))
            #expect(
                try session.load([.newest(exits), .count(exits)]).answers
                    == [.newest(EntryID(5, 0)), .number(0)])
        }
    }

    @Test(arguments: Backend.allCases)
    func `what is due comes by time, then by name`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            for (member, time) in [("c", 9), ("b", 5), ("a", 5), ("d", 1_767_325_500_123)] {
                try session.write(.schedule(due, member: member, at: time))
            }
            let times = [("a", 5), ("b", 5), ("c", 9)].map { DueTime(member: $0.0, at: $0.1) }
            #expect(try session.answer(.due(due, limit: 3)) == .due(times))
            #expect(try session.answer(.score(due, member: "d")) == .number(1_767_325_500_123))
            #expect(try session.answer(.count(due)) == .number(4))
        }
    }

    @Test(arguments: Backend.allCases)
    func `counts are of any collection`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            try session.write(
                .set(position, ["a": "1", "b": "2"]), .push(order, "x"), .setText(lock, "x"))
            #expect(
                try session.load([.count(position), .count(order)]).answers
                    == [.number(2), .number(1)])
            #expect(throws: BusError.self) { try session.load([.count(lock)]) }
            // A refused query spoils nothing for the next call.
            #expect(try session.answer(.text(lock)) == .text("x"))
        }
    }

    @Test(arguments: Backend.allCases)
    func `event time is the replay's clock where there is one`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            let live = try session.load([])
            #expect(live.now == live.wall)
            #expect(live.wall.day >= Day(2026, 1, 2))
            let replay = Change(writes: [.setText(Keys.clock, "1735530300000")])
            _ = try session.commit([Commit(slot: .bus, owner: .anyone, changes: [replay])])
            let loaded = try session.load([])
            #expect(loaded.now == EventTime(milliseconds: 1_735_530_300_000))
            #expect(loaded.wall >= live.wall)
        }
    }
}
