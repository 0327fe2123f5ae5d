/// How often the broker's books are compared with ours.
package struct ReconcilerProfile: Sendable, Hashable {
    /// While nothing of the account is in flight.
    package var every: Span = .seconds(30)
    /// While an order works, and after a read that failed.
    package var inFlightEvery: Span = .seconds(3)
    /// Reads of an account that fail one after the other until a person must know.
    package var alarmAfter = 3

    /// The comparison of an account at a broker must not be older for it to enter: two were missed.
    package var longestGap: Span { every + every + every }

    /// A comparison that is older may have missed anything. One that is due lasts a moment.
    package var freshFor: Span { every + .seconds(15) }

    package init() {}
}
