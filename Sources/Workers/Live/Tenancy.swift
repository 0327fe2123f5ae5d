import MessageBus
import Trading

/// A lease that guards nothing but the work of two: what two holders write at once does no harm,
/// so there is no fence behind it.
struct Tenancy {
    let lease: Key
    let holder: String
    /// By the steady clock.
    private var renewedAt: EventTime?

    init(of lease: Key, by holder: String) {
        self.lease = lease
        self.holder = holder
    }

    /// Takes the lease where it is free, and renews it in time.
    mutating func hold(_ session: any BusSession) throws(BusError) -> Bool {
        let now = session.steady
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
}
