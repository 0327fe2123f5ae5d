import MessageBus
import Testing
import Trading

@Suite("Bus: fences, leases, heartbeats")
struct BusConformanceFenceTests {
    private static let one = EntryID(1_000, 0)
    private static let two = EntryID(2_000, 7)

    private func holder(_ epoch: Int, _ from: EntryID, _ to: EntryID) -> Owner {
        .holder(
            fence: risk, epoch: epoch, cursors: [CursorMove(field: "ticks", from: from, to: to)])
    }

    private let push = Change(writes: [.push(order, "x")])

    @Test(arguments: Backend.allCases)
    func `a holder's batch moves the cursor once`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            let fence = try session.raise(risk)
            #expect(fence.cursors.isEmpty)
            let owner = holder(fence.epoch, .zero, Self.one)
            #expect(try session.one(owner, push) == .applied)
            #expect(try session.one(owner, push) == .already)
            #expect(try session.one(holder(fence.epoch, Self.one, Self.two), push) == .applied)
            // The cursor stands elsewhere: neither before this batch nor behind it.
            #expect(try session.one(owner, push) == .fenced)
            #expect(try session.answer(.list(order)) == .texts(["x", "x"]))
            #expect(try session.raise(risk).cursors == ["ticks": Self.two])
        }
    }

    @Test(arguments: Backend.allCases)
    func `of two holders the later one commits`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let (old, new) = (try bench.session("old"), try bench.session("new"))
            let first = try old.raise(risk)
            #expect(try old.one(holder(first.epoch, .zero, Self.one), push) == .applied)
            let second = try new.raise(risk)
            #expect(second.epoch > first.epoch)
            #expect(second.cursors == ["ticks": Self.one])
            #expect(try old.one(holder(first.epoch, Self.one, Self.two), push) == .fenced)
            #expect(try new.one(holder(second.epoch, Self.one, Self.two), push) == .applied)
            // The old one asks its last commit again: it must not be told that it was applied.
            #expect(try old.one(holder(first.epoch, .zero, Self.one), push) == .fenced)
            #expect(try new.answer(.list(order)) == .texts(["x", "x"]))
        }
    }

    @Test(arguments: Backend.allCases)
    func `guards refuse single changes, and the cursor moves`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            let epoch = try session.raise(risk).epoch
            let refused = Change(guards: [.present(lock)], writes: [.push(order, "y")])
            let commit = Commit(
                slot: .shard(0), owner: holder(epoch, .zero, Self.one), changes: [push, refused])
            #expect(try session.commit([commit]) == [[.applied, .refused(guardAt: 0)]])
            #expect(try session.commit([commit]) == [[.already, .already]])
            #expect(try session.answer(.fields(risk, ["ticks"])) == .fields(["ticks": "1000-0"]))
        }
    }

    @Test(arguments: Backend.allCases)
    func `cursors move together or not at all`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            let epoch = try session.raise(risk).epoch
            func owner(_ ticks: (EntryID, EntryID), _ positions: (EntryID, EntryID)) -> Owner {
                .holder(
                    fence: risk, epoch: epoch,
                    cursors: [
                        CursorMove(field: "ticks", from: ticks.0, to: ticks.1),
                        CursorMove(field: "positions", from: positions.0, to: positions.1),
                    ])
            }
            let (one, two) = (Self.one, Self.two)
            #expect(try session.one(owner((.zero, one), (.zero, .zero)), push) == .applied)
            #expect(try session.one(owner((.zero, two), (.zero, one)), push) == .fenced)
            #expect(try session.one(owner((one, two), (.zero, one)), push) == .applied)
            #expect(try session.one(owner((one, two), (.zero, one)), push) == .already)
            // No cursor moves: nothing tells that it was applied before.
            #expect(try session.one(owner((two, two), (one, one)), push) == .applied)
        }
    }

    @Test(arguments: Backend.allCases)
    func `a commit that only moves a cursor has a verdict`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            let epoch = try session.raise(risk).epoch
            let move = Commit(slot: .shard(0), owner: holder(epoch, .zero, Self.one), changes: [])
            #expect(try session.commit([move]) == [[.applied]])
            #expect(try session.commit([move]) == [[.already]])
            _ = try session.raise(risk)
            #expect(try session.commit([move]) == [[.fenced]])
        }
    }

    @Test(arguments: Backend.allCases)
    func `without a fence nobody holds`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            #expect(try session.one(holder(0, .zero, Self.one), push) == .fenced)
            let fence = try session.raise(risk)
            try bench.remove(risk)
            #expect(try session.one(holder(fence.epoch, .zero, Self.one), push) == .fenced)
            // What was lost with the fence is not given out a second time.
            try bench.pass(.milliseconds(1)) { try session.raise(risk).epoch > fence.epoch }
        }
    }

    @Test(arguments: Backend.allCases)
    func `epochs rise also within one millisecond`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            let epochs = try (0..<5).map { _ in try session.raise(risk).epoch }
            #expect(zip(epochs, epochs.dropFirst()).allSatisfy { $0 < $1 })
            #expect(epochs[0] > 1_700_000_000_000)
        }
    }

    @Test(arguments: Backend.allCases)
    func `a lease has one holder, who may renew it`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let (me, you) = (try bench.session("me"), try bench.session("you"))
            let key = Keys.lease("scheduler", 0)
            #expect(try me.lease(key, holder: "me", life: .seconds(60)))
            #expect(try !you.lease(key, holder: "you", life: .seconds(60)))
            #expect(try me.lease(key, holder: "me", life: .seconds(60)))
            try you.release(key, holder: "you")
            #expect(try me.answer(.text(key)) == .text("me"))
            try me.release(key, holder: "me")
            #expect(try you.lease(key, holder: "you", life: .milliseconds(30)))
            try bench.pass(.milliseconds(30)) {
                try me.lease(key, holder: "me", life: .seconds(60))
            }
            #expect(try !you.lease(key, holder: "you", life: .seconds(60)))
        }
    }

    @Test(arguments: Backend.allCases)
    func `a heartbeat is replaced, and stops by itself`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session()
            let key = Keys.worker("w1")
            try session.beat(key, ["turn": "1", "stage": "hub"], life: .seconds(60))
            try session.beat(key, ["turn": "2"], life: .milliseconds(30))
            try bench.pass(.milliseconds(30)) { try session.answer(.hash(key)) == .fields([:]) }
        }
    }
}
