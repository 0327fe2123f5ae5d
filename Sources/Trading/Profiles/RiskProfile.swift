/// When a position must close. Percentages are of the entry price; nil switches a rule off.
package struct RiskProfile: Sendable, Hashable {
    /// From this profit on, the stop stands at this distance from the entry price.
    package struct Tier: Sendable, Hashable {
        package var profit: Percent
        package var stop: Percent

        package init(profit: Percent, stop: Percent) {
            self.profit = profit
            self.stop = stop
        }
    }

    package var sessionEnd = TimeOfDay(15, 15)
    /// On the contract's expiry day.
    package var expirySessionEnd = TimeOfDay(15, 10)
    /// Share of the account's capital that its day may lose, open positions included.
    package var dailyLoss: Percent? = .percent(5)
    package var stopLoss: Percent? = .percent(30)
    /// In rising order of profit. The resulting stop only ever rises.
    package var trailingTiers: [Tier] = [
        Tier(profit: .percent(5), stop: .percent(-15)),
        Tier(profit: .percent(10), stop: .percent(-5)),
        Tier(profit: .percent(15), stop: .percent(0)),
        Tier(profit: .percent(25), stop: .percent(10)),
        Tier(profit: .percent(40), stop: .percent(20)),
        Tier(profit: .percent(60), stop: .percent(30)),
        Tier(profit: .percent(80), stop: .percent(40)),
        Tier(profit: .percent(120), stop: .percent(60)),
    ]
    /// Once this profit was seen, the stop is at least the entry price.
    package var breakevenAt: Percent? = .percent(15)
    package var takeProfit: Percent? = .percent(60)
    /// Points of profit given back since the peak…
    package var peakDrawdown: Percent? = .percent(5)
    /// …but only once the peak was at least this. Without it, the rule is a tight stop loss.
    package var peakDrawdownFrom: Percent = .percent(25)
    /// Once the open profit was this much, …
    package var profitFloorFrom: Money? = .rupees(2_000)
    /// … it may not fall below this.
    package var profitFloor: Money = .rupees(800)
    package var timeStopLosing: Span? = .minutes(20)
    package var timeStopWinning: Span? = .minutes(45)
    /// An open position without a tick this long raises an alarm…
    package var staleAlarm: Span = .seconds(10)
    /// …and this long, is closed.
    package var staleExit: Span? = .seconds(60)

    package init() {}
}
