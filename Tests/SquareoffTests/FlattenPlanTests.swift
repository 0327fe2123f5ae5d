import ArgumentParser
import Redis
import Support
import Testing
import Trading

@testable import squareoff

@Suite("Flatten")
struct FlattenPlanTests {
    @Test(
        "Order calls that a position takes",
        arguments: [
            // held, freeze quantity, its entry, its exits; calls
            (70, 600, nil, [], 1),
            (595, 600, nil, [], 1),  // whole lots within the freeze quantity
            (600, 600, nil, [], 2),
            (1_500, 600, nil, [], 3),
            (1_500, 0, nil, [], 1),  // no freeze quantity is known
            (0, 600, .open, [], 1),  // nothing to sell yet
            (35, 600, .partFilled, [], 2),
            (1_500, 600, .partFilled, [], 4),
            (0, 600, .sending, [], 1),  // it may rest in a moment
            (0, 600, .accepted, [], 0),  // no broker has heard of it
            (70, 600, .filled, [], 1),
            (70, 600, nil, [.open], 2),  // cancelled, and placed anew
            (1_190, 600, nil, [.open, .partFilled], 4),
            (1_190, 600, nil, [.open, .accepted], 3),  // one waits for the budget
            (70, 600, nil, [.unknown], 2),
            (70, 600, nil, [.cancelled], 1),
        ] as [(Int, Int, OrderStatus?, [OrderStatus], Int)]
    )
    func orders(
        held: Int, freeze: Int, entry: OrderStatus?, exits: [OrderStatus], calls: Int
    ) {
        var position = OrderFixtures.active()
        position.entry.quantity = Quantity(held)
        position.contract.freezeQuantity = Quantity(freeze)
        let entries = entry.map { [OrderFixtures.entryOrder($0, of: position)] } ?? []
        let working = exits.enumerated().map { index, status in
            OrderFixtures.exitOrder(status, of: position, slice: index + 1)
        }
        #expect(FlattenPlan.orders([position], entries + working) == calls)
    }

    @Test func `the orders of all positions count`() {
        let position = OrderFixtures.active()
        let orders = [OrderFixtures.exitOrder(of: position), OrderFixtures.exitOrder(of: position)]
        #expect(FlattenPlan.orders([position, position], orders) == 4)
        #expect(FlattenPlan.orders([], []) == 0)
    }

    @Test func `what works is read where it is kept`() throws {
        try withRedis { server in
            try SampleState.write(to: server)
            let lookout = try Lookout(server.connect())
            let command = try FlattenCommand.parse(
                ["--reason", "x", "--redis", server.endpoint.description])
            let open = try lookout.positions().filter { !$0.isClosed }
            // Alpha holds two positions and an exit of one of them works; bravo holds one, and the
            // entry of another is being sent.
            #expect(
                try command.estimates(open, lookout, nil) == [
                    "alpha: 3 orders, the last can be sent now",
                    "bravo: 2 orders, the last can be sent now",
                ])
        }
    }

    @Test func `it says when the last order can be sent`() {
        let now = EventTime.at(10, 0)
        func text(_ orders: Int) -> String {
            FlattenPlan.text(
                "alpha",
                FlattenEstimate(
                    orders: orders, budget: OrderBudget(), profile: GatewayProfile(), now: now))
        }
        #expect(text(1) == "alpha: 1 order, the last can be sent now")
        #expect(text(11) == "alpha: 11 orders, the last can be sent in 1.2 s")
    }

    @Test(
        "Flat is what the broker's own books say",
        arguments: [
            ([:], "TRADED", nil), ([Fixtures.call: 0], "CANCELLED", nil),
            ([Fixtures.call: 35], "TRADED", "35 NSE_FNO:51460"),
            ([Fixtures.call: -35], "TRADED", "-35 NSE_FNO:51460"),
            ([:], "PENDING", "order 7 PENDING"),
            ([:], "A NEW WORD", "order 7 A NEW WORD"),
        ] as [([InstrumentID: Int], String, String?)]
    )
    func flat(net: [InstrumentID: Int], status: String, left: String?) {
        let order = BrokerOrder(
            number: "7", correlation: nil, status: status, quantity: Quantity(35),
            filled: .zero, value: .zero, reason: nil)
        let books = BrokerBooks(orders: [order], net: net.mapValues(Quantity.init))
        #expect(FlattenPlan.left(books) == left)
    }

    @Test func `a contract of which nothing can be concluded is not flat`() {
        let books = BrokerBooks(orders: [], net: [:], unsettled: [Fixtures.call])
        #expect(FlattenPlan.left(books) == "an order of NSE_FNO:51460 is unclear")
    }

    @Test func `what is held as another product is not flat`() {
        var books = BrokerBooks(orders: [], net: [Fixtures.call: Quantity(35)])
        books.elsewhere = ["70 NSE_FNO:51461 MARGIN", "-70 NSE_FNO:51460 MARGIN"]
        #expect(
            FlattenPlan.left(books)
                == "35 NSE_FNO:51460, -70 NSE_FNO:51460 MARGIN, 70 NSE_FNO:51461 MARGIN")
        books.net = [:]
        #expect(FlattenPlan.left(books) != nil)
    }

    @Test func `a contract that was traded here has a name`() {
        let position = SampleState.position(SampleState.asked, SampleState.alpha, .active)
        let stored = StoredPosition(position.id, shard: 0, position.fields)
        let symbols = FlattenPlan.symbols([stored, stored])
        let books = BrokerBooks(
            orders: [], net: [Fixtures.call: Quantity(35), Fixtures.put: Quantity(-35)])
        #expect(
            FlattenPlan.left(books, symbols)
                == "35 \(position.contract.symbol), -35 NSE_FNO:51461")
        #expect(FlattenPlan.left([stored]) == "70/70 \(position.contract.symbol) open here")
    }
}
