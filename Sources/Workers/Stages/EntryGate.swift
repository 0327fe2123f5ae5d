import MessageBus
import Stages
import Trading

/// Whether an entry may still be sent: asked by the gateway just before it sends.
struct EntryGate {
    private let desk: Desk
    private let now: EventTime
    private let session: SessionAnswer
    private var halts = Halts()
    /// Why the books of these accounts are not known to be as ours.
    private var unreconciled: [AccountID: String] = [:]
    /// Nobody enters while nobody knows whether all is halted.
    private var isBlind = false
    /// Why entries pause in the shard. Only what may send one needs to know.
    var pause: String?

    /// What it asks of the bus.
    ///
    /// - Parameter accounts: those that trade with money; their answers come last.
    static func queries(_ shard: Int, comparing accounts: [AccountID]) -> [Query] {
        [.hash(Keys.halt), .due(Keys.unreconciled(shard), limit: 100_000)]
            + accounts.map { LastComparison.query(shard, $0) }
    }

    init(
        _ desk: Desk, _ load: ShardLoad, _ accounts: [AccountID],
        _ answers: some Collection<Result<Answer, Unreadable>>
    ) {
        self.desk = desk
        now = load.now
        session = desk.calendar.session(on: now.day)
        for (account, answer) in zip(accounts, answers.dropFirst(2)) {
            unreconciled[account] = LastComparison.problem(
                answer, desk.reconciler, wall: load.wall)
        }
        for answer in answers.prefix(2) {
            switch answer {
            case .success(.fields(let fields)): halts = Halts(fields)
            case .success(.due(let times)):
                for time in times { unreconciled[AccountID(time.member)] = "its book was not read" }
            case .failure: isBlind = true
            default: break
            }
        }
    }

    /// Nil for exits, always.
    func refusal(_ order: Order) -> Refusal? {
        if isBlind, order.purpose == .entry { return .halted }
        guard order.purpose == .entry, let account = desk.accounts[order.account] else {
            return order.purpose == .entry ? .halted : nil
        }
        let server = ServerView(run: "", unreconciled: unreconciled[account.id], pause: pause)
        return EntryGuard.recheck(
            order, halts: halts, server: server, session: session, profile: account.entry,
            now: now)
    }
}
