import Brokers
import MessageBus
import Stages
import Support
import Testing
import Trading

@testable import Workers

@Suite struct BackpressureTests {
    private let bench = Bench()
    private let desk: Desk
    private let backpressure: Backpressure
    private static let bound = 10

    init() throws {
        desk = try Bench.desk(Bench.plain + "\nbackpressure: { pause_above: \(Self.bound) }\n")
        backpressure = Backpressure(desk)
    }

    private func flood(_ count: Int, _ stream: Key = Keys.brokerEvents(0)) throws {
        for number in 0..<count {
            try bench.write(.append(stream, ["n": "\(number)"]), in: stream.slot)
        }
    }

    private func measure(_ session: String = "test") throws -> Backlog {
        try #require(
            try backpressure.measured([0], bench.bus.session(session))[0])
    }

    private func messages() throws -> [String] {
        try bench.entries(Keys.alarms).compactMap { $0["message"] }
    }

    @Test(
        "Entries pause above the bound, and go on five seconds after",
        arguments: [
            // entries, milliseconds since it was above, paused
            (10, nil, false), (11, nil, true), (0, 4_999, true), (10, 4_999, true),
            (0, 5_000, false), (11, 5_000, true), (0, -60_000, true),
        ] as [(Int, Int?, Bool)])
    func pauses(entries: Int, since: Int?, paused: Bool) {
        let now = EventTime.at(10, 0)
        var last: Backlog?
        if let since {
            last = Backlog(entries: 99, at: now - .seconds(1))
            last?.aboveAt = now - .milliseconds(since)
            last?.pausedAt = now - .minutes(1)
        }
        let next = Backlog.next(entries, after: last, bound: Self.bound, at: now)
        #expect((next.pause != nil) == paused)
        // A pause that goes on began when it began.
        if let since, paused, (0..<5_000).contains(since) {
            #expect(next.pausedAt == last?.pausedAt)
        }
    }

    @Test func `a host whose clock is ahead pauses entries no longer than another`() {
        let now = EventTime.at(10, 0)
        let fast = Backlog.next(11, after: nil, bound: Self.bound, at: now + .minutes(10))
        let next = Backlog.next(0, after: fast, bound: Self.bound, at: now)
        #expect(next.aboveAt == now && next.pausedAt == now)
        let calm = Backlog.next(0, after: next, bound: Self.bound, at: now + Backlog.calm)
        #expect(calm.pause == nil)
    }

    @Test func `all streams of the shard count, unread and pending`() throws {
        for (stream, group) in [
            (Keys.exits(0), StageName.exitEngine), (Keys.exitOrders(0), StageName.gateway),
            (Keys.entryOrders(0), StageName.gateway), (Keys.brokerEvents(0), StageName.hub),
            (Keys.orderUpdates(0), StageName.handler),
        ] {
            try flood(2, stream)
            let worker = bench.bus.session(group)
            try worker.join([stream], group: group, consumer: "w")
            _ = try worker.turn(committing: [], count: 1, block: .zero)
        }
        // Of people's and of other shards' streams, nothing.
        try flood(5, Keys.deadLetters(.shard(0)))
        try flood(5, Keys.exits(1))
        #expect(try measure().entries == 10)
    }

    @Test func `one measures, and the others go by that for a quarter of a second`() throws {
        #expect(try measure().entries == 0)
        try flood(3)
        bench.bus.advance(by: .milliseconds(249))
        #expect(try measure("other").entries == 0)
        bench.bus.advance(by: .milliseconds(1))
        #expect(try measure("other").entries == 3)
        #expect(try bench.fields(Keys.backlog(0))["entries"] == "3")
    }

    @Test func `people hear once of a pause and once of its end`() throws {
        try flood(11)
        for _ in 0..<4 {
            #expect(try measure("one").pause != nil)
            #expect(try measure("two").pause != nil)
            bench.bus.advance(by: .milliseconds(300))
        }
        #expect(try messages().count == 1)
        #expect(try bench.fields(Keys.backlog(0))["paused_at"] != nil)
        bench.bus.remove(Keys.brokerEvents(0))
        bench.bus.advance(by: .seconds(4))
        #expect(try measure().pause != nil)
        bench.bus.advance(by: .seconds(2))
        #expect(try measure().pause == nil)
        #expect(try messages().map { $0.hasPrefix("entries pause") } == [true, false])
        #expect(try bench.fields(Keys.backlog(0))["paused_at"] == nil)
        bench.bus.advance(by: .seconds(2))
        _ = try measure()
        #expect(try messages().count == 2)
    }

    @Test func `a measure that cannot be written or made pauses entries and throws nothing`()
        throws
    {
        try bench.write(.push(Keys.backlog(0), "x"))
        #expect(try backpressure.pause(of: 0, bench.session) != nil)
        bench.bus.remove(Keys.backlog(0))
        try bench.write(.push(Keys.exits(0), "x"))
        #expect(try backpressure.pause(of: 0, bench.session) != nil)
    }

    @Test("The gateway sends no entry during a pause, and every exit", arguments: [false, true])
    func gateway(isFlooded: Bool) throws {
        try bench.setUp(at: .at(10, 5), instruments: [])
        let broker = LedgerBroker()
        let session = bench.bus.session("w")
        let stage = GatewayStage(
            desk, shard: 0, brokers: ["alpha": broker],
            calls: BrokerCalls(interrupt: session.interrupt), timer: nil, nonces: .random)
        let worker = GroupWorker(
            stage, session: session, name: WorkerName(stage: stage.name, given: "w"),
            log: Bench.quiet)
        let orders = [
            OrderFixtures.entryOrder(.accepted, of: OrderFixtures.pending()),
            OrderFixtures.exitOrder(.accepted, of: OrderFixtures.exiting()),
        ]
        let created: Fields = ["server_run": session.serverRun?.text ?? ""]
        for var order in orders {
            try bench.write(.set(Keys.position(0, order.position), created))
            order.account = "alpha"
            order.rev = 1
            let request = OrderRequest(
                order: order.id, account: "alpha", action: .place, at: .at(10, 5),
                trace: order.trace)
            let stream = order.purpose == .exit ? Keys.exitOrders(0) : Keys.entryOrders(0)
            try bench.write(
                .append(stream, request.fields), .set(Keys.order(0, order.id), order.fields))
        }
        if isFlooded { try flood(30) }
        try worker.turns(5)
        #expect(broker.sent.contains(orders[1].id))
        #expect(broker.sent.contains(orders[0].id) != isFlooded)
        let stored = try bench.fields(Keys.order(0, orders[0].id))
        #expect(stored["error"] == (isFlooded ? "not sent: backlog" : nil))
    }
}
