/// How long the order budget makes the exits of an account wait.
package struct FlattenEstimate: Sendable, Hashable {
    package var orders: Int
    /// When the last of them may be sent.
    package var lastAt: EventTime
    package var now: EventTime

    package var span: Span { lastAt - now }

    /// - Parameters:
    ///   - orders: exits, in slices, and cancels; each counts.
    ///   - budget: what the account has sent lately.
    package init(
        orders: Int, budget: OrderBudget, profile: GatewayProfile, now: EventTime
    ) {
        self.orders = orders
        self.now = now
        var budget = budget
        var time = now
        for _ in 0..<orders {
            // Room in the fullest window is not room in all: asked until there is.
            while let later = budget.earliest(profile, purpose: .exit, now: time) { time = later }
            budget.take(at: time)
        }
        lastAt = time
    }
}
