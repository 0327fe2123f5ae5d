package import Trading

/// Decides whether one account enters on a signal, and how large.
///
///     signals ──▶ entry guard ──▶ verdict, position (pending), orders:entry
///
/// Each account that follows the strategy is a decision of its own. The checks stand in
/// ``EntryChecks/inOrder``; the first refusal wins. They fail closed: what a limit needs and does
/// not have is a refusal, never a check that is skipped. Cash and counts are reserved in the day
/// of the account, under its `rev`, in the same commit.
package struct EntryGuard: Sendable {
    package static let stage = "entry-guard"

    private let checks: [any EntryCheck]
    private let charges: ChargeSchedule

    package init(
        checks: [any EntryCheck] = EntryChecks.inOrder, charges: ChargeSchedule = ChargeSchedule()
    ) {
        self.checks = checks
        self.charges = charges
    }

    /// - Parameters:
    ///   - instrument: of the signal's contract, from the day's list; nil when it is not listed.
    ///   - session: of the day of `now`.
    package func decide(
        _ signal: Signal, account: AccountProfile, day: AccountDay, halts: Halts,
        server: ServerView, instrument: Instrument?, session: SessionAnswer, budget: OrderBudget,
        gateway: GatewayProfile, now: EventTime
    ) -> Decision {
        guard account.strategies.contains(signal.strategy) else {
            return .drop("\(account.id) does not follow \(signal.strategy)")
        }
        let view = EntryView(
            signal: signal, account: account, day: day, halts: halts, server: server,
            instrument: instrument, session: session, budget: budget, gateway: gateway,
            charges: charges, now: now)
        for check in checks {
            guard let detail = check.refusal(in: view) else { continue }
            return .commit([
                .verdict(signal.id, account.id, .refused(check.reason, detail: detail))
            ])
        }
        // The checks of contract and size have passed; without them there is nothing to buy.
        guard let contract = view.contract, let size = view.size, size.lots > 0 else {
            return .deadLetter("entry without the checks of contract and size")
        }
        return .commit(enter(view, contract: contract, size: size))
    }

    /// The gateway's last look before it sends an entry, which may have waited: nil to send it.
    package static func recheck(
        _ order: Order, halts: Halts, server: ServerView, session: SessionAnswer,
        profile: EntryProfile, now: EventTime
    ) -> Refusal? {
        if halts.reason(for: order.account) != nil { return .halted }
        if server.unreconciled != nil { return .unreconciled }
        if let expiresAt = order.expiresAt, now >= expiresAt { return .signalExpired }
        guard let open = session.openSession(at: now) else { return .calendar }
        guard profile.admits(now, in: open) else { return .entryWindow }
        return server.pause == nil ? nil : .backlog
    }

    private func enter(
        _ view: EntryView, contract: PositionTracker.Contract, size: EntrySize
    ) -> [Effect] {
        let signal = view.signal
        let account = view.account.id
        var position = PositionTracker(
            id: PositionID(signal: signal.id, account: account, day: signal.at.day),
            account: account, strategy: signal.strategy, signal: signal.id, index: signal.index,
            contract: contract, quantity: size.quantity, reserved: size.cost, createdAt: view.now)
        position.entry.working = 1
        position.run = view.server.run
        let expiresAt = view.now + view.profile.orderValidity
        let order = Order(
            id: position.entryOrder, account: account, instrument: contract.instrument, side: .buy,
            type: .limit, price: size.limit, quantity: size.quantity, acceptedAt: view.now,
            expiresAt: expiresAt, trace: signal.id)
        let request = OrderRequest(.place, order, at: view.now)
        return [
            .verdict(signal.id, account, .entered(position.id)),
            .open(position),
            .place(order),
            .sendOrder(request),
            .saveDay(reserve(position, in: view), account, view.now.day),
            .addOpen(account, position.id),
            .scheduleOrder(order.id, at: expiresAt),
            .sendPosition(PositionEvent(position, at: view.now)),
        ]
    }

    private func reserve(_ position: PositionTracker, in view: EntryView) -> AccountDay {
        var day = view.day
        day.capital = day.capital ?? view.account.capital
        day.reserved += position.reserved
        day.trades += 1
        day.open += 1
        day.openBooks[view.book, default: 0] += 1
        return day
    }
}
