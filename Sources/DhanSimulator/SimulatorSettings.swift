package import Trading

/// What a simulator starts with. All of it can be changed over the control endpoint.
package struct SimulatorSettings: Sendable {
    package struct Client: Sendable, Hashable {
        package var id: ClientID
        package var token: String
        package var funds: Money

        package init(_ id: ClientID, token: String, funds: Money = .rupees(1_000_000)) {
            self.id = id
            self.token = token
            self.funds = funds
        }
    }

    package struct Certificate: Sendable, Hashable {
        /// PEM files.
        package var chain: String
        package var key: String

        package init(chain: String, key: String) {
            self.chain = chain
            self.key = key
        }
    }

    package var engine = EngineSettings()
    package var clients: [Client] = []
    package var clock = SimulatorClock.wall
    /// 0 for any that is free.
    package var ports = SimulatorPorts(rest: 0, orders: 0, feed: 0)
    package var ledger: String?
    /// How often the market feed pings, and how long it waits for pongs.
    package var feedPing = Span.seconds(10)
    package var feedPatience = Span.seconds(40)
    package var certificate: Certificate?

    package init() {}
}
