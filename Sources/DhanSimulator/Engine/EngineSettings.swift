package import Trading

/// How the broker and its exchange behave.
package struct EngineSettings: Sendable {
    package enum Fills: String, Sendable {
        /// By the quotes that it is given.
        case quotes
        /// Each order at its own limit, whatever the market: for runs that judge order flow alone.
        case limits
    }

    package enum Shapes: String, Sendable {
        /// Answers as they were recorded.
        case recorded
        /// Answers as they are documented, where that differs.
        case documented
    }

    package var seed: UInt64 = 1
    package var rates = FaultRates()
    package var fills = Fills.quotes
    package var shapes = Shapes.recorded
    /// Latency, slippage, fill share, depth, rejects, and the protection of market orders.
    package var profile = PaperProfile()
    /// Without a list, every contract is taken for one with a lot of one unit.
    package var instruments: InstrumentList?
    package var calendar = TradingCalendar.derivatives
    /// Orders are refused outside of the calendar's sessions.
    package var keepsHours = true
    /// The exchange takes orders and matches none.
    package var isHalted = false
    package var limitsRates = true
    /// A new order that would meet an own one is refused. Off: whether two strategies of an
    /// account get into each other's way is a question of its own.
    package var preventsSelfTrades = false
    /// Checked when an order reaches the exchange.
    package var checksFunds = true
    /// When positions of the product INTRADAY are closed; nil for never.
    package var squareOff: TimeOfDay? = TimeOfDay(15, 20)
    /// For each order that the broker places then: 20 rupees and the tax on them.
    package var squareOffFee = Money(paise: 23_60)
    package var tokenLife = Span.minutes(24 * 60)

    package init() {}
}
