package import Trading

/// Who exits: turns a request, or the passing of time, into the next attempt of an exit.
///
///     exits, exits:due ──▶ ExitEngine ──▶ orders:exit
///
/// The rules, first hit wins:
/// 1. The entry still works: cancel it. How much must be sold is known when it has finished, and
///    the handler then sends the exit on.
/// 2. An attempt is in flight: leave it alone until it has had its time, then cancel its orders.
///    However late an attempt, what the market has left behind has had it soon.
///    The handler asks for the next attempt when all of them are known to be finished.
/// 3. Nothing is left to sell: nothing to do. What was sold by hand is left out first; an attempt
///    that would sell it again is cancelled at once.
/// 4. The last attempt failed at once, as some before it: wait for its pause to pass.
/// 5. Claim the next attempt.
///
/// An exit is never held back by a limit, a halt or a missing price.
package enum ExitEngine {
    package static let name = "exit-engine"

    /// An entry of `exits`.
    package static func decide(
        request: ExitRequest, position: PositionTracker?, hand: Hand, profile: ExitProfile,
        now: EventTime
    ) -> Decision {
        guard var position else {
            return .commit([
                .alarm(
                    Alarm(
                        .warning, stage: name,
                        message: "exit asked for position \(request.position), which is not known",
                        account: request.account, position: request.position, at: now))
            ])
        }
        if position.status.isClosed, position.remaining <= .zero {
            return .drop("position is \(position.status.text)")
        }
        if let attempt = request.attempt, attempt != position.exitAttempt + 1 {
            return .drop("attempt \(attempt) was asked for, \(position.exitAttempt) is the latest")
        }
        let before = position
        // The first reason stays: what is frozen is never overwritten.
        let exit = position.exitOrder ?? PositionTracker.ExitOrder(request)
        position.exitOrder = exit
        return next(
            Look(position: position, before: before, exit: exit, hand: hand, isDue: false),
            orders: [], profile: profile, now: now)
    }

    /// A position whose time in `exits:due` has come.
    /// - Parameter orders: those of the latest attempt, as far as they are known.
    package static func decide(
        due position: PositionTracker, orders: [Order], hand: Hand, profile: ExitProfile,
        now: EventTime
    ) -> Decision {
        if position.status.isClosed, position.remaining <= .zero { return unschedule(position) }
        guard let exit = position.exitOrder else {
            // Nobody asked for an exit, and somebody has sold of it all the same.
            guard hand.hasSold(position) else { return unschedule(position) }
            return leaveOut(of: position, before: position, hand: hand, now: now)
        }
        return next(
            Look(position: position, before: position, exit: exit, hand: hand, isDue: true),
            orders: orders, profile: profile, now: now)
    }

    /// Nothing is in flight and nothing is to be sold: a lock that is still held is a leftover.
    private static func unschedule(_ position: PositionTracker) -> Decision {
        .commit([.scheduleExit(position.id, at: nil), .unlock(position.id)])
    }

    /// One look at a position that must be closed.
    private struct Look {
        var position: PositionTracker
        var before: PositionTracker
        var exit: PositionTracker.ExitOrder
        var hand: Hand
        var isDue: Bool
    }

    private static func next(
        _ look: Look, orders: [Order], profile: ExitProfile, now: EventTime
    ) -> Decision {
        let position = look.position
        let hasSold = look.hand.hasSold(position)
        if hasSold, position.exit.working == 0 {
            return leaveOut(of: position, before: look.before, hand: look.hand, now: now)
        }
        if position.entry.working > 0 {
            return cancelEntry(look, profile: profile, now: now)
        }
        if position.exit.working > 0 {
            guard look.isDue || hasSold else {
                return .drop("attempt \(position.exitAttempt) is in flight")
            }
            return chase(look, orders: orders, profile: profile, now: now)
        }
        guard position.remaining > .zero else {
            return look.isDue ? unschedule(position) : .drop("nothing to sell")
        }
        // A broker that rejects everything at once would else eat the account's budget.
        if let earliest = profile.earliestClaim(of: position, now: now), now < earliest {
            return wait(position, until: earliest, exit: look.exit, profile: profile)
        }
        return .commit(
            claim(position, exit: look.exit, hand: look.hand, profile: profile, now: now))
    }

    /// Until somebody looks again, the exit keeps its lock.
    private static func wait(
        _ position: PositionTracker, until time: EventTime, exit: PositionTracker.ExitOrder,
        profile: ExitProfile, cancelling cancels: [Effect] = []
    ) -> Decision {
        .commit(
            cancels + [
                .renewLock(position.id, ExitLock(of: position, reason: exit.reason, profile)),
                .scheduleExit(position.id, at: time),
            ])
    }

    private static func cancelEntry(
        _ look: Look, profile: ExitProfile, now: EventTime
    ) -> Decision {
        let position = look.position
        var effects: [Effect] = []
        if position != look.before { effects.append(.save(position)) }
        effects += [
            .sendOrder(cancel(position.entryOrder, of: position, now: now)),
            .scheduleExit(position.id, at: now + profile.retryAfter),
        ]
        return .commit(effects)
    }

    /// Cancel and replace: a modification would keep the order alive at a price nobody knows.
    private static func chase(
        _ look: Look, orders: [Order], profile: ExitProfile, now: EventTime
    ) -> Decision {
        let position = look.position
        let hasSold = look.hand.hasSold(position)
        let rest = rest(of: orders, position, profile: profile, now: now)
        if !hasSold, now < rest.until {
            return wait(position, until: rest.look, exit: look.exit, profile: profile)
        }
        // One that waits to be sent must not sell what is gone.
        let idle = Set(
            orders.filter { !$0.mayRest && !(hasSold && $0.status == .accepted) }.map(\.id))
        let cancels = position.exitOrders.filter { !idle.contains($0) }.map {
            Effect.sendOrder(cancel($0, of: position, now: now))
        }
        return wait(
            position, until: now + profile.retryAfter, exit: look.exit, profile: profile,
            cancelling: cancels)
    }

    private static func cancel(
        _ order: CorrelationID, of position: PositionTracker, now: EventTime
    ) -> OrderRequest {
        OrderRequest(
            order: order, account: position.account, action: .cancel, at: now,
            trace: position.signal)
    }
}

extension PositionTracker.ExitOrder {
    fileprivate init(_ request: ExitRequest) {
        self.init(
            reason: request.reason, evidence: request.evidence, askedBy: request.askedBy,
            at: request.at)
    }
}

extension Order {
    /// There is something at the broker to cancel. What waits for the order budget rests nowhere
    /// yet; where nobody knows the broker's number, the look-up finds it first.
    fileprivate var mayRest: Bool {
        switch status {
        case .sent, .open, .partFilled: true
        case .accepted, .sending, .unknown, .filled, .rejected, .cancelled, .expired, .absent: false
        }
    }
}
