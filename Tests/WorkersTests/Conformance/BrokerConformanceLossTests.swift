import Brokers
import Stages
import Support
import Testing
import Trading

/// Nobody knows what became of an order: what a gateway then makes of the broker's book.
@Suite("Broker: answers that are lost", .timeLimit(.minutes(10)))
struct BrokerConformanceLossTests {
    /// What looks come to, as often as the rule asks for.
    private enum Verdict: Equatable { case found(OrderNumber), absent, undecided }

    @Test(arguments: Venue.allCases)
    func `an order that was taken stands in the book, under its own number`(
        _ venue: Venue
    ) async throws {
        try await withBroker(venue) { side in
            try await side.quote("99.95", "100.00")
            let order = side.order(.buy, 70, at: "102.00")
            await side.loseAnswers(true)
            guard case .failure(.unknown) = await answer(to: order, side) else {
                Issue.record("a lost answer is an outcome that nobody knows")
                return
            }
            await side.heal()
            // Longer than a broker hides what it has taken.
            for _ in 0..<4 { try await side.pass(.seconds(1)) }
            let books = try await side.books()
            let row = try #require(books.orders.first)
            #expect(books.orders.count == 1 && row.correlation == order.id)
            #expect(row.status == "TRADED" && row.filled == order.quantity)
            #expect(try await verdict(on: order, side) == .found(row.number))
        }
    }

    @Test(arguments: Venue.allCases)
    func `an order that was lost stands in no book, and is absent in the end`(
        _ venue: Venue
    ) async throws {
        try await withBroker(venue) { side in
            try await side.quote("99.95", "100.00")
            let order = side.order(.buy, 70, at: "102.00")
            await side.loseAnswers(false)
            switch await answer(to: order, side) {
            case .failure(.unknown): #expect(venue == .dhan)
            // In its own house, paper knows what has not left.
            case .failure(.notSent): #expect(venue == .paper)
            case let other: Issue.record("\(other)")
            }
            await side.heal()
            #expect(try await verdict(on: order, side) == .absent)
            #expect(try await side.books().orders.isEmpty)
            // It may be sent again, and is one order then.
            let number = try await side.rest(order)
            _ = try await side.told(number, of: order, until: .filled)
            #expect(try await side.books().orders.map(\.number) == [number])
        }
    }

    private func answer(
        to order: Order, _ side: any BrokerUnderTest
    ) async -> Result<Placed, BrokerError> {
        await withCheckedContinuation { continuation in
            side.broker.place(order, nonce: "lost", left: {}) { continuation.resume(returning: $0) }
        }
    }

    /// Looks every five seconds, from the mark on.
    private func verdict(on order: Order, _ side: any BrokerUnderTest) async throws -> Verdict {
        var lost = order
        lost.status = .unknown
        lost.markedAt = order.acceptedAt
        for _ in 0..<6 {
            try await side.pass(.seconds(5))
            let book = try await side.books().orders
            let effects = Gateway.looked(
                lost, book: OrderBook(book), rule: side.broker.absence,
                origin: OrderOrigin(
                    run: "run", since: order.acceptedAt, wait: .zero, position: "run"),
                profile: GatewayProfile(), now: side.time, wall: side.time, asked: side.time)
            for effect in effects {
                switch effect {
                case .number(let number, order.id): return .found(number)
                case .sendUpdate(let update) where update.status == .absent: return .absent
                case .saveOrder(let saved): lost = saved
                default: break
                }
            }
        }
        return .undecided
    }
}
