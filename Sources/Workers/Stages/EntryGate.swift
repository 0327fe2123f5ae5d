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

    /// What it asks of the bus.
    static func queries(_ shard: Int) -> [Query] {
        [.hash(Keys.halt), .due(Keys.unreconciled(shard), limit: 100_000)]
    }

    init(_ desk: Desk, now: EventTime, _ answers: [Answer]) {
        self.desk = desk
        self.now = now
        session = desk.calendar.session(on: now.day)
        for answer in answers {
            switch answer {
            case .fields(let fields): halts = Halts(fields)
            case .due(let times): unreconciled = Set(times.map { AccountID($0.member) })
            default: break
            }
        }
    }

    /// Nil for exits, always.
    func refusal(_ order: Order) -> Refusal? {
        guard order.purpose == .entry, let account = desk.accounts[order.account] else {
            return order.purpose == .entry ? .halted : nil
        }
        return EntryGuard.recheck(
            order, halts: halts, isReconciled: !unreconciled.contains(account.id),
            session: session, profile: account.entry, now: now)
    }
}
