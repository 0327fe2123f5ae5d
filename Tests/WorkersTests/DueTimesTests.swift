import Brokers
import MessageBus
import Stages
import Support
import Testing
import Trading

@testable import Workers

/// Due times that cannot be decided on, or not yet, beside those that can.
@Suite struct DueTimesTests {
    private let bench = Bench()

    private func gateway(_ broker: any Broker) throws -> GroupWorker {
        let session = bench.bus.session("w")
        let stage = GatewayStage(
            try Bench.desk(), shard: 0, brokers: ["alpha": broker],
            calls: BrokerCalls(interrupt: session.interrupt), timer: nil, nonces: .random)
        return GroupWorker(
            stage, session: session, name: WorkerName(stage: stage.name, given: "w"),
            log: Bench.quiet)
    }

    private func put(_ status: OrderStatus, _ number: Int, due time: EventTime) throws -> Order {
        var position = OrderFixtures.exiting()
        position.id = PositionID("251215-7k2m9q\(number)")
        position.account = "alpha"
        var order = OrderFixtures.exitOrder(status, of: position)
        order.account = "alpha"
        order.rev = 1
        order.run = "memory-1"
        try bench.write(
            .set(Keys.order(0, order.id), order.fields),
            .schedule(Keys.ordersDue(0), member: order.id.text, at: time.milliseconds))
        return order
    }

    @Test func `an exit is sent while a hundred looks in front of it are unanswered`() throws {
        try bench.setUp(at: .at(10, 6), instruments: [])
        let broker = MuteBroker()
        for number in 100..<200 { _ = try put(.unknown, number, due: .at(10, 5)) }
        let exit = try put(.accepted, 200, due: .at(10, 5, 30))
        try gateway(broker).turns(6)
        // One read of the book answers all of them.
        #expect(broker.looks == 1)
        #expect(broker.sent == [exit.id])
    }

    @Test func `a member that names no order is removed, and people hear of it`() throws {
        let sets = [Keys.ordersDue(0), Keys.calling(0)]
        for set in sets {
            for number in 0..<70 {
                try bench.write(.schedule(set, member: "nonsense-\(number)", at: 5))
            }
        }
        try gateway(MuteBroker()).turns(4)
        #expect(try sets.map { try bench.count($0) } == [0, 0])
        #expect(try bench.entries(Keys.alarms).count == 140)
    }

    @Test func `an exit that names no position is removed, and people hear of it`() throws {
        for number in 0..<70 {
            try bench.write(.schedule(Keys.exitsDue(0), member: "nonsense-\(number)", at: 5))
        }
        let worker = GroupWorker(ExitEngineStage(try Bench.desk(), shard: 0), bench.bus)
        try worker.turns(4)
        #expect(try bench.count(Keys.exitsDue(0)) == 0)
        #expect(try bench.entries(Keys.alarms).count == 70)
    }

    @Test func `an account's book is read behind a hundred of accounts that nobody knows`() throws {
        for number in 0..<100 {
            try bench.write(
                .schedule(Keys.unreconciled(0), member: "ghost-\(number)", at: 5))
        }
        try bench.write(.schedule(Keys.unreconciled(0), member: "alpha", at: 6))
        let session = bench.bus.session("r")
        let stage = ReconcilerStage(
            try Bench.desk(), shard: 0, brokers: ["alpha": LedgerBroker()],
            interrupt: session.interrupt)
        try GroupWorker(stage, bench.bus).turns(6)
        #expect(try bench.answer(.score(Keys.unreconciled(0), member: "alpha")) == .number(nil))
        // Should they be ours one day, their books have not been read.
        #expect(try bench.count(Keys.unreconciled(0)) == 100)
    }

    @Test func `a set of a wrong type stops neither entries nor the other set`() throws {
        try bench.write(.setText(Keys.ordersDue(0), "overwritten"))
        try bench.write(.schedule(Keys.exitsDue(0), member: "m", at: 5))
        try bench.write(.append(Keys.exits(0), ["n": "1"]))
        let worker = GroupWorker(Timed(), bench.bus)
        for _ in 0..<5 {
            #expect(worker.run(1).isEmpty)
            bench.bus.advance(by: .seconds(1))
        }
        #expect(try bench.pending(Keys.exits(0), "timed") == 0)
        #expect(try bench.count(Keys.exitsDue(0)) == 0)
        let alarms = try bench.entries(Keys.alarms)
        #expect(alarms.count == 1 && alarms.first?["stage"] == "timed")
    }

    @Test func `what has failed once and then went through runs with the others again`() throws {
        let stage = Timed()
        let worker = GroupWorker(stage, bench.bus)
        func due() throws {
            for member in ["a", "b", "c"] {
                try bench.write(.schedule(Keys.exitsDue(0), member: member, at: 5))
            }
            bench.bus.advance(by: .seconds(1))
            #expect(worker.run(2).isEmpty)
        }
        stage.fails = "b"
        try due()
        stage.fails = nil
        try due()
        stage.sizes = []
        try due()
        #expect(stage.sizes == [3])
    }
}

/// Unschedules what is due, but for one that it fails on.
private final class Timed: GroupStage {
    let name = "timed"
    let slot = Slot.shard(0)
    let streams = [Keys.exits(0)]
    let dueSets = [
        DueSet(Keys.ordersDue(0), by: .wall), DueSet(Keys.exitsDue(0), by: .wall),
    ]
    var fails: String?
    /// How many due times it was given at once.
    var sizes: [Int] = []

    func settle(_ work: Work, _ session: any BusSession) throws(BusError) -> [Step] {
        let entries = work.deliveries.map { Step($0, .commit(Change())) }
        let due = zip(dueSets, work.due).flatMap { set, times in times.map { (set.key, $0) } }
        if !due.isEmpty { sizes.append(due.count) }
        return entries
            + due.map { set, time in
                var step = Step(
                    nil, .commit(Change(writes: [.unschedule(set, member: time.member)])))
                if time.member == fails { step.outcome = .failed("told to fail") }
                step.due = (set, time)
                return step
            }
    }
}
