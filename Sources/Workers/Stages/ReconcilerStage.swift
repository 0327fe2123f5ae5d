package import Brokers
package import MessageBus
import Stages
package import Trading

/// The reconciler's hands: whoever finds an account due asks its broker, and the due time's score
/// lets one of them commit what comes of it.
package final class ReconcilerStage: GroupStage {
    package let name = Reconciler.name
    package let slot: Slot
    package let streams: [Key] = []
    package let dueSets: [DueSet]

    let desk: Desk
    let shard: Int
    private let brokers: [AccountID: any Broker]
    private let reads: BookReads
    private let backstop: BackstopWatch
    /// When an account was last asked, by the steady clock.
    private var askedAt: [AccountID: EventTime] = [:]
    /// When it was last seen which accounts have something in flight, by the steady clock.
    private var lookedAt: EventTime?
    /// Good reads whose comparison was refused.
    var refused: [BookReads.Read] = []

    private static let lookEvery = Span.milliseconds(500)
    private static let mostInFlight = 1_000

    /// - Parameter brokers: one for each account of the shard; this thread makes all calls.
    package init(
        _ desk: Desk, shard: Int, brokers: [AccountID: any Broker], interrupt: any BusInterrupt
    ) {
        self.desk = desk
        self.shard = shard
        self.brokers = brokers
        reads = BookReads(interrupt: interrupt)
        backstop = BackstopWatch(desk, shard: shard, brokers, interrupt: interrupt)
        slot = .shard(shard)
        dueSets = [
            DueSet(Keys.reconcileDue(shard), by: .wall),
            DueSet(Keys.unreconciled(shard), by: .wall),
        ]
    }

    package var hasOwnWork: Bool { hasReads || backstop.hasNews }
    private var hasReads: Bool { reads.hasAnswers || !refused.isEmpty }

    package func joined(_ session: any BusSession) throws(BusError) {
        lookedAt = nil
        try Venues.ensure(desk, shard: shard, session)
        try scheduleAll(session)
    }

    /// They were asked for before the server was lost, which may have marked accounts since.
    package func failed() { refused = [] }

    package func settle(
        _ work: Work, _ session: any BusSession
    ) throws(BusError) -> [Step] {
        // An account that nobody here trades for stays: should it be ours one day, its books have
        // not been read.
        for (member, times) in due(work).sorted(by: { $0.key < $1.key }) {
            ask(AccountID(member), times, session)
        }
        try askForWhatIsInFlight(session)
        // The books of a broker where the positions are not would show none of them.
        if hasReads { try Venues.ensure(desk, shard: shard, session) }
        var steps: [Step] = []
        for read in try takeRefused(session) + reads.takeAnswers() {
            steps.append(try compare(read, work, session))
        }
        steps += try backstop.turn(work, session)
        return steps
    }

    /// By account: the due times that name it.
    private func due(_ work: Work) -> [String: [Key: DueTime]] {
        var found: [String: [Key: DueTime]] = [:]
        for (set, times) in zip(dueSets, work.due) {
            for time in times { found[time.member, default: [:]][set.key] = time }
        }
        return found
    }

    private func ask(
        _ account: AccountID, _ due: [Key: DueTime], _ session: any BusSession
    ) {
        guard let broker = brokers[account], reads.begin(account, now: session.steady) else {
            return
        }
        askedAt[account] = session.steady
        let asked = session.wall
        broker.books { [reads] result in
            reads.answer(
                BookReads.Read(
                    account: account, due: due, asked: asked, books: try? result.get()))
        }
    }

    /// An order that was sent since the last read makes the next one urgent, whatever that had
    /// found.
    private func askForWhatIsInFlight(_ session: any BusSession) throws(BusError) {
        let now = session.steady
        if let lookedAt, now - lookedAt < Self.lookEvery { return }
        lookedAt = now
        let answers = try session.loadEach([
            .due(Keys.ordersDue(shard), limit: Self.mostInFlight),
            .due(Keys.reconcileDue(shard), limit: desk.accounts.count + Self.mostInFlight),
        ]).answers
        guard case .success(.due(let orders)) = answers[0],
            case .success(.due(let times)) = answers[1]
        else { return }
        let set = Keys.reconcileDue(shard)
        let waiting = Dictionary(times.map { ($0.member, $0) }) { first, _ in first }
        let ids = orders.compactMap { CorrelationID(text: $0.member) }
        for account in try accounts(of: ids, session).filter(isLongAsked) {
            guard let time = waiting[account.text], try isLongRead(account, session) else {
                continue
            }
            ask(account, [set: time], session)
        }
    }

    private func isLongAsked(_ account: AccountID) -> Bool {
        guard let asked = askedAt[account], let now = lookedAt else { return true }
        return now - asked >= desk.reconciler.inFlightEvery
    }

    /// By whichever reconciler.
    private func isLongRead(
        _ account: AccountID, _ session: any BusSession
    ) throws(BusError) -> Bool {
        let found = try session.loadEach([
            .fields(Keys.reconciled(shard, account), [Field.readAt.rawValue])
        ])
        guard case .success(.fields(let fields)) = found.answers[0],
            let text = fields[Field.readAt.rawValue], let read = EventTime(text: text)
        else { return true }
        return found.wall - read >= desk.reconciler.inFlightEvery
    }

    private func accounts(
        of orders: [CorrelationID], _ session: any BusSession
    ) throws(BusError) -> [AccountID] {
        guard !orders.isEmpty else { return [] }
        let answers = try session.loadEach(
            orders.map { .fields(Keys.order(shard, $0), [Field.account.rawValue]) }
        ).answers
        var accounts: Set<AccountID> = []
        for case .success(.fields(let fields)) in answers {
            if let name = fields[Field.account.rawValue] { accounts.insert(AccountID(name)) }
        }
        return accounts.sorted()
    }
}
