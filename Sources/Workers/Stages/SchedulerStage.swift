package import Logging
package import MessageBus
import Stages
import Trading

/// The scheduler of one tick partition: the bars of its indices, in order, and their signals.
///
/// Signals live in another slot than the bars. They are committed first, under a fence of their
/// own there, whose cursor says up to which tick signals were made: a scheduler that reads the
/// same ticks again after a crash makes the same signals, and none of them twice.
package final class SchedulerStage: OrderedStage {
    package let name = StageName.scheduler
    package let number: Int
    package let slot: Slot
    package let streams: [Key]

    private let desk: Desk
    private let partition: Int
    private let log: Logger
    private var instruments = InstrumentBook()
    private var scheduler: Scheduler
    private var books: [IndexName: IndexBook] = [:]
    private var sent = Fence(epoch: 0, cursors: [:])

    package init(_ desk: Desk, partition: Int, log: Logger) {
        self.desk = desk
        self.partition = partition
        self.log = log
        number = partition
        slot = .partition(partition)
        streams = [Keys.ticks(partition)]
        scheduler = Self.scheduler(desk, InstrumentList([]))
    }

    /// The fence of this partition's holder, and what to call it.
    package static func fence(_ partition: Int) -> (Key, String) {
        (
            Keys.fence(.partition(partition), StageName.scheduler, partition),
            "\(StageName.scheduler) \(partition)"
        )
    }

    private static func scheduler(_ desk: Desk, _ list: InstrumentList) -> Scheduler {
        Scheduler(
            strategies: desk.strategies.map(SupertrendADX.init), calendar: desk.calendar,
            list: list)
    }

    package func load(_ session: any BusSession) throws(BusError) {
        sent = try session.raise(signalFence)
        try instruments.reload(session)
        scheduler = Self.scheduler(desk, instruments.list)
        let indices = Set(desk.strategies.flatMap(\.indices))
            .filter { desk.keys.partition(of: $0) == partition }.sorted()
        let loaded = try session.load(indices.map { .hash(Keys.bars(partition, $0)) })
        books = [:]
        for (index, answer) in zip(indices, loaded.answers) {
            guard case .fields(let fields) = answer else { continue }
            books[index] = book(of: index, fields)
        }
    }

    package func decide(
        _ deliveries: [Delivery], due: [[DueTime]], _ session: any BusSession
    ) throws(BusError) -> OrderedDecision {
        var signals: [(EntryID, Signal)] = []
        for delivery in deliveries {
            let at = EventTime(milliseconds: delivery.id.milliseconds)
            guard let fields = delivery.fields, let event = try? MarketEvent(fields, at: at) else {
                continue
            }
            for index in try indices(of: event, session) {
                guard let outcome = books[index].mutate({ scheduler.decide(event, book: &$0) })
                else { continue }
                signals += outcome.signals.map { (delivery.id, $0) }
                for note in outcome.notes { log.info("\(note)", metadata: ["stage": "\(name)"]) }
            }
        }
        try send(signals, session)
        return OrderedDecision(changes: changes())
    }

    package func refused(_ change: Int, _ session: any BusSession) throws(BusError) {
        // Its changes have no guards of their own; a refusal means that the state is not ours.
        throw .retry("the bars were changed by somebody else")
    }
}

extension SchedulerStage {
    private var signalFence: Key { Keys.fence(.bus, name, partition) }
    private var cursorField: String { CursorMove.field(of: Keys.ticks(partition)) }

    private func book(of index: IndexName, _ fields: Fields) -> IndexBook? {
        do throws(IndexBookError) {
            return try IndexBook(index, fields)
        } catch {
            log.error("bars of \(index) are begun anew: \(error)", metadata: ["stage": "\(name)"])
            return try? IndexBook(index)
        }
    }

    private func indices(
        of event: MarketEvent, _ session: any BusSession
    ) throws(BusError) -> [IndexName] {
        guard case .tick(let tick) = event else { return books.keys.sorted() }
        if let index = MarketIndex.with(id: tick.instrument)?.name { return [index] }
        if instruments[tick.instrument] == nil {
            try instruments.reload(session)
            scheduler = Self.scheduler(desk, instruments.list)
        }
        return instruments[tick.instrument].map { [$0.index] } ?? []
    }

    private func send(
        _ signals: [(EntryID, Signal)], _ session: any BusSession
    ) throws(BusError) {
        let from = sent.cursors[cursorField] ?? .zero
        let fresh = signals.filter { $0.0 > from }
        guard let last = fresh.last?.0 else { return }
        let move = CursorMove(field: cursorField, from: from, to: last)
        let commit = Commit(
            slot: .bus,
            owner: .holder(fence: signalFence, epoch: sent.epoch, cursors: [move]),
            changes: fresh.map { Change(writes: [.append(Keys.signals, $0.1.fields)]) })
        let verdicts = try session.commit([commit]).first ?? []
        guard verdicts.allSatisfy({ $0 == .applied || $0 == .already }) else {
            throw .retry("another scheduler has taken over")
        }
        sent.cursors[cursorField] = last
    }

    private func changes() -> [Change] {
        books.keys.sorted().compactMap { index in
            guard let (set, removed) = books[index].mutate({ $0.takeChanges() }) else { return nil }
            let key = Keys.bars(partition, index)
            var writes: [Write] = set.isEmpty ? [] : [.set(key, set)]
            if !removed.isEmpty { writes.append(.remove(key, fields: removed)) }
            return writes.isEmpty ? nil : Change(writes: writes)
        }
    }
}

extension Optional {
    /// Changes the value in its place; nil where there is none.
    fileprivate mutating func mutate<Result>(_ body: (inout Wrapped) -> Result) -> Result? {
        guard var value = self else { return nil }
        self = nil
        defer { self = value }
        return body(&value)
    }
}
