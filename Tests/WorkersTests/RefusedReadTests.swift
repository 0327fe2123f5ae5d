import Brokers
import MessageBus
import Support
import Synchronization
import Testing
import Trading
import Workers

/// Two reconcilers, of which one reads nothing, at once, and the other one everything, later.
@Suite("A good read that a failed one has overtaken") struct RefusedReadTests {
    private let bench = Bench()
    private let account: AccountID = "alpha"
    private let late = LateBroker()
    private let quick = BookBroker()

    private func worker(_ broker: some Broker, _ name: String) throws -> GroupWorker {
        let stage = ReconcilerStage(
            try Bench.desk(), shard: 0, brokers: [account: broker],
            interrupt: bench.bus.session(name).interrupt)
        return GroupWorker(stage, bench.bus, name: name)
    }

    private func record() throws -> Reconciliation {
        try Reconciliation(bench.fields(Keys.reconciled(0, account)))
    }

    /// The one that reads everything has asked, and the other one was done before.
    private func overtaken() throws -> GroupWorker {
        quick.isReadable.withLock { $0 = false }
        let (good, bad) = (try worker(late, "good"), try worker(quick, "bad"))
        try good.turn(wait: false)
        try bad.turn(wait: false)
        #expect(try record().failures == 1)
        #expect(late.calls == 1)
        return good
    }

    @Test(arguments: [false, true])
    func `counts all the same, also for an account that waits for it to enter:`(isWaiting: Bool)
        throws
    {
        if isWaiting {
            try bench.write(.schedule(Keys.unreconciled(0), member: account.text, at: 1))
        }
        let good = try overtaken()
        late.answer()
        try good.turns(2)
        #expect(try record().failures == 0)
        #expect(try record().readAt == Bench.morning)
        let mark = Query.score(Keys.unreconciled(0), member: account.text)
        #expect(try bench.answer(mark) == .number(nil))
    }

    /// Such as after a connection to the broker was made anew.
    @Test func `does not count for one that was asked for later, which is made`() throws {
        let good = try overtaken()
        bench.bus.advance(by: .milliseconds(100))
        let now = bench.session.wall.milliseconds
        try bench.write(.schedule(Keys.reconcileDue(0), member: account.text, at: now))
        late.answer()
        try good.turns(4)
        #expect(try record().failures == 1)
        #expect(late.calls == 1)
    }

    @Test func `does not lift a mark that somebody has set meanwhile`() throws {
        try bench.write(.schedule(Keys.unreconciled(0), member: account.text, at: 1))
        let good = try overtaken()
        let later = bench.session.wall.milliseconds + 13_000
        try bench.write(.schedule(Keys.unreconciled(0), member: account.text, at: later))
        late.answer()
        try good.turns(4)
        let mark = Query.score(Keys.unreconciled(0), member: account.text)
        #expect(try bench.answer(mark) == .number(later))
    }

    @Test func `does not count where a newer good one is stored`() throws {
        let (slow, other) = (try worker(late, "slow"), try worker(quick, "other"))
        try slow.turn(wait: false)
        bench.bus.advance(by: .seconds(1))
        try other.turn(wait: false)
        let newest = bench.session.wall
        #expect(try record().readAt == newest)
        quick.isReadable.withLock { $0 = false }
        bench.bus.advance(by: .seconds(31))
        try other.turns(2)
        #expect(try record().failures == 1)
        late.answer()
        try slow.turns(3)
        #expect(try record().failures == 1)
        #expect(try record().readAt == newest)
    }
}
