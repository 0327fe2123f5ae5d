import Brokers
import Support
import Testing
import Trading

@Suite("Broker: fills", .timeLimit(.minutes(10))) struct BrokerConformanceFillTests {
    @Test(arguments: Venue.allCases)
    func `a limit that reaches the touch is filled at the touch`(_ venue: Venue) async throws {
        try await withBroker(venue) { side in
            try await side.quote("99.95", "100.00")
            let order = side.order(.buy, 70, at: "102.00")
            let number = try await side.place(order)
            let taken = try await side.told(number, of: order, until: .sent)
            #expect(taken == [Told(.sent)])
            #expect(try await side.listing(number)?.status == "TRANSIT")
            try await side.pass(.exchangeLatency)
            let told = try await side.told(number, of: order, until: .filled)
            #expect(told == [Told(.sent), Told(.open), Told(.filled, 70, "7000.00")])
        }
    }

    @Test(arguments: Venue.allCases)
    func `a sale takes the bid`(_ venue: Venue) async throws {
        try await withBroker(venue) { side in
            try await side.quote("99.95", "100.00")
            let order = side.order(.sell, 35, at: "99.00")
            let number = try await side.rest(order)
            let told = try await side.told(number, of: order, until: .filled)
            #expect(told.last == Told(.filled, 35, "3498.25"))
        }
    }

    @Test(arguments: Venue.allCases)
    func `slippage is paid, and never beyond the limit`(_ venue: Venue) async throws {
        try await withBroker(venue, "slippage_ticks: 3") { side in
            try await side.quote("99.95", "100.00")
            for (attempt, limit, value) in [(1, "101.00", "3505.25"), (2, "100.05", "3501.75")]
                as [(Int, Price, Money)]
            {
                let order = side.order(.buy, 35, at: limit, attempt: attempt)
                let number = try await side.rest(order)
                let told = try await side.told(number, of: order, until: .filled)
                #expect(told.last == Told(.filled, 35, value))
            }
        }
    }

    @Test(arguments: Venue.allCases)
    func `a quote that comes to a resting order fills it late, at its own touch`(
        _ venue: Venue
    ) async throws {
        try await withBroker(venue) { side in
            try await side.quote("99.95", "100.00")
            let order = side.order(.buy, 70, at: "98.00")
            let number = try await side.rest(order)
            _ = try await side.told(number, of: order, until: .open)
            try await side.quote("98.00", "98.05")
            #expect(try await side.listing(number)?.status == "PENDING")
            try await side.quote("97.50", "97.55", after: .minutes(20))
            let told = try await side.told(number, of: order, until: .filled)
            #expect(told == [Told(.sent), Told(.open), Told(.filled, 70, "6828.50")])
        }
    }

    @Test(arguments: Venue.allCases)
    func `an order that arrives before any quote waits for the first one`(
        _ venue: Venue
    ) async throws {
        try await withBroker(venue) { side in
            let order = side.order(.buy, 35, at: "100.00")
            let number = try await side.rest(order)
            _ = try await side.told(number, of: order, until: .open)
            try await side.quote("99.90", "99.95")
            let told = try await side.told(number, of: order, until: .filled)
            #expect(told.last == Told(.filled, 35, "3498.25"))
        }
    }

    @Test(arguments: Venue.allCases)
    func `partial fills are cumulative, each at its own price`(_ venue: Venue) async throws {
        try await withBroker(venue, "fill_share: 34") { side in
            try await side.quote("99.95", "100.00")
            let order = side.order(.buy, 105, at: "102.00")
            let number = try await side.rest(order)
            try await side.quote("100.05", "100.10")
            try await side.quote("100.15", "100.20")
            let told = try await side.told(number, of: order, until: .filled)
            #expect(
                told == [
                    Told(.sent), Told(.open), Told(.partFilled, 35, "3500.00"),
                    Told(.partFilled, 70, "7003.50"), Told(.filled, 105, "10510.50"),
                ])
        }
    }

    @Test(arguments: Venue.allCases)
    func `no more is filled than stands at the touch, in whole lots`(_ venue: Venue) async throws {
        try await withBroker(venue, "respect_depth: true") { side in
            try await side.quote("99.95", "100.00", depth: 40)
            let order = side.order(.buy, 70, at: "102.00")
            let number = try await side.rest(order)
            let told = try await side.told(number, of: order, until: .partFilled)
            #expect(told.last == Told(.partFilled, 35, "3500.00"))
            try await side.quote("99.95", "100.00", depth: 34)
            #expect(try await side.listing(number)?.filled == Quantity(35))
        }
    }

    /// The order socket tells an average to the paisa, from which the value is made: for an
    /// average of 100.025 that is off by half a paisa a unit. The book has it from the trades.
    @Test(arguments: Venue.allCases)
    func `the book's value is exact, the words' within half a paisa a unit`(
        _ venue: Venue
    ) async throws {
        try await withBroker(venue, "fill_share: 50") { side in
            try await side.quote("99.95", "100.00")
            let order = side.order(.buy, 70, at: "102.00")
            let number = try await side.rest(order)
            try await side.quote("100.00", "100.05")
            let told = try await side.told(number, of: order, until: .filled)
            let exact: Money = "7001.75"
            let off = (told.last?.value ?? .zero) - exact
            #expect(abs(off.paise) <= (venue == .paper ? 0 : 35))
            #expect(try await side.listing(number)?.value == exact)
        }
    }

}

@Suite("Broker: market orders", .timeLimit(.minutes(10))) struct BrokerConformanceMarketTests {
    @Test(arguments: Venue.allCases)
    func `a market order is filled at the touch`(_ venue: Venue) async throws {
        try await withBroker(venue) { side in
            try await side.quote("99.95", "100.00")
            let order = side.order(.buy, 70, at: nil)
            let number = try await side.rest(order)
            let told = try await side.told(number, of: order, until: .filled)
            #expect(told.last == Told(.filled, 70, "7000.00"))
        }
    }

    /// At a premium below 100.00 the protection is 3 percent: 98.00 becomes 100.95, and 95.05.
    @Test(arguments: Venue.allCases)
    func `a market order rests at its protection while the market has run away`(
        _ venue: Venue
    ) async throws {
        try await withBroker(venue) { side in
            try await side.quote("98.00", "101.00")
            let order = side.order(.buy, 70, at: nil)
            let number = try await side.rest(order)
            _ = try await side.told(number, of: order, until: .open)
            #expect(try await side.listing(number)?.status == "PENDING")
            // The protection stands by the price of its arrival.
            try await side.quote("99.90", "101.00")
            #expect(try await side.listing(number)?.filled == .zero)
            try await side.quote("98.00", "100.95")
            let told = try await side.told(number, of: order, until: .filled)
            #expect(told.last == Told(.filled, 70, "7066.50"))
        }
    }

    @Test(arguments: Venue.allCases)
    func `a sale at the market is protected below`(_ venue: Venue) async throws {
        try await withBroker(venue) { side in
            let far = Quote(
                ltp: "98.00", bid: "95.00", ask: "98.00", at: side.time + .seconds(1))
            try await side.quote(far, after: .seconds(1))
            let order = side.order(.sell, 35, at: nil)
            let number = try await side.rest(order)
            _ = try await side.told(number, of: order, until: .open)
            #expect(try await side.listing(number)?.status == "PENDING")
            try await side.quote("95.05", "95.10")
            let told = try await side.told(number, of: order, until: .filled)
            #expect(told.last == Told(.filled, 35, "3326.75"))
        }
    }
}
