package import Trading

/// What becomes of an order and its position when the broker says something of the order.
///
///     order-updates ──▶ OrderUpdateHandler ──▶ order, position, account's day, exits, positions
///
/// The rules:
/// 1. Filled quantities only rise, also after a terminal status, and every rise is acted upon.
/// 2. A status moves forward only. The first terminal one ends the order, once.
/// 3. A position opens on entry fills. It is exited when its entry has finished and exit fills
///    equal entry fills, and cancelled when its entry has finished without any.
/// 4. What is left when an attempt has finished is asked for again, with the frozen reason.
/// 5. A value that was rounded is made exact as soon as somebody knows it, without a fill. Of an
///    order that has ended, the book is asked for it.
/// 6. Fills after the close revive the position, and are closed.
/// 7. What cannot be (more filled than ordered, more sold than bought) is stored as it is said,
///    needs a person, and is never clipped.
///
/// The state after a set of updates does not depend on their order or number.
package enum OrderUpdateHandler {
    package static let name = "order-update-handler"

    /// - Parameter day: the account's day on which the position was created, which is where it is
    ///   booked.
    package static func decide(
        update: OrderUpdate, order: Order?, position: PositionTracker?, day: AccountDay,
        charges: ChargeSchedule, now: EventTime
    ) -> Decision {
        guard let order else { return .deadLetter("no order \(update.order)") }
        guard let position else { return .deadLetter("no position of order \(update.order)") }
        let changed = order.applying(
            update, contract: position.contract, charges: charges, now: now)
        guard changed != order else { return .drop("no news of \(order.id)") }

        let change = Change(
            order: (order, changed), position: (position, position), update: update, now: now
        ).settled()
        var effects = change.orderEffects
        if change.position.after != position {
            effects += change.positionEffects
            let rebooked = day.rebooked(
                from: position, to: change.position.after, now: now)
            if rebooked != day {
                effects.append(
                    .saveDay(rebooked, position.account, position.createdAt.day))
            }
        }
        return .commit(effects + change.alarms.map(Effect.alarm))
    }

    /// One update's effect on its order and on its position.
    struct Change {
        var order: (before: Order, after: Order)
        var position: (before: PositionTracker, after: PositionTracker)
        var update: OrderUpdate
        var now: EventTime
    }
}

extension OrderUpdateHandler.Change {
    var orderFinished: Bool { !order.before.status.isFinished && order.after.status.isFinished }

    /// The broker has an order that was given up as absent or refused.
    private var foundAlive: Bool {
        order.after.status == .absent && order.before.number == nil
            && order.after.number != nil && !update.status.isFinished
    }

    var orderEffects: [Effect] {
        let after = order.after
        var effects: [Effect] = [.saveOrder(after)]
        if order.before.number == nil, let number = after.number {
            effects.append(.number(number, after.id))
        }
        effects += look.map { [$0] } ?? []
        if orderFinished || order.before.nonce != nil && after.nonce == nil {
            effects.append(.calling(after.id, false))
        }
        return effects
    }

    /// What `orders:due` has to do with the order from here on; nil for what it had.
    private var look: Effect? {
        let (before, after) = order
        // Cancelled from there, again and again until the broker says that it has ended.
        if foundAlive { return .scheduleOrder(after.id, at: now) }
        if after.lacksValue {
            let isNews = !before.lacksValue || after.total != before.total
            return isNews ? .scheduleOrder(after.id, at: now) : nil
        }
        return orderFinished || before.lacksValue ? .scheduleOrder(after.id, at: nil) : nil
    }

    var alarms: [Alarm] {
        var messages: [String] = []
        let (before, after) = position
        if after.reviewReason != before.reviewReason, let reason = after.reviewReason {
            messages.append(reason)
        }
        if before.status.isClosed, !after.status.isClosed {
            messages.append("late fills of a position that was \(before.status.text)")
        }
        if foundAlive { messages.append("order \(order.after.id) was given up and is alive") }
        return messages.map {
            Alarm(
                .critical, stage: OrderUpdateHandler.name, message: $0, account: after.account,
                position: after.id, trace: after.signal, at: now)
        }
    }
}
