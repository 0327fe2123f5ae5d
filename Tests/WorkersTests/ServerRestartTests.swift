import Brokers
import MessageBus
import Redis
import Stages
import Support
import Testing
import Trading

@testable import Workers

/// P5, after a new run of the server: what it has forgotten is asked of the broker alone.
@Suite struct ServerRestartTests {
    private let account: AccountID = "alpha"
    private var position: PositionTracker {
        var position = OrderFixtures.exiting()
        position.account = account
        position.run = "memory-1"
        return position
    }

    private func exitOrder(_ position: PositionTracker) -> Order {
        var order = OrderFixtures.exitOrder(.accepted, of: position)
        order.account = account
        order.rev = 1
        return order
    }

    private func gateway(
        _ bus: any Bus, _ broker: LedgerBroker, name: String = "w"
    ) throws -> GroupWorker {
        let session = try bus.session(name)
        let stage = GatewayStage(
            try Bench.desk(), shard: 0, brokers: [account: broker],
            calls: BrokerCalls(interrupt: session.interrupt), timer: nil, nonces: .random)
        return GroupWorker(
            stage, session: session, name: WorkerName(stage: stage.name, given: name),
            log: Bench.quiet)
    }

    private func reconciler(_ bus: any Bus, _ broker: LedgerBroker) throws -> GroupWorker {
        let session = try bus.session("r")
        let stage = ReconcilerStage(
            try Bench.desk(), shard: 0, brokers: [account: broker], interrupt: session.interrupt)
        return GroupWorker(
            stage, session: session, name: WorkerName(stage: stage.name, given: "r"),
            log: Bench.quiet)
    }

    /// An exit that was claimed, with its request to the gateway.
    private func claimed(_ position: PositionTracker) -> [Write] {
        let order = exitOrder(position)
        let request = OrderRequest(
            order: order.id, account: account, action: .place, at: .at(10, 5), trace: order.trace)
        return [
            .append(Keys.exitOrders(0), request.fields),
            .set(Keys.position(0, position.id), position.fields),
            .set(Keys.order(0, order.id), order.fields),
        ]
    }

    private func status(_ id: CorrelationID, _ bench: Bench) throws -> String? {
        try bench.fields(Keys.order(0, id))["status"]
    }

    @Test func `an exit whose mark was forgotten is found at the broker, and not sent again`()
        throws
    {
        let (bench, broker, position) = (Bench(), LedgerBroker(), position)
        let order = exitOrder(position)
        try bench.commit(Change(writes: claimed(position)))
        try gateway(bench.bus, broker).turns(3)
        #expect(broker.sent == [order.id])

        // As the server kept it: claimed, and the request not yet read.
        try bench.commit(Change(writes: [.delete(Keys.order(0, order.id))] + claimed(position)))
        bench.bus.serverRun = "memory-2"
        let second = try gateway(bench.bus, broker)
        try second.turns(4)
        #expect(broker.sent == [order.id])
        #expect(try status(order.id, bench) == "sent")
        #expect(try bench.text(Keys.orderNumber(0, "L1")) == order.id.text)
    }

    @Test
    func `an exit that was never sent waits for the look-up's answer, and only then goes out`()
        throws
    {
        let (bench, broker, position) = (Bench(), LedgerBroker(), position)
        let order = exitOrder(position)
        try gateway(bench.bus, broker).turns(1)
        try bench.commit(Change(writes: claimed(position)))
        bench.bus.serverRun = "memory-2"
        let second = try gateway(bench.bus, broker)
        var seconds = 0
        while broker.sent.isEmpty, seconds < 60 {
            try second.turns(3)
            bench.bus.advance(by: .seconds(1))
            seconds += 1
        }
        #expect(broker.sent == [order.id])
        // Three seconds in which its sender could live, ten in which it would show.
        #expect((13...20).contains(seconds))
    }

    /// The attempt was refused at once and the next one made, all in what was forgotten.
    @Test func `an attempt whose follower is at the broker is not sent beside it`() throws {
        let (bench, broker, position) = (Bench(), LedgerBroker(), position)
        var next = position
        next.exitAttempt = 2
        try bench.commit(Change(writes: claimed(next)))
        try gateway(bench.bus, broker).turns(3)
        #expect(broker.sent == [exitOrder(next).id])
        try bench.commit(
            Change(writes: [.delete(Keys.order(0, exitOrder(next).id))] + claimed(position)))
        bench.bus.serverRun = "memory-2"
        let worker = try gateway(bench.bus, broker)
        for _ in 0..<40 {
            try worker.turns(3)
            bench.bus.advance(by: .seconds(1))
        }
        #expect(broker.sent == [exitOrder(next).id])
        let words = try bench.entries(Keys.orderUpdates(0)).filter {
            $0["order"] == exitOrder(position).id.text
        }
        #expect(words.first?["status"] == "rejected")
    }

    /// The same process takes over again; what was sent between its two reigns is forgotten.
    @Test func `a server that gave way and is back does not vouch for what it knew`() throws {
        let (bench, broker, position) = (Bench(), LedgerBroker(), position)
        try gateway(bench.bus, broker).turns(1)
        bench.bus.serverRun = "memory-2"
        try gateway(bench.bus, broker).turns(1)
        bench.bus.serverRun = "memory-1"
        try bench.commit(Change(writes: claimed(position)))
        let worker = try gateway(bench.bus, broker)
        try worker.turns(4)
        #expect(broker.sent == [])
        for _ in 0..<20 {
            bench.bus.advance(by: .seconds(1))
            try worker.turns(3)
        }
        #expect(broker.sent == [exitOrder(position).id])
    }

    @Test func `what is not readable of the runs before is replaced with the record`() throws {
        let (bench, broker) = (Bench(), LedgerBroker())
        try gateway(bench.bus, broker).turns(1)
        try bench.write(.set(Keys.serverRun(0), ["earlier_runs": "@@", "met_at": "soon"]))
        bench.bus.serverRun = "memory-2"
        try gateway(bench.bus, broker).turns(1)
        let known = try ServerRun(bench.fields(Keys.serverRun(0)))
        #expect(known.id == "memory-2" && known.earlier == [])
        #expect(try bench.fields(Keys.serverRun(0))["earlier_runs"] == nil)
    }

    /// Each restart may have forgotten a sending; but nobody can have sent it in a run that was over
    /// before it was cleared.
    @Test func `an exit goes out although the server is restarted every ten seconds`() throws {
        let (bench, broker, position) = (Bench(), LedgerBroker(), position)
        try gateway(bench.bus, broker).turns(1)
        try bench.commit(Change(writes: claimed(position)))
        var seconds = 0
        var worker = try gateway(bench.bus, broker)
        while broker.sent.isEmpty, seconds < 60 {
            if seconds % 10 == 0 {
                bench.bus.serverRun = RunID("memory-\(2 + seconds / 10)")
                worker = try gateway(bench.bus, broker)
            }
            try worker.turns(3)
            bench.bus.advance(by: .seconds(1))
            seconds += 1
        }
        #expect(broker.sent == [exitOrder(position).id])
        #expect((13...16).contains(seconds))
    }

    @Test func `after one book each further exit of the account goes out at once`() throws {
        let (bench, broker, position) = (Bench(), LedgerBroker(), position)
        try gateway(bench.bus, broker).turns(1)
        try bench.commit(Change(writes: claimed(position)))
        bench.bus.serverRun = "memory-2"
        let worker = try gateway(bench.bus, broker)
        for _ in 0..<20 {
            try worker.turns(3)
            bench.bus.advance(by: .seconds(1))
        }
        var other = position
        other.id = "260206-other"
        try bench.commit(Change(writes: claimed(other)))
        try worker.turns(2)
        #expect(broker.sent == [exitOrder(position).id, exitOrder(other).id])
        #expect(try bench.fields(Keys.order(0, exitOrder(other).id))["looks"] == "0")
    }

    @Test func `a book of an earlier run vouches for nothing, whatever the clock says`() throws {
        let (bench, broker) = (Bench(), LedgerBroker())
        var first = position
        first.run = "memory-0"
        let worker = try gateway(bench.bus, broker)
        try worker.turns(1)
        try bench.commit(Change(writes: claimed(first)))
        for _ in 0..<20 {
            try worker.turns(3)
            bench.bus.advance(by: .seconds(1))
        }
        #expect(broker.sent == [exitOrder(first).id])
        var second = first
        second.id = "260206-other"
        try bench.commit(Change(writes: claimed(second)))
        bench.bus.serverRun = "memory-2"
        bench.bus.advance(by: .seconds(-60))
        try worker.turns(4)
        #expect(broker.sent == [exitOrder(first).id])
    }

    /// What was forgotten may reach further back than one attempt: the one before ended, and this
    /// one was sent.
    @Test func `a later attempt that was forgotten whole is found at the broker too`() throws {
        let (bench, broker) = (Bench(), LedgerBroker())
        var next = position
        next.exitAttempt = 2
        let order = exitOrder(next)
        try bench.commit(Change(writes: claimed(next)))
        try gateway(bench.bus, broker).turns(3)
        #expect(broker.sent == [order.id])
        // The attempt before is looked for in vain in the new run, and this one claimed anew.
        try bench.commit(Change(writes: [.delete(Keys.order(0, order.id))]))
        bench.bus.serverRun = "memory-2"
        var before = exitOrder(position)
        before.status = .absent
        before.run = "memory-2"
        try bench.commit(
            Change(writes: [.set(Keys.order(0, before.id), before.fields)] + claimed(next)))
        try gateway(bench.bus, broker).turns(4)
        #expect(broker.sent == [order.id])
    }

    @Test func `a record that says nothing is replaced, and nobody waits for it`() throws {
        let (bench, broker) = (Bench(), LedgerBroker())
        try bench.write(.set(Keys.serverRun(0), ["note": "x"]))
        try gateway(bench.bus, broker).turns(1)
        #expect(try ServerRun(bench.fields(Keys.serverRun(0))).id == "memory-1")
        #expect(try bench.count(Keys.unreconciled(0)) == 3)
    }

    @Test func `marks that are none are replaced by those of the restart`() throws {
        let (bench, broker) = (Bench(), LedgerBroker())
        try gateway(bench.bus, broker).turns(1)
        try bench.write(.setText(Keys.unreconciled(0), "alpha"))
        bench.bus.serverRun = "memory-2"
        try gateway(bench.bus, broker).turns(1)
        #expect(try bench.count(Keys.unreconciled(0)) == 3)
    }

    /// An emergency: somebody sets the halt as a text.
    @Test(
        "What all orders share keeps no exit back",
        arguments: [Keys.halt, Keys.budget(0, "bravo"), Keys.unreconciled(0)])
    func shared(key: Key) throws {
        let (bench, broker, position) = (Bench(), LedgerBroker(), position)
        try gateway(bench.bus, broker).turns(1)
        try bench.write(.delete(key), .setText(key, "all"), in: key.slot)
        try bench.commit(Change(writes: claimed(position)))
        let worker = try gateway(bench.bus, broker)
        for _ in 0..<4 { try? worker.turn(wait: false) }
        #expect(broker.sent == [exitOrder(position).id])
    }

    @Test func `an exit of a position that is younger than the restart goes out at once`() throws {
        let (bench, broker) = (Bench(), LedgerBroker())
        try gateway(bench.bus, broker).turns(1)
        bench.bus.serverRun = "memory-2"
        var young = position
        young.run = "memory-2"
        try bench.commit(Change(writes: claimed(young)))
        try gateway(bench.bus, broker).turns(3)
        #expect(broker.sent == [exitOrder(young).id])
    }

    @Test func `entries stop until the account's book was read`() throws {
        let (bench, broker) = (Bench(), LedgerBroker())
        try bench.setUp(instruments: [Fixtures.instrument()])
        try bench.write(.delete(Keys.clock), in: .bus)
        try gateway(bench.bus, broker).turns(1)
        func waiting() throws -> Bool {
            try bench.answer(.score(Keys.unreconciled(0), member: "alpha")) != .number(nil)
        }
        #expect(try !waiting())
        bench.bus.serverRun = "memory-2"
        broker.breakBook(true)
        let second = try gateway(bench.bus, broker)
        let reconciler = try self.reconciler(bench.bus, broker)
        func pass(_ seconds: Int) throws {
            for _ in 0..<seconds {
                try second.turns(3)
                try reconciler.turns(3)
                bench.bus.advance(by: .seconds(1))
            }
        }
        try pass(20)
        #expect(try waiting())
        broker.breakBook(false)
        try pass(4)
        #expect(try !waiting())
        #expect(try bench.entries(Keys.alarms).map { $0["severity"] }.suffix(1) == ["notice"])
    }

    @Test(
        "A signal is refused while the account is unreconciled",
        arguments: [
            // the shard's run, whether the book was read, whether the signal is newer; refused
            ("memory-1", true, true, true), ("memory-2", false, true, true),
            ("memory-2", true, false, true), ("memory-2", true, true, false),
        ] as [(RunID, Bool, Bool, Bool)]
    )
    func signals(run: RunID, isRead: Bool, isNewer: Bool, isRefused: Bool) throws {
        let bench = Bench()
        bench.bus.serverRun = "memory-2"
        try bench.setUp(instruments: [Fixtures.instrument()])
        let signal = Fixtures.signal(
            quote: Fixtures.quote("100.00", ask: "100.50", openInterest: 500_000))
        try bench.write(.append(Keys.signals, signal.fields), in: .bus)
        guard case .newest(let newest) = try bench.answer(.newest(Keys.signals)) else { return }
        let known = ServerRun(
            id: run, count: 2, signals: isNewer ? .zero : newest, at: .at(9, 59), metAt: .at(9, 59))
        try bench.write(.set(Keys.serverRun(0), known.fields))
        if !isRead { try bench.write(.schedule(Keys.unreconciled(0), member: "alpha", at: 1)) }
        try GroupWorker(EntryGuardStage(try Bench.desk()), bench.bus).turns(3)
        let verdict = try bench.text(Keys.verdict(0, signal.id, account))
        #expect(verdict?.hasPrefix(isRefused ? "refused unreconciled" : "entered") == true)
    }

    @Test func `a server that was flushed under a living gateway is one that has forgotten`()
        throws
    {
        let (bench, broker) = (Bench(), LedgerBroker())
        let worker = try gateway(bench.bus, broker)
        try worker.turns(1)
        try bench.write(.delete(Keys.serverRun(0)))
        try bench.commit(Change(writes: claimed(position)))
        try worker.turns(3)
        let known = try ServerRun(bench.fields(Keys.serverRun(0)))
        #expect(known.count == 2 && broker.sent == [exitOrder(position).id])
        #expect(try bench.count(Keys.unreconciled(0)) == 3)
    }

    /// The real thing: a machine that loses power forgets the end of its append-only file.
    @Test func `with a cut tail of the append-only file an exit is not sent twice`() throws {
        let server = try RedisServer(
            RedisServer.Options(appendOnly: true, extra: ["appendfsync always"]))
        defer { server.stop() }
        let (bus, broker) = (RedisBus(endpoint: server.endpoint), LedgerBroker())
        try gateway(bus, broker, name: "first").turns(1)
        var position = position
        position.run = try bus.session("look").serverRun
        _ = try bus.session("test").commit([
            Commit(
                slot: .shard(0), owner: .anyone,
                changes: [Change(writes: claimed(position))])
        ])
        let kept = try server.appendOnlySize()
        try gateway(bus, broker, name: "second").turns(3)
        #expect(broker.sent == [exitOrder(position).id])

        server.kill()
        try server.cutAppendOnly(to: kept)
        try server.restart()
        let third = try gateway(bus, broker, name: "third")
        let key = Keys.order(0, exitOrder(position).id)
        let session = try bus.session("test")
        var status: String?
        for _ in 0..<200 where status != "sent" {
            try third.turns(1)
            if case .fields(let fields)? = try session.load([.hash(key)]).answers.first {
                status = fields["status"]
            }
        }
        #expect(status == "sent")
        #expect(broker.sent == [exitOrder(position).id])
    }
}
