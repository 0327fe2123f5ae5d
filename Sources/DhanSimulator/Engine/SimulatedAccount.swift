package import Trading

/// One client of the broker.
package struct SimulatedAccount: Sendable {
    package struct Token: Sendable, Hashable {
        package var text: String
        package var expiresAt: EventTime
    }

    package struct PnLExit: Sendable, Hashable {
        package var profit: Money
        package var loss: Money
        package var products: [String]
        package var killsSwitch: Bool
        package var isActive = true
    }

    package let client: ClientID
    package var name = "SIMULATED CLIENT"
    package var token: Token?
    /// Known, and no longer good.
    package var deadTokens: Set<String> = []
    var killDrawn = MinuteDraw()
    package var pin = "123456"
    /// Base32; nil takes any six digits.
    package var totpSecret: String?
    package var mintedAt: EventTime?
    package var opening: Money
    /// Of its first day.
    package let firstOpening: Money
    package var statement: [StatementEntry] = []
    package var hasData = true
    /// The address that its calls come from is one of its own.
    package var isAddressGood = true
    /// Until then it is not, whatever is registered.
    package var addressBadUntil: EventTime?
    /// PRIMARY or SECONDARY.
    package var addresses: [String: Address] = [:]
    package var isKilled = false
    package var pnlExit: PnLExit?
    package var holdings: [Holding.Key: Holding] = [:]
    /// Of each order, by all that it has traded so far.
    package var charges: [OrderNumber: Money] = [:]
    package var used = RateWindows()
    /// In order of acceptance.
    package var orders: [OrderNumber] = []
    package var working: Set<OrderNumber> = []
    package var trades: [SimulatedTrade] = []
    package var squareOffPlanned: Day?
    /// When each option chain was last asked for.
    package var chains: [String: EventTime] = [:]

    package struct Address: Sendable, Hashable {
        package var text: String
        package var since: Day
    }

    package init(_ client: ClientID, token: Token?, opening: Money) {
        self.client = client
        self.token = token
        self.opening = opening
        firstOpening = opening
    }

    /// Where every call comes from: the simulator listens there alone.
    static let caller = "127.0.0.1"

    /// One who has registered addresses trades from them alone.
    package func mayTrade(at now: EventTime) -> Bool {
        isAddressGood && addressBadUntil.map { now >= $0 } ?? true
            && (addresses.isEmpty || addresses.values.contains { $0.text == Self.caller })
    }

    /// What the day has cost so far, without what waits in working orders.
    package var spent: Money {
        var spent = charges.values.reduce(Money.zero, +)
        for holding in holdings.values {
            spent += holding.boughtValue - holding.carriedBoughtValue
            spent -= holding.soldValue - holding.carriedSoldValue
        }
        return spent
    }

    package func net(of instrument: InstrumentID) -> Quantity {
        holdings.filter { $0.key.instrument == instrument }.values
            .reduce(.zero) { $0 + $1.net }
    }
}
