package import Trading

/// What a stage makes of one message. A stage is a pure function: the same message, stored state
/// and `now` give the same decision, and nothing happens until a worker commits it.
package enum Decision: Sendable, Hashable {
    /// All effects and the acknowledgement, or none of them.
    case commit([Effect])
    /// Nothing to do; acknowledged, and the reason counted.
    case drop(String)
    /// Cannot be decided yet; the message stays pending and comes again.
    case retry(after: Span, String)
    /// Can never be decided: to the dead letters, with an alarm.
    case deadLetter(String)
}

/// One change that a decision asks for.
///
/// Whole new values of records are handed over; the worker writes the fields that differ from
/// what it had loaded, guarded by the `rev` that it had loaded, and raises `rev` by one.
package enum Effect: Sendable, Hashable {
    /// A position that must not exist yet.
    case open(PositionTracker)
    case save(PositionTracker)
    /// The risk manager's own marks, without `rev`.
    case watch(PositionID, PositionTracker.Watch)
    /// Freezes why the position must close. Refused where an exit was already asked for, or where
    /// the position no longer has this status.
    case requestExit(PositionID, PositionTracker.ExitOrder, whileStatus: PositionStatus)

    /// An order that must not exist yet.
    case place(Order)
    case saveOrder(Order)
    case saveDay(AccountDay, AccountID, Day)
    case saveBudget(OrderBudget, AccountID)
    case saveHandTrades(HandTrades, AccountID)
    /// Writes nothing. Refused where somebody has traded by hand since this `rev`.
    case unlessTradedByHand(AccountID, rev: Int)

    case sendSignal(Signal)
    case sendExit(ExitRequest)
    case sendOrder(OrderRequest)
    case sendBrokerEvent(BrokerEvent)
    case sendUpdate(OrderUpdate)
    case sendPosition(PositionEvent)
    case alarm(Alarm)

    /// Sets the exit lock, or replaces its value and renews its time.
    case lock(PositionID, ExitLock)
    /// Renews the time of the exit lock, or sets it again where it is missing. Refused where the
    /// position's latest attempt is another one.
    case renewLock(PositionID, ExitLock)
    case unlock(PositionID)
    /// When somebody next looks at the position's exit; nil when nobody need.
    case scheduleExit(PositionID, at: EventTime?)
    /// When somebody next looks at the order; nil when nobody need.
    case scheduleOrder(CorrelationID, at: EventTime?)
    /// Whether a call to the broker may be under way for this order.
    case calling(CorrelationID, Bool)

    /// When the account's books are next compared, by the wall's clock.
    case reconcile(AccountID, at: EventTime)
    case saveReconciliation(Reconciliation, AccountID)
    /// Until when nobody need look into the account's book; nil when it has been read.
    case unreconciled(AccountID, until: EventTime?)
    case saveLossLimit(LossLimit, AccountID)

    case addOpen(AccountID, PositionID)
    case removeOpen(AccountID, PositionID)
    /// Why this account entered, or did not, on this signal. Written once.
    case verdict(SignalID, AccountID, Verdict)

    case number(OrderNumber, CorrelationID)
    /// Refused where the number has become that of an order of ours.
    case unlessOurs(OrderNumber)
    /// A broker message that came before its order's number was known.
    case park(BrokerEvent, OrderNumber)
    /// When an unmatched number is nobody's here; nil when that is decided.
    case scheduleForeign(OrderNumber, at: EventTime?)
    /// Drops the parked messages of an order that is not ours. Refused if more came since, or if
    /// its number has become known.
    case discard(OrderNumber, Int)
    /// Sends parked messages again, now that the number is known. Refused if more came since.
    case unpark(OrderNumber, [BrokerEvent])
}

/// The value of an exit lock, for people who look with redis-cli. It authorises nothing.
package struct ExitLock: Sendable, Hashable {
    package var attempt: Int
    package var reason: ExitReason
    package var order: CorrelationID
    package var since: EventTime
    package var life: Span

    package init(
        attempt: Int, reason: ExitReason, order: CorrelationID, since: EventTime, life: Span
    ) {
        self.attempt = attempt
        self.reason = reason
        self.order = order
        self.since = since
        self.life = life
    }
}

/// What an account made of a signal: `entered 251215-7k2m9qwzx` or `refused spread: 4.10 > 3.00`.
package enum Verdict: Sendable, Hashable {
    case entered(PositionID)
    case refused(Refusal, detail: String)

    package var text: String {
        switch self {
        case .entered(let position): "entered \(position)"
        case .refused(let refusal, let detail): "refused \(refusal.rawValue): \(detail)"
        }
    }
}

/// The entry guard's reasons to refuse, in the order of its checks.
package enum Refusal: String, Sendable, CaseIterable {
    case halted
    case unreconciled
    case signalExpired = "signal_expired"
    case calendar
    case entryWindow = "entry_window"
    case staleFeed = "stale_feed"
    case dailyLoss = "daily_loss"
    case profitLock = "profit_lock"
    case tradeCount = "trade_count"
    case openPositions = "open_positions"
    case openPerIndex = "open_per_index"
    case openPerSide = "open_per_side"
    case cooldown
    case unknownContract = "unknown_contract"
    case premium
    case spread
    case openInterest = "open_interest"
    case size
    case backlog
    case orderBudget = "order_budget"
}
