package import Trading

extension ExitProfile {
    /// Attempts whose end is followed at once, whatever it was.
    private static let quickAttempts = 3
    /// The longest factor by which a hopeless exit slows down: 2 s become 64 s.
    private static let slowestDoubling = 5
    /// An expired contract has no market. It is settled, and what its last attempt is told says
    /// less each time; but the list may be wrong about the day, and no exit is given up.
    private static let pauseAfterExpiry = Span.minutes(60)

    /// From the alarm on, each attempt takes twice as long as the one before: chasing every two
    /// seconds all day would use up the orders that the other positions need.
    private func slowing(_ attempt: Int) -> Int {
        1 << min(Self.slowestDoubling, max(0, attempt - alarmFrom))
    }

    /// How long the orders of this attempt may rest.
    package func patience(with attempt: Int) -> Span {
        Span(milliseconds: chaseAfter.milliseconds * slowing(attempt))
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
