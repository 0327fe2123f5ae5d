import Foundation
import MessageBus
import Redis
import Support
import Trading
import Workers

@testable import squareoff

/// A small bus in the middle of its day, at 10:30:00 event time:
///
/// - `stuck` of alpha: its exit is overdue by 0.4 s, second attempt, one of two lots sold.
/// - `forgotten` of bravo: an exit was asked for, and nobody will look at it again.
/// - `asked` of alpha: a request for its exit stands unread in `exits`.
/// - `opening` of bravo: its entry order is being sent.
/// - `done` of alpha: closed.
/// - the worker `w1:gateway-0` lives, `w1:exit-engine-0` has gone, `w1:scheduler-0` hangs.
struct SampleState {
    static let stuck: PositionID = "251215-7k2m9qwzx"
    static let forgotten: PositionID = "251215-06pnnr1g5"
    static let asked: PositionID = "251215-4veyxg85p"
    static let opening: PositionID = "251215-2ffa6f2ge"
    static let done: PositionID = "251215-93bk5t8q5"
    static let alpha: AccountID = "alpha"
    static let bravo: AccountID = "bravo"
    static let signal: SignalID = "supertrend-BANKNIFTY-1765773000000"
    static let now = EventTime.at(10, 30)

    let session: any BusSession
    let connection: RedisConnection

    static func write(to server: RedisServer) throws {
        let bus = RedisBus(endpoint: server.endpoint)
        let state = SampleState(
            session: try bus.session("sample"), connection: try server.connect())
        try state.writeShared()
        try state.writePositions()
        try state.writeStreams()
        try state.writeWorkers()
    }

    private func commit(_ slot: Slot, _ writes: [Write]) throws {
        let verdicts = try session.commit([
            Commit(slot: slot, owner: .anyone, changes: [Change(writes: writes)])
        ])
        guard verdicts == [[.applied]] else { throw SampleError.notWritten(verdicts) }
    }

    private func writeShared() throws {
        try commit(
            .bus,
            [
                .setText(Keys.clock, Self.now.text),
                .set(Keys.layout, ["shards": "1", "partitions": "1"]),
                .set(Keys.halt, [Halts.haltField(.account(Self.bravo)): "asked by the desk"]),
                .append(
                    Keys.alarms,
                    Alarm(
                        .critical, stage: "exit-engine", message: "attempt 2 to sell 35",
                        account: Self.alpha, position: Self.stuck, trace: Self.signal,
                        at: .at(10, 29, 58)
                    ).fields, milliseconds: 1_765_773_000_900),
                .setText(Keys.lease("risk-manager", 0), "w1:risk-manager-0-0"),
                .append(
                    Keys.signals, Self.entrySignal.fields, milliseconds: 1_765_773_000_000),
            ])
    }

    static var entrySignal: Signal { Fixtures.signal(signal, at: .at(10, 20)) }

    static func position(
        _ id: PositionID, _ account: AccountID, _ status: PositionStatus, quantity: Int = 70
    ) -> PositionTracker {
        let model = Fixtures.position(status, quantity: quantity)
        var position = PositionTracker(
            id: id, account: account, strategy: model.strategy, signal: signal,
            index: model.index, contract: model.contract, quantity: model.quantity,
            reserved: model.reserved, createdAt: model.createdAt)
        position.rev = 3
        position.status = status
        position.entry = model.entry
        position.openedAt = model.openedAt
        position.exitOrder = model.exitOrder
        return position
    }

    static func order(
        _ id: CorrelationID, _ status: OrderStatus, number: OrderNumber?, filled: Int = 0,
        error: String? = nil
    ) -> Order {
        var order = Order(
            id: id, account: alpha, instrument: Fixtures.call,
            side: id.purpose == .entry ? .buy : .sell, type: .limit,
            price: id.attempt == 1 ? "97.00" : "95.00",
            quantity: Quantity(id.attempt == 1 ? 70 : 35),
            acceptedAt: .at(10, 29, 50), trace: signal)
        order.rev = 2
        order.status = status
        order.filled = Quantity(filled)
        order.value = Money(paise: 97_00 * filled)
        order.number = number
        order.error = error
        return order
    }

    private func writePositions() throws {
        var stuck = Self.position(Self.stuck, Self.alpha, .exiting)
        stuck.exit.quantity = Quantity(35)
        stuck.exit.value = Money(paise: 97_00 * 35)
        stuck.exit.working = 1
        stuck.exitAttempt = 2
        stuck.exitSlices = 1
        stuck.exitClaimedAt = .at(10, 29, 55)
        var forgotten = Self.position(Self.forgotten, Self.bravo, .active)
        forgotten.exitOrder = Fixtures.exitOrder(.timeStop)
        let opening = Self.position(Self.opening, Self.bravo, .pending)
        var done = Self.position(Self.done, Self.alpha, .exited)
        done.exit.quantity = done.entry.quantity
        done.exit.value = Money(paise: 110_00 * 70)
        done.closedAt = .at(10, 15)
        let all = [
            stuck, forgotten, Self.position(Self.asked, Self.alpha, .active), opening, done,
        ]
        var writes: [Write] = all.map { .set(Keys.position(0, $0.id), $0.fields) }
        var watch = PositionTracker.Watch()
        watch.ltp = "96.00"
        watch.bid = "95.90"
        watch.tickAt = Self.now
        writes.append(.set(Keys.position(0, Self.asked), watch.fields))
        writes += all.filter { !$0.status.isClosed }.map {
            .addMember(Keys.open(0, $0.account), $0.id.text)
        }
        try commit(.shard(0), writes + orders + accounts + exits)
    }

    private var orders: [Write] {
        let first = CorrelationID(Self.stuck, .exit, attempt: 1, slice: 1)
        let second = CorrelationID(Self.stuck, .exit, attempt: 2, slice: 1)
        let entry = CorrelationID(Self.opening, .entry, attempt: 1, slice: 1)
        var sending = Self.order(entry, .sending, number: nil)
        sending.account = Self.bravo
        sending.nonce = "n1"
        sending.markedAt = Self.now
        return [
            .set(
                Keys.order(0, first),
                Self.order(first, .cancelled, number: "7001", filled: 35).fields),
            .set(
                Keys.order(0, second),
                Self.order(second, .open, number: "7002", error: "price band").fields),
            .set(Keys.order(0, entry), sending.fields),
            .setText(Keys.orderNumber(0, "7001"), first.text),
            .setText(Keys.orderNumber(0, "7002"), second.text),
            .schedule(
                Keys.ordersDue(0), member: second.text, at: Self.now.milliseconds + 1_200),
            .schedule(
                Keys.calling(0), member: entry.text, at: Self.now.milliseconds + 3_000),
        ]
    }

    private var accounts: [Write] {
        var day = AccountDay()
        day.rev = 4
        day.capital = "200000.00"
        day.reserved = "14000.00"
        day.realised = "-1250.00"
        day.charges = "61.50"
        day.trades = 3
        day.open = 2
        day.lossesInRow = 1
        day.lastExits[Fixtures.call] = .at(10, 15)
        day.openBooks[AccountDay.Book(Fixtures.index, .call)] = 2
        var budget = OrderBudget()
        budget.rev = 1
        budget.take(at: Self.now)
        return [
            .set(Keys.account(0, Self.alpha, Fixtures.day), day.fields),
            .set(Keys.account(0, Self.alpha, Fixtures.day + -1), day.fields),
            .set(Keys.account(0, Self.bravo, Fixtures.day), day.fields),
            .set(Keys.budget(0, Self.alpha), budget.fields),
            .set(
                Keys.backlog(0),
                ["entries": "2001", "at": Self.now.text, "paused_at": Self.now.text]),
            .schedule(
                Keys.unreconciled(0), member: "alpha", at: 13_000),
            .schedule(Keys.reconcileDue(0), member: "alpha", at: 13_000),
            .set(
                Keys.reconciled(0, Self.alpha),
                ["day": Fixtures.day.text, "read_at": Self.now.text, "failures": "0", "rev": "1"]),
            .set(
                Keys.lossLimit(0, Self.alpha),
                ["day": Fixtures.day.text, "loss": "12500.00", "rev": "1"]),
            .setText(
                Keys.verdict(0, Self.signal, Self.alpha), "entered \(Self.stuck)"),
        ]
    }

    private var exits: [Write] {
        [
            .schedule(
                Keys.exitsDue(0), member: Self.stuck.text, at: Self.now.milliseconds - 400),
            .setText(
                Keys.exitLock(0, Self.stuck),
                "worker=w1:exit-engine-0 attempt=2 reason=stop_loss order=\(Self.stuck)-x2-1 "
                    + "since=\(EventTime.at(10, 29, 55).text)"),
        ]
    }
}

enum SampleError: Error {
    case notWritten([[CommitVerdict]])
}
