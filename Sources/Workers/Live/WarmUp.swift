import Brokers
import Logging
import MessageBus
import Stages
import Trading

/// Brings the scheduler the minutes that it has not heard, out of the broker's charts: its
/// indicators are warm a moment after a start. They go the way of the ticks, so that they have
/// their place among them, once, whoever reads.
struct WarmUp {
    private let keys: Keys
    private let calendar: TradingCalendar
    private var reader: any ChartReader
    private var waits: [IndexName: ChartWait]
    private var owesMark = false
    /// By the steady clock.
    private var markedAt: EventTime?

    /// A book that does not know is told again: the server may have lost it.
    private static let markAgain = Span.seconds(10)

    init(_ desk: Desk, _ reader: any ChartReader) {
        keys = desk.keys
        calendar = desk.calendar
        self.reader = reader
        let indices = Set(desk.strategies.flatMap(\.indices)).compactMap(MarketIndex.named)
        waits = Dictionary(uniqueKeysWithValues: indices.map { ($0.name, ChartWait($0)) })
    }

    /// Another account's right to data takes over.
    mutating func use(_ reader: any ChartReader) { self.reader = reader }

    /// Ticks come from here on; nobody knows what was missed.
    mutating func resume() { owesMark = true }

    /// Looks what the books lack.
    mutating func look(
        _ session: any BusSession, at now: EventTime
    ) throws(BusError) {
        let indices = waits.keys.sorted()
        let names = [IndexBook.resumedName, IndexBook.awaitedName]
        let found = try session.loadEach(
            indices.map { .fields(Keys.bars(keys.partition(of: $0), $0), names) })
        for (index, answer) in zip(indices, found.answers) {
            // One that cannot be read is begun anew by the scheduler.
            guard case .success(.fields(let fields)) = answer else { continue }
            let isTold = fields[IndexBook.resumedName] != nil
            if !isTold, markedAt.map({ now - $0 >= Self.markAgain }) ?? false { owesMark = true }
            waits[index]?.want(fields[IndexBook.awaitedName].flatMap(AwaitedBars.init(text:)))
        }
    }

    /// - Parameters:
    ///   - now: by the steady clock.
    ///   - time: of the entries.
    /// - Returns: what is to be written before the ticks of this turn, by partition.
    mutating func events(
        at now: EventTime, time: EventTime, wake: @escaping @Sendable () -> Void
    ) -> [(partition: Int, event: MarketEvent)] {
        var events: [(partition: Int, event: MarketEvent)] = []
        if owesMark {
            (owesMark, markedAt) = (false, now)
            events = (0..<keys.partitions).map { ($0, .resumed(time)) }
        }
        for index in waits.keys.sorted() {
            guard var wait = waits[index] else { continue }
            if let history = wait.answer(calendar) {
                events.append((keys.partition(of: index), .history(history, at: time)))
            }
            wait.ask(reader, at: now, wall: time, wake: wake)
            waits[index] = wait
        }
        return events
    }

    mutating func alarms(at now: EventTime) -> [Alarm] {
        var alarms: [Alarm] = []
        for index in waits.keys.sorted() {
            if let alarm = waits[index]?.alarm(at: now) { alarms.append(alarm) }
        }
        return alarms
    }
}
