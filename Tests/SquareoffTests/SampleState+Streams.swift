import MessageBus
import Redis
import Support
import Trading
import Workers

@testable import squareoff

extension SampleState {
    static func request(_ id: PositionID, _ reason: ExitReason) -> ExitRequest {
        ExitRequest(
            position: id, account: alpha, reason: reason, evidence: "ltp=70.00",
            askedBy: "risk-manager", at: .at(10, 29, 59))
    }

    /// The stuck position's life, one entry a stream and millisecond, as the stages write it.
    func writeStreams() throws {
        let entry = CorrelationID(Self.stuck, .entry, attempt: 1, slice: 1)
        let exit = CorrelationID(Self.stuck, .exit, attempt: 2, slice: 1)
        let place = { (order: CorrelationID) in
            OrderRequest(
                order: order, account: Self.alpha, action: .place, at: .at(10, 20),
                trace: Self.signal
            ).fields
        }
        let said = BrokerEvent(
            account: Self.alpha, source: "socket", number: "7002", order: nil, status: "PENDING",
            at: .at(10, 29, 56))
        let update = OrderUpdate(
            order: exit, account: Self.alpha, status: .open, number: "7002", filled: nil,
            value: nil, reason: nil, source: "socket", at: .at(10, 29, 56))
        let event = PositionEvent(Self.position(Self.stuck, Self.alpha, .active), at: .at(10, 20))
        let base = 1_765_773_000_000
        let entries: [(Key, Fields, Int)] = [
            (Keys.entryOrders(0), place(entry), base + 1),
            (Keys.positions(0), event.fields, base + 3),
            (Keys.exits(0), Self.request(Self.stuck, .stopLoss).fields, base + 10),
            (Keys.exitOrders(0), place(exit), base + 11),
            (Keys.brokerEvents(0), said.fields, base + 12),
            (Keys.orderUpdates(0), update.fields, base + 13),
            (Keys.deadLetters(.shard(0)), Self.letter, base + 20),
        ]
        for (stream, fields, time) in entries {
            try write(.append(stream, fields, milliseconds: time), to: stream)
        }
        let failures = Keys.failures(.shard(0), "exit-engine")
        try write(
            .add(failures, field: "\(Keys.exits(0))|\(base + 10)-0", by: 2), to: failures)
        try makeGroups()
        let asked = Self.request(Self.asked, .takeProfit)
        try write(.append(Keys.exits(0), asked.fields, milliseconds: base + 30), to: Keys.exits(0))
    }

    static let letter: Fields = [
        "stream": "sq:{0}:exits", "entry": "1765773000005-0", "stage": "exit-engine",
        "reason": "field 'reason' is missing", "at": EventTime.at(10, 29).text,
        "body:position": stuck.text, "body:account": "alpha",
    ]

    private func write(_ write: Write, to stream: Key) throws {
        _ = try session.commit([
            Commit(slot: stream.slot, owner: .anyone, changes: [Change(writes: [write])])
        ])
    }

    /// Each group has read all there is; the exit engine has not settled what it read.
    private func makeGroups() throws {
        let groups = [
            (Keys.exits(0), "exit-engine", "w1:exit-engine-0"),
            (Keys.brokerEvents(0), "order-update-hub", "w1:order-update-hub-0"),
            (Keys.orderUpdates(0), "order-update-handler", "w1:order-update-handler-0"),
            (Keys.exitOrders(0), "gateway", "w1:gateway-0"),
            (Keys.signals, "entry-guard", "w1:entry-guard"),
        ]
        for (stream, group, consumer) in groups {
            try connection.call(RedisCommand("XGROUP", "CREATE", stream.text, group, "0"))
            try connection.call(
                RedisCommand(
                    "XREADGROUP", "GROUP", group, consumer, "STREAMS", stream.text, ">"))
        }
    }

    func writeWorkers() throws {
        let wall = session.wall
        let pulse = Pulse(worker: "w1:gateway-0", stage: "gateway")
        pulse.update {
            $0.turns = 12
            $0.turnAt = wall
            $0.handled = 7
            $0.durations.add(.microseconds(250))
        }
        let hanging = Pulse(worker: "w1:scheduler-0", stage: "scheduler")
        hanging.update { $0.turnAt = wall - .seconds(60) }
        for pulse in [pulse, hanging] {
            try session.beat(
                Keys.worker(pulse.worker), pulse.fields(process: 1, startedAt: wall, now: wall),
                life: .minutes(5))
        }
        let names = ["w1:gateway-0", "w1:scheduler-0", "w1:exit-engine-0"]
        for name in names {
            try write(
                .schedule(Keys.workers, member: name, at: wall.milliseconds), to: Keys.workers)
        }
        _ = try session.raise(Keys.fence(.shard(0), "risk-manager", 0))
    }
}
