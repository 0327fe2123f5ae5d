import MessageBus
import Testing
import Trading

@Suite("Bus: guards and writes")
struct BusConformanceGuardTests {
    private static let standing: [Write] = [
        .set(position, ["rev": "3", "empty": ""]), .setText(lock, "worker=a"),
        .schedule(due, member: "p1", at: 1_767_325_500_123), .push(order, "x"), .push(order, "y"),
        .append(updates, ["a": "b"]),
    ]
    private static let none = Key(.shard(0), "none")

    /// A guard, and whether it holds over `standing`.
    static let rows: [(Guard, Bool)] = [
        (.absent(none), true),
        (.absent(position), false),
        (.absent(updates), false),
        (.present(position), true),
        (.present(none), false),
        (.field(position, "rev", is: "3"), true),
        (.field(position, "rev", is: "03"), false),
        (.field(position, "empty", is: ""), true),
        (.field(position, "none", is: ""), false),
        (.field(none, "rev", is: "3"), false),
        (.fieldAbsent(position, "none"), true),
        (.fieldAbsent(position, "empty"), false),
        (.fieldAbsent(none, "rev"), true),
        (.text(lock, is: "worker=a"), true),
        (.text(lock, is: "worker=b"), false),
        (.text(none, is: ""), false),
        (.score(due, member: "p1", is: 1_767_325_500_123), true),
        (.score(due, member: "p1", is: 1_767_325_500_124), false),
        (.score(due, member: "p2", is: 0), false),
        (.score(none, member: "p1", is: 0), false),
        (.length(order, is: 2), true),
        (.length(order, is: 1), false),
        (.length(updates, is: 1), true),
        (.length(none, is: 0), true),
    ]

    @Test(arguments: Backend.allCases)
    func `each guard holds where it should`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            let change = Change(writes: Self.standing)
            #expect(try session.one(.anyone, change) == .applied)
            let commit = Commit(
                slot: .shard(0), owner: .anyone, changes: Self.rows.map { Change(guards: [$0.0]) })
            let verdicts = try #require(try session.commit([commit]).first)
            for (row, verdict) in zip(Self.rows, verdicts) {
                let expected: CommitVerdict = row.1 ? .applied : .refused(guardAt: 0)
                #expect(verdict == expected, "\(row.0)")
            }
        }
    }

    /// Far from any time.
    @Test(arguments: Backend.allCases)
    func `a score is guarded as it is read`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            for score in [Int.min, -5, 0, 1_767_325_500_123, 1 << 60, .max] {
                try session.write(.schedule(due, member: "m", at: score))
                try expectGuarded(session, "\(score)")
                let own = Guard.score(due, member: "m", is: score)
                try session.write(.schedule(due, member: "m", at: score))
                #expect(try session.write(.unschedule(due, member: "m"), guards: [own]) == .applied)
            }
        }
    }

    @Test(arguments: Backend.servers)
    func `a score that a person set is guarded as it is read`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            for score in ["-inf", "inf", "0.5", "-0.5", "1e19", "-1e300", "1767325500123.9"] {
                try bench.redis("ZADD", due.text, score, "m")
                try expectGuarded(session, score)
            }
        }
    }

    /// Unschedules the member.
    private func expectGuarded(_ session: any BusSession, _ score: String) throws {
        guard case .due(let times) = try session.answer(.due(due, limit: 5)) else { return }
        let time = try #require(times.first, "\(score)")
        #expect(try session.answer(.score(due, member: "m")) == .number(time.at), "\(score)")
        for (moved, verdict) in [(1, CommitVerdict.refused(guardAt: 0)), (0, .applied)] {
            let at = time.at > 0 ? time.at - moved : time.at + moved
            let same = Guard.score(due, member: "m", is: at)
            #expect(
                try session.write(.unschedule(due, member: "m"), guards: [same]) == verdict,
                "\(score)")
        }
    }

    /// Two changes decided one upon the other, after somebody else has moved the record: the
    /// second one's guard holds by chance, for a state that it has never seen.
    @Test(arguments: Backend.allCases)
    func `what a refused change would have written is not presumed by the next`(
        _ backend: Backend
    ) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            try session.write(.set(position, ["rev": "8", "open": "6"]))
            let changes = [("7", "4"), ("8", "3")].map { rev, open in
                Change(
                    guards: [.field(position, "rev", is: rev)],
                    writes: [.set(position, ["rev": String((Int(rev) ?? 0) + 1), "open": open])])
            }
            let commit = Commit(slot: .shard(0), owner: .anyone, changes: changes)
            let verdicts = try #require(try session.commit([commit]).first)
            #expect(verdicts == [.refused(guardAt: 0), .refused(guardAt: 0)])
            let stored = try session.load([.hash(position)]).answers
            #expect(stored == [.fields(["rev": "8", "open": "6"])])
        }
    }

    @Test(arguments: Backend.allCases)
    func `the first guard that fails is named`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let guards: [Guard] = [
                .absent(position), .fieldAbsent(order, "a"), .present(lock), .present(due),
            ]
            let session = try bench.session()
            let verdict = try session.write(.push(due, "x"), guards: guards)
            #expect(verdict == .refused(guardAt: 2))
        }
    }

    @Test(arguments: Backend.allCases)
    func `each write does what it says`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            let open = Key(.shard(0), "open:a1")
            try session.write(
                .set(position, ["a": "1", "b": "2"]), .set(position, ["b": "3", "c": "4"]),
                .remove(position, fields: ["a", "none"]), .add(position, field: "b", by: -5),
                .addMember(open, "p2"), .addMember(open, "p1"), .addMember(open, "p1"),
                .removeMember(open, "p2"), .schedule(due, member: "m", at: 5),
                .schedule(due, member: "m", at: 7), .schedule(due, member: "k", at: 9),
                .unschedule(due, member: "k"), .push(order, "x"), .push(order, "y"),
                .setText(lock, "held"))
            let answers = try session.load([
                .hash(position), .members(open), .due(due, limit: 9), .list(order), .text(lock),
                .score(due, member: "m"), .score(due, member: "k"),
            ]).answers
            #expect(
                answers == [
                    .fields(["b": "-2", "c": "4"]), .texts(["p1"]),
                    .due([DueTime(member: "m", at: 7)]), .texts(["x", "y"]), .text("held"),
                    .number(7), .number(nil),
                ])
            try session.write(
                .delete(position), .removeMember(open, "p1"), .unschedule(due, member: "m"),
                .delete(order), .delete(lock), .set(position, [:]), .remove(position, fields: []))
            let gone = [position, open, due, order, lock].map { Change(guards: [.absent($0)]) }
            let commit = Commit(slot: .shard(0), owner: .anyone, changes: gone)
            #expect(try session.commit([commit]) == [gone.map { _ in .applied }])
        }
    }

    @Test(arguments: Backend.allCases)
    func `a text set if absent stays as it stands, and refuses nothing`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            let life = Span.minutes(1)
            for text in ["first", "second"] {
                let verdict = try session.write(
                    .setTextIfAbsent(lock, text, life: life), .push(order, text))
                #expect(verdict == .applied)
            }
            #expect(try session.answer(.text(lock)) == .text("first"))
            #expect(try session.answer(.list(order)) == .texts(["first", "second"]))
        }
    }

    @Test(arguments: Backend.allCases)
    func `records and texts live as long as they should`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            try session.write(
                .set(position, ["a": "1"]), .expire(position, after: .milliseconds(40)),
                .setText(lock, "held", life: .milliseconds(40)), .setText(order, "for ever"))
            try bench.pass(.milliseconds(40)) {
                try session.load([.text(lock), .hash(position)]).answers
                    == [.text(nil), .fields([:])]
            }
            #expect(try session.answer(.text(order)) == .text("for ever"))
            #expect(try session.write(.setText(lock, "mine"), guards: [.absent(lock)]) == .applied)
            // A value set again without a life has none.
            #expect(try session.answer(.text(lock)) == .text("mine"))
        }
    }
}
