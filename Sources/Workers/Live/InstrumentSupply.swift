package import Brokers
import Logging
import MessageBus
package import Trading

/// The broker's list of contracts of a day.
package protocol ContractLister: Sendable {
    func list(
        on day: Day, _ answer: @escaping @Sendable (Result<[Instrument], DhanError>) -> Void)
}

extension DhanInstruments: ContractLister {}

/// Sees to it that the day's contracts stand in Redis: at the start where they are missing or of
/// another day, and each trading day's morning after that. Nothing waits for it but entries.
struct InstrumentSupply {
    private let lists: any ContractLister
    private let desk: Desk
    private let log: Logger
    /// The day whose list is known to stand there.
    private var has: Day?
    private var asking: (day: Day, box: AnswerBox<[Instrument]>)?
    /// By the steady clock.
    private var nextAt: EventTime?
    private var failure: String?
    private var isTold = false

    /// Before, the broker still has the list of the day before.
    static let morning = TimeOfDay(8, 0)
    private static let lookEvery = Span.seconds(30)
    private static let tryEvery = Span.seconds(60)

    init(_ desk: Desk, _ lists: any ContractLister, log: Logger) {
        self.desk = desk
        self.lists = lists
        self.log = log
    }

    /// The trading day whose list is the one to have.
    static func day(at time: EventTime, _ calendar: TradingCalendar) -> Day {
        let newest = time.timeOfDay < morning ? time.day + -1 : time.day
        if case .closed = calendar.session(on: newest) {
            return calendar.previousTradingDay(before: newest) ?? newest
        }
        return newest
    }

    /// - Parameters:
    ///   - now: by the steady clock.
    ///   - wake: called when the list is there.
    /// - Returns: the list, where there is a new one to write.
    mutating func turn(
        _ session: any BusSession, at now: EventTime, wake: @escaping @Sendable () -> Void
    ) throws(BusError) -> Commit? {
        if let commit = take() { return commit }
        guard asking == nil, nextAt.map({ now >= $0 }) ?? true else { return nil }
        let day = Self.day(at: session.wall, desk.calendar)
        guard has.map({ $0 < day }) ?? true else { return nil }
        nextAt = now + Self.lookEvery
        if let stored = try InstrumentBook.day(session), stored >= day {
            (has, failure) = (stored, nil)
            return nil
        }
        nextAt = now + Self.tryEvery
        let box = AnswerBox<[Instrument]>()
        asking = (day, box)
        log.info("the contracts of \(day.text) are fetched")
        lists.list(on: day) { answer in
            box.put(answer)
            wake()
        }
        return nil
    }

    private mutating func take() -> Commit? {
        guard let asking, let answer = asking.box.answer else { return nil }
        self.asking = nil
        switch answer {
        case .failure(let error): failure = error.reason
        case .success(let all):
            let chosen = InstrumentBook.chosen(all, desk.indices)
            guard chosen.contains(where: { $0.option != nil }) else {
                let names = desk.indices.map(\.text).joined(separator: ", ")
                failure = "no option of \(names) among \(all.count) contracts"
                return nil
            }
            failure = nil
            log.info("\(chosen.count) of \(all.count) contracts of \(asking.day.text)")
            return Commit(
                slot: .bus, owner: .anyone,
                changes: [Change(writes: InstrumentBook.writes(chosen, of: asking.day))])
        }
        return nil
    }

    /// Once for each time of failing, and once for its end.
    mutating func alarm(at now: EventTime) -> Alarm? {
        guard let failure else {
            defer { isTold = false }
            return isTold
                ? Alarm(
                    .notice, stage: StageName.marketFeed, message: "the day's contracts are there",
                    at: now) : nil
        }
        guard !isTold else { return nil }
        isTold = true
        return Alarm(
            .critical, stage: StageName.marketFeed,
            message: """
                no entries: the day's contracts cannot be had, \(failure). It is tried again each \
                minute; or run squareoff instruments, with a file of contracts under instruments \
                where the broker has none
                """, at: now)
    }
}
