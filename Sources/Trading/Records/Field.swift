/// Every field name of every stream entry and hash, once. `streams-schema/` says type, unit,
/// writer and reader of each; a test holds the two against each other.
package enum Field: String, CaseIterable, Sendable {
    // Identity
    case account, strategy, signal, index, position, order, number, trace
    case segment, symbol, side, direction, expiry
    case securityID = "security_id"

    // Market
    case kind, ltp, bid, ask, volume
    case bidQuantity = "bid_quantity"
    case askQuantity = "ask_quantity"
    case lastQuantity = "last_quantity"
    case openInterest = "open_interest"
    case exchangeTime = "exchange_ms"
    case quotedAt = "quoted_at"
    case bars, until

    // Contract
    case lot
    case tickSize = "tick_size"
    case freezeQuantity = "freeze_quantity"

    // State
    case status, rev, reason, evidence, detail, source, purpose, action, type, error
    case asked = "asked_by"
    case attempt, slice, nonce

    // Quantities and prices
    case quantity, filled, value, precision, price
    case entryQuantity = "entry_quantity"
    case entryValue = "entry_value"
    case exitQuantity = "exit_quantity"
    case exitValue = "exit_value"
    case byHandQuantity = "by_hand_quantity"
    case byHandValue = "by_hand_value"
    case entryPrice = "entry_price"
    case exitPrice = "exit_price"
    case averagePrice = "average_price"
    case reserved, gross, charges, net, cash, fills
    case entryCharges = "entry_charges"
    case exitCharges = "exit_charges"

    // Working orders
    case entryWorking = "entry_working"
    case exitWorking = "exit_working"
    case exitAttempt = "exit_attempt"
    case exitSlices = "exit_slices"

    // The risk manager's marks on a position
    case peak, stop
    case tickAt = "tick_at"

    // Runs of the server
    case serverRun = "server_run"
    case runs, signals
    case earlierRuns = "earlier_runs"

    // Backlogs
    case entries
    case aboveAt = "above_at"
    case pausedAt = "paused_at"

    // Times
    case at, day
    case expiresAt = "expires_at"
    case createdAt = "created_at"
    case openedAt = "opened_at"
    case closedAt = "closed_at"
    case exitRequestedAt = "exit_requested_at"
    case exitReason = "exit_reason"
    case exitEvidence = "exit_evidence"
    case exitAskedBy = "exit_asked_by"
    case exitClaimedAt = "exit_claimed_at"
    case acceptedAt = "accepted_at"
    case markedAt = "marked_at"
    case metAt = "met_at"
    case sentAt = "sent_at"
    case finishedAt = "finished_at"

    // The paper broker's book
    case dueAt = "due_at"
    case cancelDueAt = "cancel_due_at"

    // Look-ups of orders whose outcome is unknown
    case looks
    case firstLookAt = "first_look_at"
    case cancelAskedAt = "cancel_asked_at"
    case heldAt = "held_at"
    case cancels

    // What the reconciler remembers
    case failures
    case readAt = "read_at"
    case missing

    // The loss limit at the broker
    case loss
    case goneAt = "gone_at"

    // Account of a day
    case capital, realised, trades, open
    case losses = "losses_in_row"
    case peakRealised = "peak_realised"

    // Alarms, dead letters, heartbeats
    case severity, stage, stream, entry, message
    case process, turns, handled, refused, p50, p99, role
    case leftOut = "left_out"
    case startedAt = "started_at"
    case turnAt = "turn_at"
}
