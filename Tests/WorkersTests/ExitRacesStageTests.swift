import MessageBus
import Stages
import Support
import Testing
import Trading
import Workers

/// Exits that meet, on the bus: askers, engines, and orders that were placed by hand, from the
/// broker's word to the end of the positions that they have sold.
@Suite struct ExitRacesStageTests {
    private let desk: Desk
    private let first = Fixtures.position(
        quantity: 70, account: "alpha", signal: "supertrend-BANKNIFTY-1765773000001")
    private let second = Fixtures.position(
        quantity: 70, account: "alpha", signal: "supertrend-BANKNIFTY-1765773000002")

    init() throws { desk = try Bench.desk() }

    private func commit(_ session: any BusSession, _ writes: [Write], in slot: Slot) throws {
        let verdicts = try session.commit([
            Commit(slot: slot, owner: .anyone, changes: [Change(writes: writes)])
        ])
        #expect(verdicts == [[.applied]])
    }

    private func setClock(_ session: any BusSession, _ time: EventTime) throws {
        try commit(session, [.setText(Keys.clock, time.text)], in: .bus)
    }

    private func worker(_ stage: any GroupStage, _ bus: any Bus, _ name: String) throws
        -> GroupWorker
    {
        GroupWorker(
            stage, session: try bus.session(name),
            name: WorkerName(stage: stage.name, given: name), log: Bench.quiet)
    }

    private func said(_ units: Int, _ side: OrderSide = .sell) -> BrokerEvent {
        BrokerEvent(
            account: "alpha", source: "socket", number: "9001", order: nil,
            instrument: Fixtures.call, side: side, status: "TRADED", filled: Quantity(units),
            averagePrice: "96.00", at: .at(10, 6))
    }

    private func open(_ session: any BusSession) throws {
        var day = AccountDay()
        day.open = 2
        var writes: [Write] = [
            .set(Keys.account(0, "alpha", Fixtures.day), day.fields.and(rev: 1))
        ]
        for position in [first, second] {
            writes += [
                .set(Keys.position(0, position.id), position.fields.and(rev: 1)),
                .addMember(Keys.open(0, "alpha"), position.id.text),
            ]
        }
        try commit(session, writes, in: .shard(0))
    }

    private func request(_ position: PositionTracker) -> Write {
        let request = ExitRequest(
            position: position.id, account: position.account, reason: .stopLoss, evidence: "x",
            askedBy: "rule", at: .at(10, 6))
        return .append(Keys.exits(0), request.fields)
    }

    private func stored(_ session: any BusSession) throws -> [PositionTracker] {
        let ids = [first.id, second.id]
        let answers = try session.load(ids.map { .hash(Keys.position(0, $0)) }).answers
        return try zip(ids, answers).compactMap { id, answer in
            guard case .fields(let fields) = answer else { return nil }
            return try PositionTracker(fields, id: id)
        }
    }

    /// Memory, or a server.
    private func onBus(
        _ kind: String, _ body: (any Bus, any BusSession) throws -> Void
    ) throws {
        guard kind == "redis" else {
            let bench = Bench()
            return try body(bench.bus, bench.session)
        }
        let server = try RedisServer(RedisServer.Options())
        defer { server.stop() }
        let bus = RedisBus(endpoint: server.endpoint)
        try body(bus, try bus.session("test"))
    }

    @Test(
        "Two exits of one contract leave out what was sold by hand, once",
        arguments: ["memory", "redis"])
    func once(kind: String) throws {
        try onBus(kind) { bus, session in
            try setClock(session, .at(10, 6))
            let hub = try worker(OrderUpdateHubStage(desk, shard: 0), bus, "h")
            let engines = try ["a", "b"].map {
                try worker(ExitEngineStage(desk, shard: 0), bus, $0)
            }
            try open(session)
            try commit(
                session, [.append(Keys.brokerEvents(0), said(105).fields)], in: .shard(0))
            try hub.turns(3)
            #expect(try stored(session).allSatisfy { $0.byHand.quantity == .zero })
            try setClock(session, .at(10, 6, 11))
            try commit(session, [.append(Keys.brokerEvents(0), Wake.sample)], in: .shard(0))
            try hub.turns(4)
            try commit(session, [request(first), request(second)], in: .shard(0))
            for _ in 0..<12 { for engine in engines { try engine.turns(1) } }

            let positions = try stored(session)
            #expect(positions.map(\.byHand.quantity.units).sorted() == [35, 70])
            #expect(positions.map(\.remaining.units).sorted() == [0, 35])
            #expect(Set(positions.map(\.status)) == [.exited, .exiting])
            guard
                case .entries(let sent) = try session.load([
                    .range(Keys.exitOrders(0), from: .zero, limit: 10)
                ]).answers[0]
            else { return }
            #expect(sent.count == 1)
            let left = try session.load([
                .members(Keys.open(0, "alpha")), .count(Keys.foreignDue(0)),
                .hash(Keys.account(0, "alpha", Fixtures.day)),
            ]).answers
            #expect(left[0] == .texts(positions.filter { !$0.status.isClosed }.map(\.id.text)))
            #expect(left[1] == .number(0) || left[1] == .number(nil))
            guard case .fields(let day) = left[2] else { return }
            #expect(day["realised"] == "-280.00" && day["open"] == "1")
        }
    }

    /// A rule freezes its reason in its own commit; two people only ask. Two engines take turns.
    @Test(
        "Asked for by a rule and two people at once, by two engines, it is one exit",
        arguments: ["memory", "redis"])
    func askers(kind: String) throws {
        try onBus(kind) { bus, session in
            let engines = try ["a", "b"].map {
                try worker(ExitEngineStage(desk, shard: 0), bus, $0)
            }
            for engine in engines { try engine.turns(1) }
            try open(session)
            var ledger = Ledger(shard: 0, worker: "r", keep: .days(7))
            let rule = ledger.change([
                .requestExit(first.id, Fixtures.exitOrder(.stopLoss), whileStatus: .active)
            ])
            let asked = Change(
                guards: rule.guards, writes: [request(first)] + rule.writes)
            let person = Change(writes: [request(first)])
            _ = try session.commit([
                Commit(slot: .shard(0), owner: .anyone, changes: [person, asked, person])
            ])
            for _ in 0..<8 { for engine in engines { try engine.turns(1) } }
            let position = try stored(session)[0]
            #expect(position.status == .exiting && position.exitAttempt == 1)
            #expect(position.exitOrder == Fixtures.exitOrder(.stopLoss))
            guard
                case .entries(let sent) = try session.load([
                    .range(Keys.exitOrders(0), from: .zero, limit: 10)
                ]).answers[0],
                case .text(let lock?) = try session.load([
                    .text(Keys.exitLock(0, first.id))
                ]).answers[0]
            else {
                Issue.record("no order or no lock")
                return
            }
            #expect(sent.count == 1 && lock.contains(" attempt=1 reason=stop_loss "))
        }
    }

    /// The guard alone: both have loaded the same record.
    @Test func `of two that leave out the same units at once, one is refused`() throws {
        let bench = Bench()
        try open(bench.session)
        var trades = HandTrades(on: Fixtures.day)
        _ = trades.note(
            HandTrades.Fill(
                instrument: Fixtures.call, side: .sell, units: Quantity(70), value: "6720.00"),
            of: "9001", held: nil)
        let key = Keys.byHand(0, "alpha")
        try bench.write(.set(key, trades.fields.and(rev: 1)))
        let verdicts = try [first, second].map { position in
            var ledger = Ledger(shard: 0, worker: "w", keep: .days(7))
            ledger.remember(key, trades.fields.and(rev: 1))
            for position in [first, second] {
                ledger.remember(Keys.position(0, position.id), position.fields.and(rev: 1))
            }
            guard let loaded = try ledger.position(position.id),
                case .commit(let effects) = ExitEngine.decide(
                    request: try ExitRequest(request(position)), position: loaded,
                    hand: ExitEngine.Hand(trades: try ledger.handTrades("alpha", on: Fixtures.day)),
                    profile: desk.exits, now: .at(10, 6))
            else { return nil as CommitVerdict? }
            return try bench.commit(
                ledger.change(effects.filter { if case .saveDay = $0 { false } else { true } }))
        }
        #expect(verdicts.count == 2 && verdicts[0] == .applied && verdicts[1] != .applied)
    }

    /// Sold by hand between the engine's look and its commit.
    @Test func `a claim is refused when somebody has traded by hand since it was decided`() throws {
        let bench = Bench()
        try open(bench.session)
        var ledger = Ledger(shard: 0, worker: "w", keep: .days(7))
        ledger.remember(Keys.position(0, first.id), first.fields.and(rev: 1))
        guard let loaded = try ledger.position(first.id),
            case .commit(let effects) = ExitEngine.decide(
                request: try ExitRequest(request(first)), position: loaded,
                hand: ExitEngine.Hand(trades: HandTrades(on: Fixtures.day)), profile: desk.exits,
                now: .at(10, 6))
        else { return }
        let claim = ledger.change(effects)
        try bench.write(.set(Keys.byHand(0, "alpha"), ["day": "2025-12-15", "rev": "1"]))
        #expect(try bench.commit(claim) != .applied)
        #expect(try bench.entries(Keys.exitOrders(0)).isEmpty)
    }

    /// An exit is never held back.
    @Test(arguments: ["a text", "a broken balance"])
    func `a record that cannot be read keeps no exit back:`(how: String) throws {
        let bench = Bench()
        try open(bench.session)
        let key = Keys.byHand(0, "alpha")
        try bench.write(
            how == "a text"
                ? .setText(key, "overwritten")
                : .set(key, ["day": "2025-12-15", "rev": "1", "balance:NSE_FNO:51460": "all"]))
        try bench.write(request(first))
        try GroupWorker(ExitEngineStage(desk, shard: 0), bench.bus).turns(4)
        #expect(try bench.entries(Keys.exitOrders(0)).count == 1)
        #expect(try bench.entries(Keys.alarms).count == 1)
    }

    @Test func `a number that becomes known meanwhile is ours, and its messages come again`()
        throws
    {
        let bench = Bench()
        try open(bench.session)
        try setClock(bench.session, .at(10, 6))
        let hub = GroupWorker(OrderUpdateHubStage(desk, shard: 0), bench.bus)
        var position = first
        position.exitAttempt = 1
        position.exitSlices = 1
        position.exit.working = 1
        let lost = OrderFixtures.exitOrder(.unknown, of: position)
        try bench.write(
            .set(Keys.position(0, position.id), position.fields.and(rev: 2)),
            .set(Keys.order(0, lost.id), lost.fields.and(rev: 1)))
        try bench.write(.append(Keys.brokerEvents(0), said(70).fields))
        try hub.turns(3)
        #expect(try bench.count(Keys.foreignDue(0)) == 1)
        let order = OrderFixtures.exitOrder(.sent, of: position)
        try bench.write(
            .set(Keys.order(0, order.id), order.fields.and(rev: 1)),
            .setText(Keys.orderNumber(0, "9001"), order.id.text))
        try setClock(bench.session, .at(10, 6, 11))
        try bench.write(.append(Keys.brokerEvents(0), Wake.sample))
        try hub.turns(6)
        #expect(try bench.fields(Keys.byHand(0, "alpha")).isEmpty)
        #expect(try bench.count(Keys.foreignDue(0)) == 0)
    }
}

extension Wake {
    fileprivate static var sample: Fields { fields(at: .at(10, 6, 11)) }
}

extension Fields {
    func and(rev: Int) -> Fields {
        var fields = self
        fields["rev"] = String(rev)
        return fields
    }
}

extension ExitRequest {
    fileprivate init(_ write: Write) throws {
        guard case .append(_, let fields, _) = write else { throw NoEntry() }
        try self.init(fields)
    }

    private struct NoEntry: Error {}
}
