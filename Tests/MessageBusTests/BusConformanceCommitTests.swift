import MessageBus
import Testing
import Trading

@Suite("Bus: commits")
struct BusConformanceCommitTests {
    @Test(arguments: Backend.allCases)
    func `a commit asked twice is applied once`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session().joined(exits)
            try session.put(exits, 1...1)
            let delivery = try #require(try session.read().first)
            let change = delivery.settled(
                guards: [.absent(position)],
                writes: [
                    .append(updates, ["n": "1"]), .set(position, ["rev": "1"]),
                    .add(position, field: "total", by: 5),
                ])
            let owner = Owner.consumer(group: "g", name: "a")
            #expect(try session.one(owner, change) == .applied)
            #expect(try session.one(owner, change) == .lost)
            #expect(try session.answer(.count(updates)) == .number(1))
            #expect(
                try session.answer(.fields(position, ["total", "none"]))
                    == .fields(["total": "5"]))
        }
    }

    @Test(arguments: Backend.allCases)
    func `two changes for one entry: the second is lost`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session().joined(exits)
            try session.put(exits, 1...1)
            let change = try #require(try session.read().first).settled(
                writes: [.push(order, "x")])
            let commit = Commit(
                slot: .shard(0), owner: .consumer(group: "g", name: "a"),
                changes: [change, change])
            #expect(try session.commit([commit]) == [[.applied, .lost]])
            #expect(try session.answer(.list(order)) == .texts(["x"]))
        }
    }

    @Test(arguments: Backend.allCases)
    func `parked entries inside the range change nothing`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session().joined(exits)
            let changes = (1...256).map { Change(writes: [.append(exits, ["n": String($0)])]) }
            _ = try session.commit([Commit(slot: .shard(0), owner: .anyone, changes: changes)])
            let found = try session.read(256)
            #expect(found.count == 256)
            // The first, one in the middle, the last; 253 that are put off lie between them.
            let batch = [found[0], found[200], found[255]]
            let commit = Commit(
                slot: .shard(0), owner: .consumer(group: "g", name: "a"),
                changes: batch.map { $0.settled(writes: [.push(order, $0.number ?? "")]) })
            #expect(try session.commit([commit]) == [[.applied, .applied, .applied]])
            #expect(try session.commit([commit]) == [[.lost, .lost, .lost]])
            #expect(try session.answer(.list(order)) == .texts(["1", "201", "256"]))
        }
    }

    @Test(arguments: Backend.allCases)
    func `a whole batch of 256 is one commit`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session().joined(exits, entries)
            let appends = (0..<256).map {
                Change(writes: [.append($0 < 128 ? exits : entries, ["n": String($0)])])
            }
            _ = try session.commit([Commit(slot: .shard(0), owner: .anyone, changes: appends)])
            let found = try session.read(256)
            let changes = found.map { delivery in
                let key = Key(.shard(0), "position:\(delivery.number ?? "")")
                return delivery.settled(
                    guards: [.absent(key)],
                    writes: [.append(updates, ["of": key.name]), .set(key, ["rev": "1"])])
            }
            let commit = Commit(
                slot: .shard(0), owner: .consumer(group: "g", name: "a"), changes: changes)
            #expect(
                try session.commit([commit]) == [Array(repeating: .applied, count: 256)])
            #expect(try session.answer(.count(updates)) == .number(256))
            #expect(try session.answer(.pending(exits, group: "g", limit: 9)) == .pending([]))
        }
    }

    @Test(arguments: Backend.allCases)
    func `a later change sees what an earlier one wrote`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            let raise = { (from: String, to: String) in
                Change(
                    guards: [.field(position, "rev", is: from)],
                    writes: [.set(position, ["rev": to])])
            }
            try session.write(.set(position, ["rev": "1"]))
            let commit = Commit(
                slot: .shard(0), owner: .anyone,
                changes: [raise("1", "2"), raise("2", "3"), raise("1", "9")])
            let verdicts = try session.commit([commit])
            #expect(verdicts == [[.applied, .applied, .refused(guardAt: 0)]])
            #expect(try session.answer(.hash(position)) == .fields(["rev": "3"]))
        }
    }

    @Test(arguments: Backend.allCases)
    func `an entry of another consumer is lost, its neighbours go through`(
        _ backend: Backend
    ) throws {
        try withBench(backend) { bench in
            let session = try bench.session().joined(exits)
            let other = try bench.session("two").joined(exits, as: "b")
            try session.put(exits, 1...3)
            let found = try session.read(1) + other.read(1) + session.read(1)
            let commit = Commit(
                slot: .shard(0), owner: .consumer(group: "g", name: "a"),
                changes: found.map { $0.settled(writes: [.push(order, $0.number ?? "")]) })
            #expect(try session.commit([commit]) == [[.applied, .lost, .applied]])
            #expect(try session.answer(.list(order)) == .texts(["1", "3"]))
            #expect(try session.pending(exits).map(\.consumer) == ["b"])
        }
    }

    @Test(arguments: Backend.allCases)
    func `a refused entry is still pending`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session().joined(exits)
            try session.put(exits, 1...1)
            let delivery = try #require(try session.read().first)
            let verdict = try session.settle(
                delivery, guards: [.absent(order), .present(position)],
                .append(updates, ["a": "b"]))
            #expect(verdict == .refused(guardAt: 1))
            #expect(try session.answer(.count(updates)) == .number(0))
            #expect(try session.settle(delivery) == .applied)
        }
    }

    @Test(arguments: Backend.allCases)
    func `a key of another type spoils its change and no other`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            try session.write(.setText(position, "a text"))
            try session.write(.set(order, ["filled": "many"]))
            let good = { (name: String) in Change(writes: [.push(due, name)]) }
            let bad: [Change] = [
                // In the middle of its writes, so that one that was written first would stay.
                Change(writes: [.append(updates, ["n": "2"]), .addMember(position, "m")]),
                Change(writes: [
                    .append(updates, ["n": "3"]), .schedule(position, member: "m", at: 1),
                ]),
                Change(writes: [.append(updates, ["n": "4"]), .push(position, "m")]),
                Change(writes: [.append(updates, ["n": "5"]), .append(position, ["a": "b"])]),
                Change(writes: [.append(updates, ["n": "6"]), .add(position, field: "a", by: 1)]),
                Change(guards: [.field(position, "rev", is: "1")], writes: [.push(due, "7")]),
                Change(guards: [.fieldAbsent(position, "rev")], writes: [.push(due, "8")]),
                Change(guards: [.score(position, member: "m", is: 1)], writes: [.push(due, "9")]),
                Change(guards: [.length(position, is: 1)], writes: [.push(due, "10")]),
                Change(writes: [.append(updates, ["n": "1"]), .set(position, ["rev": "1"])]),
            ]
            let text = [
                Change(guards: [.text(order, is: "x")], writes: [.push(due, "11")]),
                Change(writes: [.append(updates, ["n": "12"]), .setText(order, "x")]),
                Change(writes: [.append(updates, ["n": "13"]), .add(order, field: "filled", by: 1)]
                ),
            ]
            let commit = Commit(
                slot: .shard(0), owner: .anyone, changes: [good("a")] + bad + text + [good("b")])
            let verdicts = try #require(try session.commit([commit]).first)
            #expect(verdicts.first == .applied && verdicts.last == .applied)
            #expect(verdicts[1...10].allSatisfy { $0 == .wrongType(position) }, "\(verdicts)")
            #expect(verdicts[11...13].allSatisfy { $0 == .wrongType(order) }, "\(verdicts)")
            #expect(try session.answer(.list(due)) == .texts(["a", "b"]))
            #expect(try session.answer(.count(updates)) == .number(0))
        }
    }

    @Test(arguments: Backend.allCases)
    func `a type may change after a delete`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            let commit = Commit(
                slot: .shard(0), owner: .anyone,
                changes: [
                    Change(writes: [.set(lock, ["a": "b"])]),
                    Change(writes: [.delete(lock)]),
                    Change(writes: [.setText(lock, "x")]),
                    Change(writes: [.set(lock, ["a": "b"])]),
                ])
            let expected: [CommitVerdict] = [.applied, .applied, .applied, .wrongType(lock)]
            #expect(try session.commit([commit]) == [expected])
            #expect(try session.answer(.text(lock)) == .text("x"))
        }
    }

    @Test(arguments: Backend.allCases)
    func `an entry's time is given, and never before the newest`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            for time in [5_000, 5_000, 7_000, 6_000] {
                let write = Write.append(exits, ["t": String(time)], milliseconds: time)
                #expect(try session.write(write) == .applied)
            }
            let found = try session.entries(of: exits)
            let ids = [(5_000, 0), (5_000, 1), (7_000, 0), (7_000, 1)].map { EntryID($0.0, $0.1) }
            #expect(found.map(\.id) == ids)
            #expect(found.map { $0.fields["t"] } == ["5000", "5000", "7000", "6000"])
            #expect(try session.answer(.newest(exits)) == .newest(EntryID(7_000, 1)))
        }
    }

    @Test(arguments: Backend.allCases)
    func `values are kept as they are`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session().joined(exits)
            let fields: Fields = [
                "empty": "", "lines": "a\r\nb\n", "rupee": "₹ 1,00,000", "zero": "a\u{0}b",
                "": "no name", "quote": "\"'\\", "long": String(repeating: "x", count: 100_000),
            ]
            try session.write(.append(exits, fields), .set(position, fields))
            #expect(try session.read().first?.fields == fields)
            let stored = try session.fields(of: position)
            #expect(stored.pairs.count == fields.pairs.count)
            for pair in fields.pairs { #expect(stored[pair.name] == pair.value) }
        }
    }

    @Test(arguments: Backend.allCases)
    func `commits of several slots go in one turn`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            let slots: [Slot] = [.shard(0), .shard(1), .partition(0), .bus]
            let commits = slots.map { slot in
                Commit(
                    slot: slot, owner: .anyone,
                    changes: [Change(writes: [.append(Key(slot, "s"), ["a": "b"])])])
            }
            #expect(try session.commit(commits) == slots.map { _ in [.applied] })
            let counts = try session.load(slots.map { .count(Key($0, "s")) }).answers
            #expect(counts == slots.map { _ in .number(1) })
        }
    }
}
