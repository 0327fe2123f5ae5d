package import Trading

/// What tells whether an order that stands `accepted` here may be at the broker all the same: a
/// server that was restarted may have forgotten the mark of the sender that sent it, and the claim
/// of its attempt too.
///
/// Told by runs of the server and not by times: the clocks of two hosts differ by more than what a
/// crash takes away.
package struct OrderOrigin: Sendable, Hashable {
    /// The server's run that this gateway is connected to.
    package var run: RunID
    /// The run in which the position was created.
    package var position: RunID?
    /// The run of the attempt before (``Order/run``): an attempt begins when that one has ended.
    package var attemptBefore: RunID?

    package init(run: RunID, position: RunID?, attemptBefore: RunID? = nil) {
        self.run = run
        self.position = position
        self.attemptBefore = attemptBefore
    }

    var isKnown: Bool { position == run || attemptBefore == run }
}

extension Gateway {
    /// Nobody may send it before the broker's book has been asked: from now on it is an order
    /// whose outcome is unknown, marked at this moment.
    static func ask(
        _ order: Order, profile: GatewayProfile, now: EventTime, wall: EventTime
    ) -> [Effect] {
        var asked = order
        asked.markedAt = wall
        return unknown(
            asked, reason: "it may have been sent before the server was restarted", lookAt: now,
            profile: profile, now: now)
    }

    /// An account's book was read, or could not be, after the server's restart.
    ///
    /// - Parameter wall: by which the next attempt is scheduled.
    package static func reconciled(
        _ account: AccountID, isReadable: Bool, profile: GatewayProfile, now: EventTime,
        wall: EventTime
    ) -> [Effect] {
        guard isReadable else { return [.unreconciled(account, until: wall + profile.retryAfter)] }
        return [
            .unreconciled(account, until: nil),
            .alarm(
                Alarm(
                    .notice, stage: name,
                    message: "the broker's book of \(account) was read: it may enter again",
                    account: account, at: now)),
        ]
    }
}
