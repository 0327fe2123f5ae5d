package import Trading

extension ExitEngine {
    /// What an exit needs to know of orders that were placed by hand.
    package struct Hand: Sendable {
        /// Nil where it cannot be read: then the exit goes on without, for an exit is never held
        /// back.
        package var trades: HandTrades?
        /// The account's day on which the position was created.
        package var day: AccountDay

        package init(trades: HandTrades?, day: AccountDay = AccountDay()) {
            self.trades = trades
            self.day = day
        }

        package func hasSold(_ position: PositionTracker) -> Bool {
            position.remaining > .zero
                && trades.map { $0.sold(of: position.contract.instrument) > .zero } ?? false
        }
    }

    /// Leaves out what was sold by hand: these units are not there any more. A decision of its
    /// own; the next look goes on with what is left. The caller has seen that no exit order works.
    ///
    /// - Parameter before: as it is stored.
    static func leaveOut(
        of position: PositionTracker, before: PositionTracker, hand: Hand, now: EventTime
    ) -> Decision {
        guard var trades = hand.trades else { return .drop("nothing is known to be sold by hand") }
        let part = trades.leaveOut(position.remaining, of: position.contract.instrument)
        var after = position
        after.byHand.quantity += part.units
        after.byHand.value += part.value
        let isOver = after.remaining == .zero && after.entry.working == 0
        if isOver { after.close(reduced: part.units, now: now) }
        var effects: [Effect] = [
            .saveHandTrades(trades, after.account), .save(after),
            .sendPosition(PositionEvent(after, at: now)), .alarm(reduced(after, part, now: now)),
        ]
        if isOver {
            effects += after.closing
            let rebooked = hand.day.rebooked(from: before, to: after, now: now)
            if rebooked != hand.day {
                effects.append(.saveDay(rebooked, after.account, after.createdAt.day))
            }
        } else {
            effects.append(.scheduleExit(after.id, at: after.exitOrder == nil ? nil : now))
        }
        return .commit(effects)
    }

    private static func reduced(
        _ position: PositionTracker, _ part: HandTrades.Balance, now: EventTime
    ) -> Alarm {
        Alarm(
            .warning, stage: name,
            message: "\(part.units.text) \(position.contract.symbol) were sold by hand, "
                + "\(position.remaining.text) are left",
            account: position.account, position: position.id, trace: position.signal, at: now)
    }
}

extension PositionTracker {
    fileprivate mutating func close(reduced units: Quantity, now: EventTime) {
        status = .exited
        closedAt = closedAt ?? now
        exitOrder =
            exitOrder
            ?? ExitOrder(
                reason: .byHand, evidence: "\(units.text) of \(entry.quantity.text) sold by hand",
                askedBy: ExitEngine.name, at: now)
    }

    /// What the close of a position asks of others.
    var closing: [Effect] {
        [.removeOpen(account, id), .unlock(id), .scheduleExit(id, at: nil)]
    }
}
