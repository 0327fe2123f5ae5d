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
    /// By the wall's clock: nobody has marked the order in a run before later than this.
    package var since: EventTime
    /// How long after its mark an order is in the broker's book at the latest.
    package var wait: Span
    /// The run in which the position was created.
    package var position: RunID?
    /// The last whole book of the account that this gateway has read.
    package var book: SeenBook?

    package init(
        run: RunID, since: EventTime, wait: Span, position: RunID?, book: SeenBook? = nil
    ) {
        self.run = run
        self.since = since
        self.wait = wait
        self.position = position
        self.book = book
    }

    /// From then on the broker's book shows all that a run before has sent.
    var shown: EventTime { since + wait }

    func isKnown(_ order: Order) -> Bool {
        position == run || order.run == run || isMissing(order)
    }

    /// One book tells of all the orders of its account; none needs a look of its own after that.
    private func isMissing(_ order: Order) -> Bool {
        guard let book, book.asked >= shown else { return false }
        return !book.orders.contains(order.id) && !book.hasLater(than: order.id)
    }
}

/// What a whole book has shown, for all orders of the account that were not asked for in it.
package struct SeenBook: Sendable, Hashable {
    /// By the wall's clock.
    package var asked: EventTime
    package var orders: Set<CorrelationID>
    private var latestExit: [PositionID: Int] = [:]

    package init(_ book: OrderBook, asked: EventTime) {
        self.asked = asked
        orders = Set(book.orders.compactMap(\.correlation))
        for order in orders where order.purpose == .exit {
            latestExit[order.position] = max(order.attempt, latestExit[order.position] ?? 0)
        }
    }

    /// Of the same exit. An attempt is made only when the one before is over: whatever the server
    /// has forgotten of that one, it must not be sent any more.
    func hasLater(than order: CorrelationID) -> Bool {
        order.purpose == .exit && latestExit[order.position] ?? 0 > order.attempt
    }
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

    /// Asked for before it was sent, and not in the book.
    ///
    /// One look will do, where it takes several to call an order absent: all that a run before has
    /// sent was in the book by then, and nobody sends this order meanwhile. A run that asked and
    /// was restarted may have sent it after all, and forgotten that: the wait is then this run's.
    static func unsent(
        _ order: Order, _ origin: OrderOrigin, book: SeenBook, profile: GatewayProfile,
        now: EventTime, wall: EventTime
    ) -> [Effect] {
        if book.hasLater(than: order.id) {
            return settle(
                order, as: .rejected, reason: "a later attempt is at the broker", profile: profile,
                now: now)
        }
        let asked = book.asked
        var waiting = order
        // What is held is to be looked at again after each restart.
        if order.run != origin.run, order.heldAt != nil { waiting.heldAt = wall }
        waiting.run = origin.run
        waiting.markedAt = origin.since
        guard asked >= origin.shown else {
            waiting.looks += 1
            waiting.firstLookAt = order.firstLookAt ?? asked
            let pause = max(profile.retryAfter, origin.shown - wall)
            return [.saveOrder(waiting), .scheduleOrder(order.id, at: now + pause)]
        }
        waiting.status = .accepted
        waiting.markedAt = nil
        waiting.error = nil
        waiting.looks = 0
        waiting.firstLookAt = nil
        return [.saveOrder(waiting), .scheduleOrder(order.id, at: now)]
    }
}
