import MessageBus
import Support
import Testing
import Trading
import Workers

/// Who is taken for dead, and by which clock.
@Suite struct LivenessTests {
    private let bench = Bench()
    private let stream = Keys.exits(0)
    private let key = Keys.worker("slow:picky")

    /// A worker that has an entry in hand, and one that may claim it.
    private func workers() throws -> (slow: GroupWorker, heir: GroupWorker) {
        let slow = GroupWorker(Counter(), bench.bus, name: "slow")
        try bench.write(.append(stream, ["n": "1"]))
        try slow.turns(1)
        return (slow, GroupWorker(Counter(), bench.bus, name: "heir"))
    }

    private final class Counter: GroupStage {
        let name = "picky"
        let slot = Slot.shard(0)
        let streams = [Keys.exits(0)]

        func settle(_ work: Work, _ session: any BusSession) throws(BusError) -> [Step] {
            work.deliveries.map { delivery in
                let name = delivery.isRedelivered ? "claimed" : "own"
                return Step(
                    delivery,
                    .commit(
                        Change(writes: [.add(Key(.shard(0), "counts"), field: name, by: 1)])))
            }
        }
    }

    private func isClaimed() throws -> Bool {
        try bench.fields(Key(.shard(0), "counts"))["claimed"] != nil
    }

    /// What the process's heartbeat thread writes while the worker's loop is where it is.
    private func beat(_ worker: GroupWorker, by clock: Span = .zero) throws {
        let now = EventTime(milliseconds: bench.session.wall.milliseconds + clock.milliseconds)
        let fields = worker.pulse.fields(process: 7, startedAt: Bench.morning, now: now)
        try bench.session.beat(key, fields, life: Pulse.life)
    }

    /// Half a second, in which the heir takes two turns.
    private func pass(_ heir: GroupWorker) throws {
        bench.bus.advance(by: .milliseconds(500))
        heir.run(2)
    }

    @Test func `a dead worker's entries are claimed within three seconds`() throws {
        let (slow, heir) = try workers()
        heir.run(1)
        // Long enough to be allowed to judge.
        for _ in 0..<10 {
            try beat(slow)
            try pass(heir)
        }
        #expect(try !isClaimed())
        // Its last heartbeat was half a second ago, and it writes no more.
        for _ in 0..<5 { try pass(heir) }
        #expect(try isClaimed())
    }

    @Test func `a loop that hangs is dead after ten seconds, whatever its heartbeat says`() throws {
        let (slow, heir) = try workers()
        heir.run(1)
        for round in 0..<35 {
            try beat(slow)
            try pass(heir)
            // The first period is nobody's; then ten seconds without a turn.
            if round < 24 { #expect(try !isClaimed()) }
        }
        #expect(try isClaimed())
    }

    @Test func `a slow worker that turns is alive, for however long it has its entry`() throws {
        let (slow, heir) = try workers()
        heir.run(1)
        for _ in 0..<100 {
            slow.pulse.turned(at: bench.session.wall, since: .now, handled: 0)
            try beat(slow)
            try pass(heir)
        }
        #expect(try !isClaimed())
    }

    @Test(arguments: [-3_600, 3_600])
    func `another machine's clock that is an hour off makes nobody dead`(seconds: Int) throws {
        let (slow, heir) = try workers()
        heir.run(1)
        for _ in 0..<30 {
            let other = Span.seconds(seconds)
            slow.pulse.turned(
                at: EventTime(milliseconds: bench.session.wall.milliseconds + other.milliseconds),
                since: .now, handled: 0)
            try beat(slow, by: other)
            try pass(heir)
        }
        #expect(try !isClaimed())
    }

    @Test func `another machine's fast clock keeps no hanging loop alive`() throws {
        let (slow, heir) = try workers()
        heir.run(1)
        slow.pulse.turned(at: bench.session.wall + .seconds(3_600), since: .now, handled: 0)
        for _ in 0..<35 {
            try beat(slow, by: .seconds(3_600))
            try pass(heir)
        }
        #expect(try isClaimed())
    }

    @Test func `after a reconnect nobody is judged for a while`() throws {
        let (slow, heir) = try workers()
        heir.run(1)
        for _ in 0..<10 {
            try beat(slow)
            try pass(heir)
        }
        heir.failed()
        // No heartbeat stands: nobody could write one while the server was away.
        try bench.write(.delete(key), in: .bus)
        heir.run(2)
        for _ in 0..<4 { try pass(heir) }
        #expect(try !isClaimed())
        try beat(slow)
        for _ in 0..<4 { try pass(heir) }
        #expect(try !isClaimed())
    }

    @Test(arguments: [-3_600, 3_600])
    func `a wall clock that is set does not stop claims, retries or leases`(seconds: Int) throws {
        let (_, heir) = try workers()
        heir.run(1)
        let holder = OrderedWorker(Still(), bench.bus, name: "holder")
        let standby = OrderedWorker(Still(), bench.bus, name: "standby")
        holder.run(2)
        bench.bus.wall = EventTime(
            milliseconds: bench.session.wall.milliseconds + 1_000 * seconds)
        for _ in 0..<8 {
            try pass(heir)
            holder.run(1)
            standby.run(1)
        }
        #expect(try isClaimed())
        // To the server, whose clock jumped too, the lease may have been over.
        let roles = [holder, standby].map(\.pulse.snapshot.role)
        #expect(Set(roles) == ["holder", "standby"])
        if seconds < 0 { #expect(roles.first == "holder") }
    }

    @Test func `an entry that is put off comes again after its pause by the steady clock`() throws {
        let stage = GroupWorkerTests.Puppet()
        var again = true
        stage.decide = { _ in again ? .again(after: .seconds(5)) : .commit(Change()) }
        let worker = GroupWorker(stage, bench.bus)
        try bench.write(.append(stream, ["n": "1"]))
        worker.run(2)
        again = false
        bench.bus.wall = EventTime(milliseconds: bench.session.wall.milliseconds - 3_600_000)
        bench.bus.advance(by: .seconds(5))
        worker.run(2)
        #expect(try bench.pending(stream, "puppet") == 0)
    }

    private final class Still: OrderedStage {
        let name = "still"
        let number = 0
        let slot = Slot.shard(0)
        let streams = [Keys.positions(0)]

        func load(_ session: any BusSession) throws(BusError) {}
        func decide(
            _ deliveries: [Delivery], due: [[DueTime]], _ session: any BusSession
        ) throws(BusError) -> OrderedDecision { OrderedDecision() }
        func refused(_ change: Int, _ session: any BusSession) throws(BusError) {}
    }
}
