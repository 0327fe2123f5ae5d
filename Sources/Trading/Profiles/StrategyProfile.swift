/// Supertrend and ADX on one-minute bars, confirmed on five-minute bars.
package struct StrategyProfile: Sendable, Hashable {
    package var id: StrategyID
    package var indices: [IndexName]
    /// The name of the risk profile that replaces the account's own for this strategy's positions.
    package var risk: String?
    package var supertrendPeriod = 7
    package var supertrendMultiplier: Percent = .percent(300)
    package var adxPeriod = 14
    package var minADX: Percent = .percent(18)
    package var minConfirmingADX: Percent = .percent(20)
    package var confirmationMinutes = 5
    /// A signal only when the direction has just turned; otherwise at every bar that agrees.
    package var onlyOnTurn = true
    /// Strikes out of the money (negative: in the money) from the one at the money.
    package var strikeOffset = 0
    package var signalValidity: Span = .seconds(15)

    package init(id: StrategyID, indices: [IndexName]) {
        self.id = id
        self.indices = indices
    }
}
