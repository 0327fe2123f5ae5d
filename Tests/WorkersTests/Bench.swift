import Foundation
import Logging
import MessageBus
import Settings
import Stages
import Support
import Testing
import Trading
import Workers

/// A bus in memory and what a test asks of it.
struct Bench {
    let bus: MemoryBus
    let session: any BusSession

    /// 2 January 2026, the morning: the wall's clock.
    static let morning = EventTime(milliseconds: 1_767_325_500_000)
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init(_ bus: MemoryBus = MemoryBus(wall: morning)) {
        self.bus = bus
        session = bus.session("test")
    }

    static func desk(_ yaml: String = plain, isLive: Bool = false) throws -> Desk {
        Desk(try SquareoffSettings.parse(yaml, name: "test"), isLive: isLive)
    }

    /// Three accounts on one strategy.
    static let plain = """
        indices: [BANKNIFTY]
        accounts:
          alpha: { capital: 200000, strategies: [supertrend] }
          bravo: { capital: 200000, strategies: [supertrend] }
          charlie: { capital: 200000, strategies: [supertrend] }
        strategies:
          supertrend: { indices: [BANKNIFTY] }
        """

    @discardableResult
    func write(
        _ writes: Write..., guards: [Guard] = [], in slot: Slot = .shard(0)
    ) throws -> CommitVerdict {
        try commit(Change(guards: guards, writes: writes), in: slot)
    }

    @discardableResult
    func commit(_ change: Change, in slot: Slot = .shard(0)) throws -> CommitVerdict {
        let verdicts = try session.commit([Commit(slot: slot, owner: .anyone, changes: [change])])
        return try #require(verdicts.first?.first)
    }

    func fields(_ key: Key) throws -> Fields {
        guard case .fields(let fields) = try answer(.hash(key)) else { return Fields() }
        return fields
    }

    func text(_ key: Key) throws -> String? {
        guard case .text(let text) = try answer(.text(key)) else { return nil }
        return text
    }

    func entries(_ stream: Key) throws -> [Fields] {
        guard case .entries(let entries) = try answer(.range(stream, from: .zero, limit: 10_000))
        else { return [] }
        return entries.map(\.fields)
    }

    func pending(_ stream: Key, _ group: String) throws -> Int {
        guard case .pending(let rows) = try answer(.pending(stream, group: group, limit: 1_000))
        else { return 0 }
        return rows.count
    }

    func count(_ key: Key) throws -> Int {
        guard case .number(let count) = try answer(.count(key)) else { return 0 }
        return count ?? 0
    }

    func answer(_ query: Query) throws -> Answer {
        try #require(try session.load([query]).answers.first)
    }

    /// The clock of a replay, and the instruments that it trades.
    func setUp(at time: EventTime = .at(10, 0), instruments: [Instrument]) throws {
        let list = instruments.map { Fields.Pair(name: $0.id.text, value: $0.text) }
        try write(
            .set(Keys.instruments, Fields(list)), .setText(Keys.clock, time.text), in: .bus)
    }
}

extension GroupWorker {
    convenience init(_ stage: any GroupStage, _ bus: MemoryBus, name: String = "w") {
        self.init(
            stage, session: bus.session(name),
            name: WorkerName(stage: stage.name, given: name), log: Bench.quiet)
    }
}

extension OrderedWorker {
    convenience init(_ stage: any OrderedStage, _ bus: MemoryBus, name: String) {
        self.init(
            stage, session: bus.session(name),
            name: WorkerName(stage: stage.name, given: name), log: Bench.quiet)
    }
}

extension Worker {
    func turns(_ count: Int) throws { for _ in 0..<count { try turn(wait: false) } }
}
