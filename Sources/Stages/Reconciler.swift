package import Trading

/// What the broker's books say that is not known here.
///
///     books ──▶ Reconciler ──▶ broker-events, what was traded by hand, exits, alarms
///
/// The rules:
/// 1. An unreadable book says nothing: nothing is concluded, and after several a person is told.
/// 2. What the book knows of our orders goes the way of all the broker's words, to the hub.
/// 3. What is held beside our positions is believed when nothing of ours works on the contract, the
///    book has all fills that are known here and no other, they come to what is held, and two reads
///    show the same with nothing stored between them: then what is held is newer than our last
///    fill.
/// 4. What lacks was sold by hand, and exits leave it out. What is too much is not ours. Where the
///    books do not agree nothing is concluded; where it stays so, a person must look.
/// 5. An order with our name that nobody here knows was forgotten by a server. Its position, if it
///    is known, is asked to close again, which finds the order; else a person must.
package enum Reconciler {
    package static let name = "reconciler"

    /// What is stored here of one account, loaded after the books were read.
    package struct Ours: Sendable {
        package var account: AccountID
        /// Of the books' orders, those that are known here, and those of exits that work.
        package var orders: [CorrelationID: Order] = [:]
        /// Whose number it is, of orders that the broker shows without our name.
        package var owners: [OrderNumber: CorrelationID] = [:]
        /// The open ones.
        package var positions: [PositionTracker] = []
        /// All of the account's state could be read. Else nobody knows how much it should hold.
        package var isComplete = true
        package var trades: HandTrades
        package var record: Reconciliation
        /// Its entries wait for this read.
        package var isUnreconciled = false

        package init(account: AccountID, trades: HandTrades, record: Reconciliation) {
            self.account = account
            self.trades = trades
            self.record = record
        }

        var isInFlight: Bool {
            positions.contains { $0.entry.working + $0.exit.working > 0 }
                || orders.values.contains { !$0.status.isFinished }
        }
    }

    /// - Parameters:
    ///   - books: nil when they could not be read.
    ///   - asked: when they were asked for, by the wall's clock.
    package static func decide(
        books: BrokerBooks?, ours: Ours, profile: ReconcilerProfile, now: EventTime,
        asked: EventTime, wall: EventTime
    ) -> [Effect] {
        guard let books else { return unread(ours, profile: profile, now: now, wall: wall) }
        var comparison = Comparison(books, ours, now: now, asked: asked)
        comparison.compareOrders()
        comparison.compareHoldings()
        var record = comparison.record
        record.readAt = asked
        record.failures = 0
        let isSoon = ours.isInFlight || comparison.isOpen
        let pause = isSoon ? profile.inFlightEvery : profile.every
        var effects = comparison.effects
        if ours.record.failures >= profile.alarmAfter {
            effects.append(
                .alarm(ours.alarm(.notice, "the broker's books can be read again", now: now)))
        }
        // What could not be read here, or waits for the next read, is not known to come out even.
        if ours.isUnreconciled, !ours.isComplete || comparison.isOpen {
            effects.append(.unreconciled(ours.account, until: wall + profile.inFlightEvery))
        } else if ours.isUnreconciled {
            effects += [
                .unreconciled(ours.account, until: nil),
                .alarm(
                    ours.alarm(
                        .notice, "the broker's books were read and compared: it may enter", now: now
                    )),
            ]
        }
        return effects + [
            .saveReconciliation(record, ours.account), .reconcile(ours.account, at: wall + pause),
        ]
    }

    private static func unread(
        _ ours: Ours, profile: ReconcilerProfile, now: EventTime, wall: EventTime
    ) -> [Effect] {
        var record = ours.record
        record.failures += 1
        let next = wall + profile.inFlightEvery
        var effects: [Effect] = [
            .saveReconciliation(record, ours.account), .reconcile(ours.account, at: next),
        ]
        if ours.isUnreconciled { effects.append(.unreconciled(ours.account, until: next)) }
        if record.failures == profile.alarmAfter {
            let message = "the broker's books could not be read \(record.failures) times in a row"
            effects.append(.alarm(ours.alarm(.critical, message, now: now)))
        }
        return effects
    }
}

extension Reconciler.Ours {
    func alarm(
        _ severity: Severity, _ message: String, position: PositionTracker? = nil, now: EventTime
    ) -> Alarm {
        Alarm(
            severity, stage: Reconciler.name, message: "\(account): \(message)", account: account,
            position: position?.id, trace: position?.signal, at: now)
    }
}
