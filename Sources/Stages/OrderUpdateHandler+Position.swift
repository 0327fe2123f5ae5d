import Trading

extension OrderUpdateHandler.Change {
    /// Counts the order's fills into the position and draws the conclusions.
    func settled() -> Self {
        var change = self
        change.count()
        change.review()
        change.move()
        return change
    }

    private mutating func count() {
        let leg =
            order.after.purpose == .entry
            ? \PositionTracker.entry : \PositionTracker.exit
        position.after[keyPath: leg].quantity += order.after.filled - order.before.filled
        position.after[keyPath: leg].value += order.after.value - order.before.value
        position.after[keyPath: leg].charges += order.after.charges - order.before.charges
        if orderFinished { position.after[keyPath: leg].working -= 1 }
    }

    /// What the broker should never say. The fills are kept: they are what the account holds.
    private mutating func review() {
        let order = order.after
        if order.filled > order.quantity, order.filled > self.order.before.filled {
            position.after.reviewReason =
                "order \(order.id) filled \(order.filled.text) of \(order.quantity.text)"
            position.after.status = .needsReview
        }
        let left = position.after.remaining
        if left < .zero, left < position.before.remaining {
            let (entry, hand) = (position.after.entry.quantity, position.after.byHand.quantity)
            position.after.reviewReason =
                "sold \(position.after.exit.quantity.text) of \(entry.text)"
                + (hand > .zero ? ", \(hand.text) more by hand" : "")
            position.after.status = .needsReview
        }
    }

    private mutating func move() {
        let entry = position.after.entry.quantity
        if entry > .zero {
            position.after.openedAt = position.after.openedAt ?? now
            if position.after.status == .pending { position.after.status = .active }
        }
        let idle = position.after.entry.working == 0 && position.after.exit.working == 0
        if idle, position.after.remaining == .zero {
            close(as: entry > .zero ? .exited : .cancelled)
        } else if position.after.status.isClosed {
            revive()
        }
    }

    private mutating func close(as status: PositionStatus) {
        position.after.status = status
        position.after.closedAt = position.before.closedAt ?? now
    }

    private mutating func revive() {
        position.after.status = position.after.exit.working > 0 ? .exiting : .active
        position.after.closedAt = nil
        position.after.exitOrder =
            position.after.exitOrder
            ?? PositionTracker.ExitOrder(
                reason: .lateFill, evidence: "order \(order.after.id) filled after the close",
                askedBy: OrderUpdateHandler.name, at: now)
    }

    /// What the change of the position asks of others.
    var positionEffects: [Effect] {
        let (before, after) = position
        var effects: [Effect] = [.save(after), .sendPosition(PositionEvent(after, at: now))]
        if after.status.isClosed, !before.status.isClosed {
            effects += after.closing
        }
        if before.status.isClosed, !after.status.isClosed {
            effects.append(.addOpen(after.account, after.id))
        }
        if let exit = after.claimable, before.claimable == nil {
            effects += [
                .sendExit(
                    ExitRequest(
                        position: after.id, account: after.account, reason: exit.reason,
                        evidence: exit.evidence, askedBy: exit.askedBy, at: now,
                        attempt: after.exitAttempt + 1)),
                .scheduleExit(after.id, at: now),
            ]
        }
        return effects
    }
}

extension PositionTracker {
    /// The exit that was asked for, when its next attempt may be claimed now.
    fileprivate var claimable: ExitOrder? {
        guard entry.working == 0, exit.working == 0, remaining > .zero else { return nil }
        return exitOrder
    }
}
