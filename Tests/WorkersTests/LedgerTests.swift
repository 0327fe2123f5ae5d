import MessageBus
import Stages
import Support
import Testing
import Trading
import Workers

@Suite struct LedgerTests {
    private let bench = Bench()
    private let position = Fixtures.position()
    private let key = Keys.position(0, Fixtures.position().id)

    /// As stored, with `rev` 1.
    private func stored() throws -> PositionTracker {
        var ledger = Ledger(shard: 0, worker: "w", keep: .days(7))
        #expect(try bench.commit(ledger.change([.open(position)])) == .applied)
        return try #require(try load().position(position.id))
    }

    private func load() throws -> Ledger {
        var ledger = Ledger(shard: 0, worker: "w", keep: .days(7))
        ledger.remember(key, try bench.fields(key))
        return ledger
    }

    private func written(_ change: Change) -> Fields {
        Fields(
            change.writes.flatMap { write -> [Fields.Pair] in
                if case .set(_, let fields) = write { fields.pairs } else { [] }
            })
    }

    @Test func `a position that is opened twice is there once`() throws {
        _ = try stored()
        var ledger = Ledger(shard: 0, worker: "w", keep: .days(7))
        var other = position
        other.quantity = Quantity(70)
        #expect(try bench.commit(ledger.change([.open(other)])) == .refused(guardAt: 0))
        #expect(try load().position(position.id)?.quantity == position.quantity)
    }

    @Test func `only what differs is written, and rev`() throws {
        var changed = try stored()
        changed.status = .needsReview
        changed.reviewReason = "why"
        var ledger = try load()
        let change = ledger.change([.save(changed)])
        #expect(Set(written(change).pairs.map(\.name)) == ["status", "detail", "rev"])
        #expect(change.guards == [.field(key, "rev", is: "1")])
        #expect(try bench.commit(change) == .applied)
        changed.rev = 2
        #expect(try load().position(position.id) == changed)
    }

    @Test func `a field that is gone is removed`() throws {
        var changed = try stored()
        changed.openedAt = nil
        var ledger = try load()
        let change = ledger.change([.save(changed)])
        #expect(change.writes.contains(.remove(key, fields: ["opened_at"])))
    }

    @Test func `somebody else's change refuses the save`() throws {
        let mine = try stored()
        var ledger = try load()
        try bench.write(.add(key, field: "rev", by: 1))
        #expect(try bench.commit(ledger.change([.save(mine)])) == .refused(guardAt: 0))
    }

    @Test func `the second decision of a batch builds on the first, and falls with it`() throws {
        var changed = try stored()
        var ledger = try load()
        changed.status = .exiting
        let first = ledger.change([.save(changed)])
        var again = try #require(try ledger.position(position.id))
        #expect(again.rev == 2 && again.status == .exiting)
        again.status = .exited
        let second = ledger.change([.save(again)])
        #expect(second.guards == [.field(key, "rev", is: "2")])
        try bench.write(.add(key, field: "rev", by: 5))
        let verdicts = try bench.session.commit([
            Commit(slot: .shard(0), owner: .anyone, changes: [first, second])
        ])
        #expect(verdicts == [[.refused(guardAt: 0), .refused(guardAt: 0)]])
        #expect(try load().position(position.id)?.status == .active)
    }

    @Test func `marks of the risk manager never raise rev, and saves keep them`() throws {
        var saved = try stored()
        var ledger = try load()
        var watch = PositionTracker.Watch()
        watch.peak = "120.00"
        watch.ltp = "119.00"
        #expect(try bench.commit(ledger.change([.watch(position.id, watch)])) == .applied)
        #expect(try bench.fields(key)["rev"] == "1")
        // Somebody who loaded before the mark can still save, and does not undo it.
        saved.status = .exiting
        var before = Ledger(shard: 0, worker: "w", keep: .days(7))
        before.remember(key, Fields(try bench.fields(key).pairs.filter { $0.name != "peak" }))
        #expect(try bench.commit(before.change([.save(saved)])) == .applied)
        let now = try #require(try load().position(position.id))
        #expect(now.watch.peak == "120.00" && now.status == .exiting && now.rev == 2)
        // And who loaded after it does not write it again.
        var after = try load()
        #expect(written(after.change([.save(now)])).pairs.map(\.name) == ["rev"])
    }

    @Test func `marks of a position that is gone are refused`() throws {
        var ledger = Ledger(shard: 0, worker: "w", keep: .days(7))
        #expect(
            try bench.commit(ledger.change([.watch(position.id, .init())]))
                == .refused(guardAt: 0))
    }

    @Test func `an exit is asked for once, and only while the status stands`() throws {
        _ = try stored()
        var ledger = try load()
        let ask = Effect.requestExit(
            position.id, Fixtures.exitOrder(), whileStatus: .active)
        let wrong = Effect.requestExit(
            position.id, Fixtures.exitOrder(), whileStatus: .pending)
        #expect(try bench.commit(ledger.change([wrong])) == .refused(guardAt: 0))
        #expect(try bench.commit(ledger.change([ask])) == .applied)
        #expect(try bench.fields(key)["rev"] == "2")
        #expect(try bench.commit(ledger.change([ask])) == .refused(guardAt: 1))
    }

    @Test func `messages come before hashes, and times and locks after them`() throws {
        let stored = try stored()
        var ledger = try load()
        let lock = ExitLock(
            attempt: 1, reason: .stopLoss, order: stored.entryOrder, since: .at(10, 5),
            life: .minutes(10))
        let request = ExitRequest(
            position: stored.id, account: stored.account, reason: .manual, evidence: "",
            askedBy: "test", at: .at(10, 5))
        let change = ledger.change([
            .lock(stored.id, lock), .scheduleExit(stored.id, at: .at(10, 6)), .save(stored),
            .sendExit(request),
        ])
        let kinds = change.writes.map { write in
            switch write {
            case .append: "message"
            case .set: "hash"
            case .schedule: "time"
            case .setText, .setTextIfAbsent: "lock"
            case .expire: "life"
            default: "other"
            }
        }
        #expect(kinds == ["message", "hash", "time", "lock", "life"])
    }

    private func lock(_ attempt: Int, life: Span = .minutes(10)) -> ExitLock {
        ExitLock(
            attempt: attempt, reason: .stopLoss,
            order: CorrelationID(position.id, .exit, attempt: attempt, slice: 1),
            since: .at(10, 5), life: life)
    }

    @Test func `an exit lock is taken once, replaced by the next attempt, and never refuses`()
        throws
    {
        let exitLock = Keys.exitLock(0, position.id)
        func take(_ attempt: Int, by worker: String) throws -> String? {
            var ledger = Ledger(shard: 0, worker: worker, keep: .days(7))
            #expect(
                try bench.commit(ledger.change([.lock(position.id, lock(attempt))])) == .applied)
            return try bench.text(exitLock)
        }
        #expect(try take(1, by: "a")?.hasPrefix("worker=a attempt=1 reason=stop_loss ") == true)
        #expect(try take(1, by: "b")?.hasPrefix("worker=a attempt=1 ") == true)
        #expect(try take(2, by: "b")?.hasPrefix("worker=b attempt=2 ") == true)
    }

    /// One that has expired under a living exit is set again.
    @Test func `a lock is renewed for its attempt alone, and set again where it is missing`()
        throws
    {
        var exiting = position
        exiting.status = .exiting
        exiting.exitAttempt = 2
        var ledger = Ledger(shard: 0, worker: "a", keep: .days(7))
        try bench.commit(ledger.change([.open(exiting), .lock(exiting.id, lock(2))]))
        let exitLock = Keys.exitLock(0, exiting.id)
        func renew(_ attempt: Int, _ life: Span) throws -> CommitVerdict {
            var ledger = Ledger(shard: 0, worker: "b", keep: .days(7))
            return try bench.commit(
                ledger.change([.renewLock(exiting.id, lock(attempt, life: life))]))
        }
        #expect(try renew(1, .minutes(10)) == .refused(guardAt: 0))
        #expect(try renew(3, .minutes(10)) == .refused(guardAt: 0))
        bench.bus.advance(by: .minutes(9))
        #expect(try renew(2, .minutes(10)) == .applied)
        bench.bus.advance(by: .minutes(9))
        #expect(try bench.text(exitLock)?.hasPrefix("worker=a attempt=2 ") == true)
        bench.bus.advance(by: .minutes(2))
        #expect(try bench.text(exitLock) == nil)
        #expect(try renew(2, .minutes(10)) == .applied)
        #expect(try bench.text(exitLock)?.hasPrefix("worker=b attempt=2 ") == true)
    }

    @Test func `a verdict is written once`() throws {
        var ledger = Ledger(shard: 0, worker: "w", keep: .days(7))
        let first = Effect.verdict("s", "alpha", .entered(position.id))
        let second = Effect.verdict("s", "alpha", .refused(.halted, detail: ""))
        #expect(try bench.commit(ledger.change([first])) == .applied)
        #expect(try bench.commit(ledger.change([second])) == .refused(guardAt: 0))
        #expect(try bench.text(Keys.verdict(0, "s", "alpha")) == "entered \(position.id)")
    }
}
