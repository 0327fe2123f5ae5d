/// Where a simulator listens, on loopback.
package struct SimulatorPorts: Sendable, Hashable {
    /// REST, authorisation and the control endpoint.
    package var rest: Int
    package var orders: Int
    package var feed: Int

    package init(rest: Int, orders: Int, feed: Int) {
        self.rest = rest
        self.orders = orders
        self.feed = feed
    }
}
