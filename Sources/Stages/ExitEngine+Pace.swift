package import Trading

extension ExitProfile {
    /// Attempts whose end is followed at once, whatever it was.
    private static let quickAttempts = 3
    /// The longest factor by which a hopeless exit slows down: 2 s become 64 s.
    private static let slowestDoubling = 5
    /// The same where there is no price, as in a halt: 2 s become 256 s. What ends it is a price,
    /// and that is not waited for so long.
    private static let slowestWithoutPrice = 7
    /// An expired contract has no market. It is settled, and what its last attempt is told says
    /// less each time; but the list may be wrong about the day, and no exit is given up.
    private static let pauseAfterExpiry = Span.minutes(60)

    /// From the alarm on, each attempt takes twice as long as the one before: chasing every two
    /// seconds all day would use up the orders that the other positions need.
    private func slowing(_ attempt: Int, atMost most: Int = slowestDoubling) -> Int {
        1 << min(most, max(0, attempt - alarmFrom))
    }

    /// How long the orders of this attempt may rest.
    package func patience(with attempt: Int) -> Span {
        Span(milliseconds: chaseAfter.milliseconds * slowing(attempt))
    }

    /// The same for market orders, which were claimed without a price.
    package func patienceWithoutPrice(with attempt: Int) -> Span {
        Span(
            milliseconds: chaseAfter.milliseconds
                * slowing(attempt, atMost: Self.slowestWithoutPrice))
    }

    /// The least time from the claim of this attempt to the claim of the next. Never longer than
    /// its orders may rest, so that one that was cancelled for resting is followed at once.
    package func pause(after attempt: Int) -> Span {
        if attempt <= Self.quickAttempts { return .zero }
        return Span(milliseconds: min(retryAfter, chaseAfter).milliseconds * slowing(attempt))
    }

    /// Nil before the first attempt.
    func earliestClaim(of position: PositionTracker, now: EventTime) -> EventTime? {
        guard let claimed = position.exitClaimedAt else { return nil }
        let hasExpired = now.day > position.contract.expiry
        let pause = pause(after: position.exitAttempt)
        return claimed + (hasExpired ? max(pause, Self.pauseAfterExpiry) : pause)
    }

    /// The lock outlives the next look, which renews it, whatever the settings say.
    func lockLife(with attempt: Int) -> Span {
        max(lockLife, patience(with: attempt) + retryAfter + .minutes(1))
    }
}

extension ExitEngine {
    /// Until when the orders of the latest attempt may rest, and when to look at them next.
    ///
    /// A look costs no order. What the market has left behind, as it may when trading goes on after
    /// a halt, has had its time as soon as the next attempt may follow it.
    ///
    /// - Parameter known: of the position, its entry among them.
    static func rest(
        of known: [Order], _ position: PositionTracker, profile: ExitProfile, now: EventTime
    ) -> (until: EventTime, look: EventTime) {
        let claimed = position.exitClaimedAt ?? now
        let attempt = position.exitAttempt
        let orders = known.filter { $0.id.purpose == .exit && !$0.status.isFinished }
        let patience =
            if isLeftBehind(orders, position, profile: profile, now: now) {
                max(profile.chaseAfter, profile.pause(after: attempt))
            } else if orders.contains(where: { $0.type == .market }) {
                profile.patienceWithoutPrice(with: attempt)
            } else {
                profile.patience(with: attempt)
            }
        return (claimed + patience, min(claimed + patience, now + profile.chaseAfter))
    }

    /// A new price is below what an order wants. A market order rests at a price that the broker
    /// has made of an old one, so that any new price leaves it behind.
    private static func isLeftBehind(
        _ orders: [Order], _ position: PositionTracker, profile: ExitProfile, now: EventTime
    ) -> Bool {
        guard let claimed = position.exitClaimedAt, let tickAt = position.watch.tickAt,
            tickAt > claimed, let price = position.watch.bid ?? position.watch.ltp,
            limit(of: position, profile: profile, now: now) != nil
        else { return false }
        return orders.contains { $0.price.map { price < $0 } ?? true }
    }
}

extension ExitLock {
    /// The lock of the position's latest attempt.
    init(of position: PositionTracker, reason: ExitReason, _ profile: ExitProfile) {
        self.init(
            attempt: position.exitAttempt, reason: reason,
            order: CorrelationID(
                position.id, .exit, attempt: max(1, position.exitAttempt), slice: 1),
            since: position.exitClaimedAt ?? position.createdAt,
            life: profile.lockLife(with: position.exitAttempt))
    }
}
