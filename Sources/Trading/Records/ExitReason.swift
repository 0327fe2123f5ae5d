/// Why a position must close. The order of the rules is the risk manager's, not this list's.
package enum ExitReason: String, FieldValue, CaseIterable {
    case flatten
    case sessionEnd = "session_end"
    case dailyLoss = "daily_loss"
    case stopLoss = "stop_loss"
    case trailingStop = "trailing_stop"
    case takeProfit = "take_profit"
    case peakDrawdown = "peak_drawdown"
    case profitFloor = "profit_floor"
    case timeStop = "time_stop"
    case staleFeed = "stale_feed"
    /// A person asked.
    case manual
    /// Fills arrived after the position had closed.
    case lateFill = "late_fill"
    /// Nobody here: it was sold at the broker by hand.
    case byHand = "by_hand"
}
