import MessageBus
import Redis
import Testing
import Trading

@Suite("Bus: cutting streams, forgetting consumers")
struct BusConformanceRetentionTests {
    private static let instant = Cut(groups: ["g"], keep: .zero, age: .stream)

    /// Entries at 1, 2, … 9 ms.
    private func filled(_ bench: Bench, _ stream: Key = exits) throws -> any BusSession {
        let session = try bench.session()
        for time in 1...9 {
            try session.write(.append(stream, ["n": String(time)], milliseconds: time))
        }
        return session
    }

    private func times(_ session: any BusSession, _ stream: Key = exits) throws -> [Int] {
        try session.entries(of: stream).map(\.id.milliseconds)
    }

    @Test(arguments: Backend.allCases)
    func `what was read and settled goes, and the last one read stays`(
        _ backend: Backend
    ) throws {
        try withBench(backend) { bench in
            let session = try filled(bench)
            _ = try session.joined(exits)
            #expect(try session.cut(exits, Self.instant) == 0)
            for delivery in try session.read(6) {
                #expect(try session.settle(delivery) == .applied)
            }
            #expect(try session.cut(exits, Self.instant) == 5)
            #expect(try times(session) == [6, 7, 8, 9])
            #expect(try session.cut(exits, Self.instant) == 0)
        }
    }

    @Test(arguments: Backend.allCases)
    func `a pending entry and all behind it stay`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try filled(bench).joined(exits)
            for delivery in try session.read() where delivery.number != "4" {
                #expect(try session.settle(delivery) == .applied)
            }
            #expect(try session.cut(exits, Self.instant) == 3)
            #expect(try times(session) == [4, 5, 6, 7, 8, 9])
        }
    }

    @Test(arguments: Backend.allCases)
    func `a group that has not started has read nothing`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try filled(bench).joined(exits)
            for delivery in try session.read() { _ = try session.settle(delivery) }
            var both = Self.instant
            both.groups.append("late")
            #expect(try session.cut(exits, both) == 0)
            let late = try bench.session("late")
            try late.join([exits], group: "late", consumer: "a")
            #expect(try late.cut(exits, both) == 0)
            #expect(try late.read(9).count == 9)
            #expect(try late.cut(exits, both) == 0)
        }
    }

    @Test(arguments: Backend.allCases)
    func `a group that nobody expects is waited for`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try filled(bench).joined(exits)
            for delivery in try session.read() { _ = try session.settle(delivery) }
            let own = try bench.session("person")
            try own.join([exits], group: "own", consumer: "a")
            _ = try own.read(3)
            #expect(try session.cut(exits, Self.instant) == 0)
            #expect(try times(session).count == 9)
        }
    }

    @Test(arguments: Backend.allCases)
    func `each fence must have a cursor, and the lowest counts`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try filled(bench)
            let other = Keys.fence(.shard(0), "paper", 0)
            let cut = Cut(fences: [risk, other], keep: .zero, age: .stream)
            try session.write(.set(risk, [exits.text: "7-0"]))
            #expect(try session.cut(exits, cut) == 0)
            try session.write(.set(other, ["epoch": "1"]))
            #expect(try session.cut(exits, cut) == 0)
            try session.write(.set(other, [exits.text: "5-0"]))
            #expect(try session.cut(exits, cut) == 4)
            #expect(try times(session) == [5, 6, 7, 8, 9])
        }
    }

    @Test(arguments: Backend.allCases)
    func `a floor from another slot holds`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try filled(bench)
            func cut(_ floor: EntryID) throws -> Int {
                try session.cut(exits, Cut(floor: floor, keep: .zero, age: .stream))
            }
            #expect(try cut(.zero) == 0)
            #expect(try cut(EntryID(3, 0)) == 2)
            #expect(try times(session).first == 3)
        }
    }

    @Test(arguments: Backend.allCases)
    func `the newest entry stays, whoever is done with it`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try filled(bench)
            #expect(try session.cut(exits, Cut(keep: .zero)) == 8)
            #expect(try times(session) == [9])
            #expect(try session.cut(exits, Cut(floor: EntryID(99, 0), keep: .zero)) == 0)
        }
    }

    @Test(arguments: Backend.allCases)
    func `by the stream's own time, entries stay as long before the newest`(
        _ backend: Backend
    ) throws {
        try withBench(backend) { bench in
            let session = try filled(bench)
            #expect(try session.cut(exits, Cut(keep: .milliseconds(3), age: .stream)) == 5)
            #expect(try times(session) == [6, 7, 8, 9])
            #expect(try session.cut(exits, Cut(keep: .seconds(1), age: .stream)) == 0)
        }
    }

    @Test(arguments: Backend.allCases)
    func `by the server's clock, entries stay until their time is up`(
        _ backend: Backend
    ) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            try session.put(exits, 1...3)
            #expect(try session.cut(exits, Cut(keep: .minutes(1))) == 0)
            let keep = Span.milliseconds(30)
            try bench.pass(keep) {
                _ = try session.cut(exits, Cut(keep: keep))
                return try session.entries(of: exits).map { $0.fields["n"] } == ["3"]
            }
        }
    }

    @Test(arguments: Backend.allCases)
    func `by the earlier of both, neither a clock nor an entry that is ahead makes others old`(
        _ backend: Backend
    ) throws {
        try withBench(backend) { bench in
            // Written years before the server's time.
            let session = try filled(bench)
            #expect(try session.cut(exits, Cut(keep: .milliseconds(3), age: .earlier)) == 5)
            #expect(try times(session) == [6, 7, 8, 9])
            let ahead = session.wall + .days(30)
            try session.write(.append(exits, ["n": "10"], milliseconds: session.wall.milliseconds))
            try session.write(.append(exits, ["n": "11"], milliseconds: ahead.milliseconds))
            #expect(try session.cut(exits, Cut(keep: .days(1), age: .earlier)) == 4)
            #expect(try session.entries(of: exits).map { $0.fields["n"] } == ["10", "11"])
        }
    }

    @Test(arguments: Backend.allCases)
    func `what is no stream is refused, and what is not there is nothing`(
        _ backend: Backend
    ) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            #expect(try session.cut(exits, Self.instant) == 0)
            #expect(try session.forget(exits, group: "g") { _ in true } == 0)
            try session.write(.push(exits, "x"))
            #expect(throws: BusError.self) { try session.cut(exits, Self.instant) }
        }
    }

    @Test(arguments: Backend.allCases)
    func `those who are gone are forgotten, but for those who hold something`(
        _ backend: Backend
    ) throws {
        try withBench(backend) { bench in
            let session = try filled(bench)
            for name in ["done", "busy", "alive"] {
                let worker = try bench.session(name).joined(exits, as: name)
                let delivery = try #require(try worker.read(1).first)
                if name != "busy" { _ = try worker.settle(delivery, as: name) }
            }
            let gone: Set = ["done", "busy"]
            #expect(try session.forget(exits, group: "g") { gone.contains($0) } == 1)
            #expect(try session.forget(exits, group: "g") { gone.contains($0) } == 0)
            #expect(try session.pending(exits).map(\.consumer) == ["busy"])
            #expect(try bench.consumers(exits) ?? ["alive", "busy"] == ["alive", "busy"])
            // What it had is claimed, and then it goes as well.
            #expect(
                try session.joined(exits, as: "new").take(exits, as: "new", from: ["busy"]) == 1)
            #expect(try session.forget(exits, group: "g") { gone.contains($0) } == 1)
            #expect(try session.pending(exits).map(\.consumer) == ["new"])
        }
    }

    @Test(arguments: Backend.allCases)
    func `one that was forgotten by mistake reads on`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try filled(bench).joined(exits)
            for delivery in try session.read(3) { _ = try session.settle(delivery) }
            #expect(try session.forget(exits, group: "g") { _ in true } == 1)
            let next = try session.read(1)
            #expect(next.map(\.number) == ["4"])
            #expect(try session.settle(next[0]) == .applied)
        }
    }

    @Test(arguments: Backend.allCases)
    func `a backlog is what is unread and what is pending, up to a limit`(
        _ backend: Backend
    ) throws {
        try withBench(backend) { bench in
            let session = try filled(bench)
            func backlog(_ limit: Int = 100) throws -> Answer {
                try session.answer(.backlog(exits, group: "g", limit: limit))
            }
            #expect(try session.answer(.backlog(updates, group: "g", limit: 9)) == .number(0))
            // A group that has not started has everything to do.
            #expect(try backlog() == .number(9))
            let found = try session.joined(exits).read(4)
            #expect(try backlog() == .number(9))
            for delivery in found.dropLast() { _ = try session.settle(delivery) }
            #expect(try backlog() == .number(6))
            #expect(try backlog(6) == .number(6))
            #expect(try backlog(3) == .number(3))
            #expect(try backlog(1) == .number(1))
            #expect(try session.cut(exits, Self.instant) == 3)
            #expect(try backlog() == .number(6))
            for delivery in try session.read() + [found[3]] { _ = try session.settle(delivery) }
            #expect(try backlog() == .number(0))
        }
    }
}

extension Bench {
    /// Nil in memory.
    fileprivate func consumers(_ stream: Key) throws -> [String]? {
        try redis("XINFO", "CONSUMERS", stream.text, "g")?.asArray.map {
            try $0.asArray[1].asString
        }.sorted()
    }
}
