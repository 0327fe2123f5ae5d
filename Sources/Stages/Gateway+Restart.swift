package import Trading

/// What tells whether an order that stands `accepted` here may be at the broker all the same: a
/// server that was restarted may have forgotten the mark of the sender that sent it, and the claim
/// of its attempt too.
///
/// Told by runs of the server and not by times: the clocks of two hosts differ by more than what a
/// crash takes away. Nor by the attempt before: one that is not at the broker now may have been
/// refused there outright, or found absent, and this one sent after it, all in what was forgotten.
package struct OrderOrigin: Sendable, Hashable {
    /// The server's run that this gateway is connected to.
    package var run: RunID
    /// When that run was met, by the wall's clock: nobody has marked an order in a run before
    /// later than this.
    package var since: EventTime
    /// The run in which the position was created.
    package var position: RunID?

    package init(run: RunID, since: EventTime, position: RunID?) {
        self.run = run
        self.since = since
        self.position = position
    }

    func isKnown(_ order: Order) -> Bool { position == run || order.run == run }
}

extension Gateway {
    /// Nobody may send it before the broker's book has been asked: from now on it is an order
    /// whose outcome is unknown, marked at the last moment at which a run before can have done so.
    /// Not in the book, it goes back to `accepted`.
    static func ask(
        _ order: Order, _ origin: OrderOrigin, profile: GatewayProfile, now: EventTime
    ) -> [Effect] {
        var asked = order
        asked.markedAt = origin.since
        asked.looks = 0
        asked.firstLookAt = nil
        return unknown(
            asked, reason: "it may have been sent before the server was restarted",
            askedIn: origin.run, lookAt: now, profile: profile, now: now)
    }

    /// Asked for before it was sent, in this very run, and not at the broker: it may be sent.
    ///
    /// One look will do, where it takes several to call an order absent: all that a run before has
    /// sent was in the book by then, and nobody sends this order meanwhile.
    static func cleared(_ order: Order, now: EventTime) -> [Effect] {
        var cleared = order
        cleared.status = .accepted
        cleared.markedAt = nil
        cleared.error = nil
        cleared.looks = 0
        cleared.firstLookAt = nil
        return [.saveOrder(cleared), .scheduleOrder(order.id, at: now)]
    }
}
