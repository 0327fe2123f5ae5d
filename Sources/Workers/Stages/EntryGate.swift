import MessageBus
import Stages
import Trading

/// Whether an entry may still be sent: asked by the gateway just before it sends.
struct EntryGate {
    private let desk: Desk
    private let now: EventTime
    private let halts: Halts
    private let session: SessionAnswer

    /// - Parameter orders: where all of them are exits, nothing is loaded that they do not ask for.
    init(
        _ desk: Desk, now: EventTime, for orders: Set<CorrelationID>, _ session: any BusSession
    ) throws(BusError) {
        self.desk = desk
        self.now = now
        self.session = desk.calendar.session(on: now.day)
        guard orders.contains(where: { $0.purpose == .entry }),
            case .fields(let fields)? = try session.load([.hash(Keys.halt)]).answers.first
        else {
            halts = Halts()
            return
        }
        halts = Halts(fields)
    }

    /// Nil for exits, always.
    func refusal(_ order: Order) -> Refusal? {
        guard order.purpose == .entry, let account = desk.accounts[order.account] else {
            return order.purpose == .entry ? .halted : nil
        }
        return EntryGuard.recheck(
            order, halts: halts, session: session, profile: account.entry, now: now)
    }
}
