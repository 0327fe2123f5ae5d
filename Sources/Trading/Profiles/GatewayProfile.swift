/// How many orders an account may send, and how long the gateway waits for answers.
package struct GatewayProfile: Sendable, Hashable {
    package var perSecond = 10
    package var perMinute = 250
    package var perHour = 1_000
    package var perDay = 7_000
    /// The share of each window that only exits and cancels may use.
    package var exitReserve: Percent = .percent(20)
    /// The longest that a sender can live after its mark: then its timer has killed it.
    package var senderLife: Span = .seconds(3)
    /// How often an order without news is looked up.
    package var pollEvery: Span = .seconds(5)
    /// How soon a failed cancel or look-up is tried again.
    package var retryAfter: Span = .seconds(1)

    package init() {}

    package func with(_ limits: OrderLimits) -> GatewayProfile {
        var profile = self
        profile.perSecond = limits.perSecond ?? perSecond
        profile.perMinute = limits.perMinute ?? perMinute
        profile.perHour = limits.perHour ?? perHour
        profile.perDay = limits.perDay ?? perDay
        return profile
    }
}
