import Brokers
import Support
import Testing
import Trading

@Suite("Broker: cancels and refusals", .timeLimit(.minutes(10)))
struct BrokerConformanceEndTests {
    @Test(arguments: Venue.allCases)
    func `a resting order is cancelled with nothing filled`(_ venue: Venue) async throws {
        try await withBroker(venue) { side in
            try await side.quote("99.95", "100.00")
            let order = side.order(.buy, 70, at: "90.00")
            let number = try await side.rest(order)
            _ = try await side.told(number, of: order, until: .open)
            #expect(try await side.listing(number)?.status == "PENDING")
            #expect(await side.cancel(number).isDone)
            try await side.pass(.exchangeLatency)
            let told = try await side.told(number, of: order, until: .cancelled)
            #expect(told == [Told(.sent), Told(.open), Told(.cancelled)])
            // Out of the market.
            try await side.quote("80.00", "80.05")
            let row = try await side.listing(number)
            #expect(row?.status == "CANCELLED" && row?.filled == .zero)
        }
    }

    @Test(arguments: Venue.allCases)
    func `a cancelled order keeps what it has filled`(_ venue: Venue) async throws {
        try await withBroker(venue, "fill_share: 50") { side in
            try await side.quote("99.95", "100.00")
            let order = side.order(.buy, 70, at: "102.00")
            let number = try await side.rest(order)
            _ = try await side.told(number, of: order, until: .partFilled)
            #expect(await side.cancel(number).isDone)
            try await side.pass(.exchangeLatency)
            let told = try await side.told(number, of: order, until: .cancelled)
            #expect(told.last == Told(.cancelled, 35, "3500.00"))
            let row = try await side.listing(number)
            #expect(row?.status == "CANCELLED" && row?.filled == Quantity(35))
            #expect(row?.value == "3500.00")
        }
    }

    /// An acknowledgement is no cancellation.
    @Test(arguments: Venue.allCases)
    func `a fill that comes before an acknowledged cancel wins`(_ venue: Venue) async throws {
        try await withBroker(venue) { side in
            try await side.quote("99.95", "100.00")
            let order = side.order(.buy, 70, at: "98.00")
            let number = try await side.rest(order)
            _ = try await side.told(number, of: order, until: .open)
            #expect(await side.cancel(number).isDone)
            // The exchange has not heard of the cancel yet.
            try await side.pass(.milliseconds(10))
            try await side.quote("97.95", "98.00", after: .milliseconds(10))
            try await side.pass(.exchangeLatency)
            let told = try await side.told(number, of: order, until: .filled)
            #expect(told.last == Told(.filled, 70, "6860.00"))
            #expect(try await side.listing(number)?.status == "TRADED")
        }
    }

    @Test(arguments: Venue.allCases)
    func `an order in transit cannot be cancelled`(_ venue: Venue) async throws {
        try await withBroker(venue) { side in
            try await side.quote("99.95", "100.00")
            let order = side.order(.buy, 70, at: "90.00")
            let number = try await side.place(order)
            #expect(await side.cancel(number).isRefused)
            try await side.pass(.exchangeLatency)
            _ = try await side.told(number, of: order, until: .open)
            #expect(try await side.listing(number)?.status == "PENDING")
        }
    }

    @Test(arguments: Venue.allCases)
    func `what is unknown or has ended cannot be cancelled`(_ venue: Venue) async throws {
        try await withBroker(venue) { side in
            #expect(await side.cancel("112111182198").isRefused)
            try await side.quote("99.95", "100.00")
            let order = side.order(.buy, 70, at: "102.00")
            let number = try await side.rest(order)
            _ = try await side.told(number, of: order, until: .filled)
            #expect(await side.cancel(number).isRefused)
            #expect(try await side.listing(number)?.status == "TRADED")
        }
    }

    /// What an order asks for that its contract does not allow. The lot is 35 units, the tick
    /// 0.05, and 600 units are the most.
    private static let wrong: [(units: Int, price: Price)] = [
        (36, "102.00"), (34, "102.00"), (630, "102.00"), (70, "102.03"),
    ]

    /// The broker takes it all the same: it is the exchange that says no.
    @Test(arguments: Venue.allCases, wrong)
    func `the exchange rejects, with a reason and without a fill:`(
        _ venue: Venue, wrong: (units: Int, price: Price)
    ) async throws {
        try await withBroker(venue) { side in
            try await side.quote("99.95", "100.00")
            let order = side.order(.buy, wrong.units, at: wrong.price)
            let number = try await side.rest(order)
            let told = try await side.told(number, of: order, until: .rejected)
            #expect(told == [Told(.sent), Told(.rejected)])
            #expect(told.last?.reason?.isEmpty == false)
            let row = try await side.listing(number)
            #expect(row?.status == "REJECTED" && row?.filled == .zero)
            #expect(row?.reason?.isEmpty == false)
        }
    }

}

@Suite("Broker: calls and books", .timeLimit(.minutes(10)))
struct BrokerConformanceBookTests {
    /// Nobody but the gateway keeps an order from being sent twice.
    @Test(arguments: Venue.allCases)
    func `two orders under one correlation id are two orders`(_ venue: Venue) async throws {
        try await withBroker(venue) { side in
            try await side.quote("99.95", "100.00")
            let order = side.order(.buy, 35, at: "102.00")
            let numbers = [try await side.place(order), try await side.place(order)]
            #expect(Set(numbers).count == 2)
            try await side.pass(.exchangeLatency)
            for number in numbers {
                let told = try await side.told(number, of: order, until: .filled)
                #expect(told.last == Told(.filled, 35, "3500.00"))
            }
            let books = try await side.books()
            #expect(books.orders.map(\.correlation) == [order.id, order.id])
            #expect(books.net[order.instrument] == Quantity(70))
        }
    }

    @Test(arguments: Venue.allCases)
    func `the book has each order as it stands`(_ venue: Venue) async throws {
        try await withBroker(venue, "fill_share: 50") { side in
            try await side.quote("99.95", "100.00")
            let part = side.order(.buy, 70, at: "102.00")
            let number = try await side.rest(part)
            _ = try await side.told(number, of: part, until: .partFilled)
            let row = try #require(try await side.listing(number))
            #expect(row.status == "PART_TRADED")
            #expect(row.correlation == part.id && row.instrument == part.instrument)
            #expect(row.side == .buy && row.quantity == Quantity(70))
            #expect(row.filled == Quantity(35) && row.value == "3500.00")
        }
    }

    @Test(arguments: Venue.allCases)
    func `what is held is the sum of the fills`(_ venue: Venue) async throws {
        try await withBroker(venue, "fill_share: 50") { side in
            try await side.quote("99.95", "100.00")
            let bought = side.order(.buy, 140, at: "102.00")
            let sold = side.order(.sell, 70, at: "98.00")
            let resting = side.order(.sell, 70, at: "150.00", attempt: 2)
            var numbers: [OrderNumber] = []
            for order in [bought, sold, resting] { numbers.append(try await side.place(order)) }
            try await side.pass(.exchangeLatency)
            _ = try await side.told(numbers[1], of: sold, until: .partFilled)
            _ = try await side.told(numbers[2], of: resting, until: .open)
            try await expectHeld(35, side)
            try await side.quote("99.95", "100.00")
            _ = try await side.told(numbers[0], of: bought, until: .filled)
            _ = try await side.told(numbers[1], of: sold, until: .filled)
            try await expectHeld(70, side)
        }
    }

    private func expectHeld(_ units: Int, _ side: any BrokerUnderTest) async throws {
        let books = try await side.books()
        let sum = BrokerBooks(filledBy: books.orders)
        #expect(books.net[side.order(at: nil).instrument] == Quantity(units))
        #expect(books.net.filter { $0.value != .zero } == sum.net.filter { $0.value != .zero })
    }

    /// The sender's life ends there: later, nothing of the order may leave.
    @Test(arguments: Venue.allCases)
    func `the request has left before the broker answers`(_ venue: Venue) async throws {
        try await withBroker(venue) { side in
            await side.hold()
            let steps = CallSteps()
            side.broker.place(
                side.order(at: "102.00"), nonce: "left", left: { steps.add("left") }
            ) { steps.add($0.isDone ? "placed" : "\($0)") }
            await steps.first()
            // A broker that holds the order back has said nothing yet; paper answers at once.
            #expect(steps.all == (venue == .paper ? ["left", "placed"] : ["left"]))
            while steps.all.count < 2, !Task.isCancelled { try await side.pass(.seconds(2)) }
            #expect(steps.all == ["left", "placed"])
        }
    }

    @Test(arguments: Venue.allCases)
    func `what cannot be sent has left for good, and no order exists`(
        _ venue: Venue
    ) async throws {
        try await withBroker(venue) { side in
            await side.disconnect()
            let steps = CallSteps()
            let result = await withCheckedContinuation { continuation in
                side.broker.place(
                    side.order(at: "102.00"), nonce: "lost", left: { steps.add("left") }
                ) {
                    steps.add("answer")
                    continuation.resume(returning: $0)
                }
            }
            #expect(steps.all == ["left", "answer"])
            // A kept connection whose end has not been heard of takes the request: then nobody
            // knows.
            switch result {
            case .failure(.notSent), .failure(.unknown): break
            default: Issue.record("\(result)")
            }
            let books = await withCheckedContinuation { continuation in
                side.broker.books { continuation.resume(returning: $0) }
            }
            #expect(!books.isDone, "unreadable is not empty")
        }
    }

}
