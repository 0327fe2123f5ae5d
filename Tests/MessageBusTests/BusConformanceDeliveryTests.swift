import MessageBus
import Testing
import Trading

@Suite("Bus: deliveries")
struct BusConformanceDeliveryTests {
    @Test(arguments: Backend.allCases)
    func `entries written before the first join are delivered`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            try session.put(exits, 1...3)
            let found = try session.joined(exits).read()
            #expect(found.map(\.number) == ["1", "2", "3"])
            #expect(found.allSatisfy { !$0.isRedelivered && $0.stream == exits })
            #expect(try session.read().isEmpty)
        }
    }

    @Test(arguments: Backend.allCases)
    func `earlier streams come first`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            try session.put(entries, 1...2)
            try session.put(exits, 3...4)
            let found = try session.joined(exits, entries).read()
            #expect(found.map(\.number) == ["3", "4", "1", "2"])
            #expect(found.map(\.stream) == [exits, exits, entries, entries])
        }
    }

    @Test(arguments: Backend.allCases)
    func `a restarted consumer reads its own first, one at a time`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let first = try bench.session().joined(exits, entries)
            try first.put(exits, 1...2)
            try first.put(entries, 3...3)
            #expect(try first.read().count == 3)
            try first.put(exits, 4...4)

            let second = try bench.session("two").joined(exits, entries)
            for expected in ["1", "2", "3"] {
                let found = try second.read()
                #expect(found.map(\.number) == [expected])
                #expect(found.allSatisfy { $0.isRedelivered })
            }
            let new = try second.read()
            #expect(new.map(\.number) == ["4"])
            #expect(new.allSatisfy { !$0.isRedelivered })
        }
    }

    @Test(arguments: Backend.allCases)
    func `what was put off is not handed out again`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let first = try bench.session().joined(exits)
            try first.put(exits, 1...2)
            #expect(try first.read().count == 2)
            let second = try bench.session("two").joined(exits)
            let parked = try #require(try second.read().first)
            let other = try #require(try second.read().first)
            #expect(try second.settle(other) == .applied)
            #expect(try second.read().isEmpty)
            #expect(try second.read().isEmpty)
            #expect(try second.settle(parked) == .applied)
        }
    }

    @Test(arguments: Backend.allCases)
    func `an entry trimmed while pending arrives without fields`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let first = try bench.session().joined(exits)
            try first.put(exits, 1...2)
            let found = try first.read()
            try bench.trim(exits, below: found[1].id)
            let second = try bench.session("two").joined(exits)
            let lost = try #require(try second.read().first)
            #expect(lost.id == found[0].id && lost.fields == nil)
            #expect(try second.settle(lost) == .applied)
            #expect(try second.read().map(\.number) == ["2"])
        }
    }

    @Test(arguments: Backend.allCases)
    func `a group that was removed is made again at the beginning`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session().joined(exits)
            try session.put(exits, 1...1)
            let old = try #require(try session.read().first)
            try bench.remove(exits)
            #expect(try session.read().isEmpty)
            #expect(try session.settle(old) == .lost)
            #expect(session.takeNotes().contains { $0.contains("made anew") })
            #expect(session.takeNotes().isEmpty)
            try session.put(exits, 2...2)
            #expect(try session.read().map(\.number) == ["2"])
        }
    }

    @Test(arguments: Backend.allCases)
    func `a commit and the next read are one turn`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session().joined(exits)
            try session.put(exits, 1...3)
            let first = try session.read(1)
            let commit = Commit(
                slot: .shard(0), owner: .consumer(group: "g", name: "a"),
                changes: first.map { $0.settled(writes: [.append(updates, ["of": "1"])]) })
            let turn = try session.turn(committing: [commit, commit], count: 1, block: .zero)
            #expect(turn.verdicts == [[.applied], [.lost]])
            #expect(turn.deliveries.map(\.number) == ["2"])
        }
    }

    @Test(arguments: Backend.allCases)
    func `followed streams are read from their cursors`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            let ticks = Keys.ticks(0)
            try session.put(exits, 1...4)
            let written = try session.entries(of: exits)
            try session.follow(exits, after: written[1].id)
            try session.follow(ticks, after: .zero)
            #expect(try session.read(1).map(\.number) == ["3"])
            #expect(try session.read().map(\.number) == ["4"])
            #expect(try session.read().isEmpty)
            let tick = Change(writes: [.append(ticks, ["ltp": "1"])])
            _ = try session.commit([
                Commit(slot: .partition(0), owner: .anyone, changes: [tick])
            ])
            #expect(try session.read().map(\.stream) == [ticks])
            try session.follow(exits, after: written[2].id)
            #expect(try session.read().map(\.number) == ["4"])
        }
    }

    @Test(arguments: Backend.allCases)
    func `a session may join and follow`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let first = try bench.session().joined(exits)
            try first.put(exits, 1...1)
            #expect(try first.read().count == 1)
            let both = try bench.session("two").joined(exits)
            try both.follow(updates, after: .zero)
            try both.put(exits, 2...2)
            try both.put(updates, 3...3)
            var found: [Delivery] = []
            for _ in 0..<4 { found += try both.read() }
            #expect(Set(found.map(\.number)) == ["1", "2", "3"])
            #expect(found.count == 3)
        }
    }
}

@Suite("Bus: claims")
struct BusConformanceClaimTests {
    @Test(arguments: Backend.allCases)
    func `only what the dead still own is claimed`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let dead = try bench.session("dead").joined(exits, as: "dead")
            try dead.put(exits, 1...3)
            let found = try dead.read()
            #expect(try dead.settle(found[0], as: "dead") == .applied)
            let alive = try bench.session("alive").joined(exits, as: "alive")
            try alive.put(exits, 4...4)
            #expect(try alive.read().map(\.number) == ["4"])

            let heir = try bench.session("heir").joined(exits, as: "heir")
            try heir.put(exits, 5...5)
            #expect(try heir.read().map(\.number) == ["5"])
            #expect(try heir.take(exits, as: "heir", from: []) == 0)
            #expect(try heir.take(exits, as: "heir", from: ["dead"]) == 2)
            #expect(try heir.take(exits, as: "heir", from: ["dead"]) == 0)

            // The dead one wakes up: it changes nothing any more.
            #expect(
                try dead.settle(found[1], as: "dead", .append(updates, ["a": "b"])) == .lost)
            for expected in ["2", "3"] {
                let own = try heir.read()
                #expect(own.map(\.number) == [expected] && own[0].isRedelivered)
                #expect(try heir.settle(own[0], as: "heir") == .applied)
            }
            #expect(try heir.read().isEmpty)
            #expect(try heir.answer(.count(updates)) == .number(0))
        }
    }

    @Test(arguments: Backend.allCases)
    func `many entries are claimed, and counted as deliveries`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let dead = try bench.session("dead").joined(exits, as: "dead")
            let changes = (1...250).map { Change(writes: [.append(exits, ["n": String($0)])]) }
            _ = try dead.commit([Commit(slot: .shard(0), owner: .anyone, changes: changes)])
            #expect(try dead.read(300).count == 250)
            let heir = try bench.session("heir").joined(exits, as: "heir")
            #expect(try heir.take(exits, as: "heir", from: nil) == 250)
            let rows = try heir.pending(exits)
            #expect(rows.count == 250)
            #expect(rows.allSatisfy { $0.consumer == "heir" && $0.deliveries == 2 })
            #expect(try heir.read().map(\.number) == ["1"])
            #expect(try heir.read().map(\.number) == ["2"])
        }
    }

    @Test(arguments: Backend.allCases)
    func `a trimmed entry stays with the dead, in whose name it is settled`(_ backend: Backend)
        throws
    {
        try withBench(backend) { bench in
            let dead = try bench.session("dead").joined(exits, as: "dead")
            try dead.put(exits, 1...2)
            let found = try dead.read()
            try bench.trim(exits, below: found[1].id)
            let heir = try bench.session("heir").joined(exits, as: "heir")
            let claimed = try heir.claim(exits, group: "g", consumer: "heir") { _ in true }
            #expect(claimed.count == 1 && claimed.trimmed == ["dead": [found[0].id]])
            #expect(try heir.read().map(\.number) == ["2"])
            let rows = try heir.pending(exits)
            #expect(rows.map(\.consumer) == ["dead", "heir"])
            #expect(try heir.answer(.owners(exits, group: "g")) == .texts(["dead", "heir"]))
            #expect(
                try heir.settle(
                    try #require(
                        rows.last.map {
                            Delivery(stream: exits, id: $0.id, fields: nil)
                        }), as: "heir") == .applied)
            #expect(try heir.answer(.owners(exits, group: "g")) == .texts(["dead"]))
            let lost = Delivery(stream: exits, id: found[0].id, fields: nil)
            #expect(try heir.settle(lost, as: "heir") == .lost)
            #expect(try heir.settle(lost, as: "dead") == .applied)
            #expect(try heir.settle(lost, as: "dead") == .lost)
            #expect(try heir.answer(.owners(exits, group: "g")) == .texts([]))
            #expect(try heir.answer(.owners(updates, group: "g")) == .texts([]))
        }
    }

    @Test(arguments: Backend.allCases)
    func `claiming where there is nothing claims nothing`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            #expect(try session.take(exits, as: "a", from: nil) == 0)
            try session.put(exits, 1...1)
            #expect(try session.take(exits, as: "a", from: nil) == 0)
        }
    }
}
