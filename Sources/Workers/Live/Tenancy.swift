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

    /// Who stands by takes a free lease well before.
    private static let aside = Span.seconds(3)
    /// So long whom it was left to may try, before it may be left to this holder again.
    private static let longestTry = Span.minutes(1)

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
    /// - Returns: the worker that waits.
    mutating func leave(_ session: any BusSession) throws(BusError) -> String? {
        let (own, post) = (holder, Self.post(of: holder))
        let heir = try LivingWorkers.first(session) { name, beat in
            name != own && Self.post(of: name) == post
                && beat[Field.role.rawValue] == Role.standby && !Pulse.hangs(beat)
        }
        guard let heir else { return nil }
        try giveBack(session)
        leftAt = session.steady
        return heir
    }

    /// Of one who does not hold it: nil where he does not wait for it either.
    func role(at now: EventTime) -> String? {
        if let leftAt, now - leftAt < Self.longestTry { return nil }
        return Role.standby
    }

    /// `order-listener-alpha` of `box1:order-listener-alpha`, in whichever process.
    private static func post(of worker: String) -> Substring? { worker.split(separator: ":").last }
}
