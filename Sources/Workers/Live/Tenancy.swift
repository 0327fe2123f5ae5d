import MessageBus
import Trading

/// A lease that guards nothing but the work of two: what two holders write at once does no harm,
/// so there is no fence behind it.
struct Tenancy {
    let lease: Key
    let holder: String
    /// By the steady clock.
    private var renewedAt: EventTime?
    /// When it was left to somebody else, by the steady clock.
    private var leftAt: EventTime?
    /// So long whom it was left to may try, before it may be left to this holder again. Each time
    /// twice as long: where nobody reaches the broker, it would only go to and fro.
    private var othersTry = Span.zero

    /// Who stands by takes a free lease well before.
    private static let aside = Span.seconds(3)
    private static let shortestTry = Span.minutes(1)
    private static let longestTry = Span.minutes(32)

    init(of lease: Key, by holder: String) {
        self.lease = lease
        self.holder = holder
    }

    /// Takes the lease where it is free, and renews it in time.
    mutating func hold(_ session: any BusSession) throws(BusError) -> Bool {
        let now = session.steady
        if let leftAt, now - leftAt < Self.aside { return false }
        if let renewedAt, now - renewedAt < OrderedWorker.renewEvery { return true }
        renewedAt = nil
        guard try session.lease(lease, holder: holder, life: OrderedWorker.leaseLife) else {
            return false
        }
        renewedAt = now
        return true
    }

    /// After an error: the next turn asks again.
    mutating func doubt() { renewedAt = nil }

    mutating func giveBack(_ session: any BusSession) throws(BusError) {
        guard renewedAt != nil else { return }
        renewedAt = nil
        try session.release(lease, holder: holder)
    }

    /// Gives it back where another process waits for it; where none does, a bad holder is better
    /// than none.
    ///
    /// - Returns: the worker that waits, and whether it is the first since the broker was reached.
    mutating func leave(
        _ session: any BusSession
    ) throws(BusError) -> (heir: String, isFirst: Bool)? {
        let (own, post) = (holder, Self.post(of: holder))
        let heir = try LivingWorkers.first(session) { name, beat in
            name != own && Self.post(of: name) == post
                && beat[Field.role.rawValue] == Role.standby && !Pulse.hangs(beat)
        }
        guard let heir else { return nil }
        try giveBack(session)
        leftAt = session.steady
        let isFirst = othersTry == .zero
        let twice = Span(milliseconds: othersTry.milliseconds * 2)
        othersTry = min(max(twice, Self.shortestTry), Self.longestTry)
        return (heir, isFirst)
    }

    /// The broker was reached.
    mutating func arrived() { othersTry = .zero }

    /// Of one who does not hold it: nil where he does not wait for it either.
    func role(at now: EventTime) -> String? {
        if let leftAt, now - leftAt < othersTry { return nil }
        return Role.standby
    }

    /// `order-listener-alpha` of `box1:order-listener-alpha`, in whichever process.
    private static func post(of worker: String) -> Substring? { worker.split(separator: ":").last }
}
