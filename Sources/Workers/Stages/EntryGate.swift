import MessageBus
import Stages
import Trading

/// Whether an entry may still be sent: asked by the gateway just before it sends.
struct EntryGate {
    private let desk: Desk
    private let now: EventTime
    private let session: SessionAnswer
    private var halts = Halts()
    private var unreconciled: Set<AccountID> = []
    /// Nobody enters while nobody knows whether all is halted.
    private var isBlind = false
    /// Why entries pause in the shard. Only what may send one needs to know.
    var pause: String?

    /// What it asks of the bus.
    static func queries(_ shard: Int) -> [Query] {
        [.hash(Keys.halt), .due(Keys.unreconciled(shard), limit: 100_000)]
    }

    init(_ desk: Desk, now: EventTime, _ answers: [Result<Answer, Unreadable>]) {
        self.desk = desk
        self.now = now
        session = desk.calendar.session(on: now.day)
        for answer in answers.prefix(2) {
            switch answer {
            case .success(.fields(let fields)): halts = Halts(fields)
            case .success(.due(let times)):
                unreconciled = Set(times.map { AccountID($0.member) })
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
        let server = ServerView(
            run: "",
            unreconciled: unreconciled.contains(account.id) ? "its book was not read" : nil,
            pause: pause)
        return EntryGuard.recheck(
            order, halts: halts, server: server, session: session, profile: account.entry,
            now: now)
    }
}
