import Stages
import Support
import Testing
import Trading

@Suite struct OrderUpdateHandlerTests {
    /// What stands in Redis, and what was asked of others on the way.
    struct World {
        var position: PositionTracker
        var orders: [CorrelationID: Order]
        var day: AccountDay
        var sent: [Effect] = []

        init(_ position: PositionTracker, _ orders: Order...) {
            self.position = position
            self.orders = Dictionary(uniqueKeysWithValues: orders.map { ($0.id, $0) })
            day = OrderFixtures.day(with: position)
        }

        @discardableResult
        mutating func take(_ update: OrderUpdate, now: EventTime = .at(10, 6)) -> Decision {
            let decision = OrderUpdateHandler.decide(
                update: update, order: orders[update.order], position: position, day: day,
                charges: ChargeSchedule(), now: now)
            guard case .commit(let effects) = decision else { return decision }
            for effect in effects {
                switch effect {
                case .save(let saved): position = saved
                case .saveOrder(let order): orders[order.id] = order
                case .saveDay(let saved, _, _): day = saved
                default: sent.append(effect)
                }
            }
            return decision
        }

        var attempts: [Int?] {
            sent.compactMap { if case .sendExit(let exit) = $0 { exit.attempt } else { nil } }
        }
        var alarms: Int { sent.count { if case .alarm = $0 { true } else { false } } }
    }

    /// Pain 12: positions became active, and exited, before their fills.
    @Test func `an acknowledgement opens nothing, a fill does`() {
        let position = OrderFixtures.pending()
        let entry = OrderFixtures.entryOrder(.sent, of: position)
        var world = World(position, entry)
        world.take(OrderFixtures.update(entry, .open))
        #expect(world.position.status == .pending)
        world.take(OrderFixtures.update(entry, .partFilled, filled: 35))
        #expect(world.position.status == .active)
        #expect(world.position.openedAt == .at(10, 6))
        #expect(world.position.entry.working == 1)
    }

    @Test func `an entry that ends without fills cancels the position and frees its cash`() {
        let position = OrderFixtures.pending()
        let entry = OrderFixtures.entryOrder(.sent, of: position)
        var world = World(position, entry)
        world.take(OrderFixtures.update(entry, .rejected, reason: "no margin"))
        #expect(world.position.status == .cancelled)
        #expect(world.orders[entry.id]?.error == "no margin")
        #expect(world.day.open == 0 && world.day.openBooks.isEmpty && world.day.reserved == .zero)
        #expect(world.day.trades == 1)
        #expect(
            world.sent.contains(.removeOpen(position.account, position.id))
                && world.sent.contains(.unlock(position.id))
                && world.sent.contains(.scheduleOrder(entry.id, at: nil)))
    }

    @Test func `all sold closes the position and books it`() throws {
        let position = OrderFixtures.exiting()
        let exit = OrderFixtures.exitOrder(of: position)
        var world = World(position, exit)
        world.take(OrderFixtures.update(exit, .filled, filled: 70, price: "110.00"))
        let closed = world.position
        #expect(closed.status == .exited && closed.closedAt == .at(10, 6))
        #expect(closed.gross == "700.00")
        #expect(closed.exit.charges > .zero && closed.net == closed.gross - closed.exit.charges)
        #expect(world.day.realised == closed.net && world.day.charges == closed.charges)
        #expect(world.day.peakRealised == closed.net && world.day.lossesInRow == 0)
        #expect(world.day.lastExits == [Fixtures.call: .at(10, 6)])
        #expect(world.attempts.isEmpty)
    }

    /// Pain 13: a rejected exit cancelled an open position; pain 14: no partial fills.
    @Test(
        "An attempt that ends with a remainder asks for the next one",
        arguments: [
            (OrderStatus.rejected, nil), (.cancelled, 35), (.expired, 0), (.absent, nil),
        ] as [(OrderStatus, Int?)]
    )
    func remainder(status: OrderStatus, filled: Int?) {
        let position = OrderFixtures.exiting()
        let exit = OrderFixtures.exitOrder(status == .absent ? .unknown : .open, of: position)
        var world = World(position, exit)
        world.take(OrderFixtures.update(exit, status, filled: filled))
        #expect(world.position.status == .exiting)
        #expect(world.position.remaining == Quantity(70 - (filled ?? 0)))
        #expect(world.attempts == [2])
        #expect(world.sent.contains(.scheduleExit(position.id, at: .at(10, 6))))
        #expect(!world.sent.contains(.unlock(position.id)))
    }

    @Test func `the next attempt waits for every slice`() {
        let position = OrderFixtures.exiting(quantity: 1_190, slices: 2)
        let first = OrderFixtures.exitOrder(of: position, slice: 1, quantity: 595)
        let second = OrderFixtures.exitOrder(of: position, slice: 2, quantity: 595)
        var world = World(position, first, second)
        world.take(OrderFixtures.update(first, .rejected))
        world.take(OrderFixtures.update(first, .rejected))
        #expect(world.attempts.isEmpty && world.position.exit.working == 1)
        world.take(OrderFixtures.update(second, .cancelled, filled: 35))
        #expect(world.attempts == [2] && world.position.exit.working == 0)
    }

    @Test func `an exit that waited for the entry is sent on when the entry has finished`() {
        var position = OrderFixtures.pending()
        position.exitOrder = Fixtures.exitOrder()
        let entry = OrderFixtures.entryOrder(of: position)
        var world = World(position, entry)
        world.take(OrderFixtures.update(entry, .partFilled, filled: 35))
        #expect(world.attempts.isEmpty)
        world.take(OrderFixtures.update(entry, .cancelled, filled: 35))
        #expect(world.attempts == [1])
    }

    @Test func `fills after the close revive the position, and the totals stay exact`() {
        let position = OrderFixtures.pending()
        let entry = OrderFixtures.entryOrder(of: position)
        var world = World(position, entry)
        world.take(OrderFixtures.update(entry, .cancelled, filled: 0))
        #expect(world.position.status == .cancelled)
        world.take(OrderFixtures.update(entry, .filled, filled: 70))
        #expect(world.position.status == .active)
        #expect(world.position.exitOrder?.reason == .lateFill)
        #expect(world.day == OrderFixtures.day(with: position))
        #expect(world.attempts == [1] && world.alarms == 1)
        #expect(world.sent.contains(.addOpen(position.account, position.id)))
    }

    @Test func `a revival takes the booked result back until the second close`() {
        var position = OrderFixtures.exiting(quantity: 35)
        position.quantity = Quantity(70)
        var entry = OrderFixtures.entryOrder(.cancelled, of: position)
        entry.filled = Quantity(35)
        entry.value = "3500.00"
        let exit = OrderFixtures.exitOrder(of: position)
        var world = World(position, entry, exit)
        world.take(OrderFixtures.update(exit, .filled, filled: 35, price: "90.00"))
        #expect(world.day.realised < .zero && world.day.lossesInRow == 1)
        world.take(OrderFixtures.update(entry, .filled, filled: 70))
        #expect(world.position.status == .active && world.position.remaining == Quantity(35))
        #expect(world.day.realised == .zero && world.day.charges == .zero && world.day.open == 1)
        #expect(world.position.exitOrder?.reason == .stopLoss)
    }

    @Test func `more filled than ordered, and more sold than bought, are kept and shown`() {
        let position = OrderFixtures.exiting()
        let exit = OrderFixtures.exitOrder(of: position)
        var world = World(position, exit)
        world.take(OrderFixtures.update(exit, .filled, filled: 105))
        #expect(world.position.status == .needsReview)
        #expect(world.position.reviewReason == "sold 105 of 70")
        #expect(world.position.exit.quantity == Quantity(105))
        #expect(world.alarms == 1 && world.day.open == 1)
    }

    /// The gateway's last look and the broker's first word have crossed.
    @Test(arguments: [OrderStatus.sent, .open, .partFilled])
    func `an order that the broker has spoken of is not absent`(status: OrderStatus) {
        let position = OrderFixtures.exiting()
        let exit = OrderFixtures.exitOrder(.unknown, of: position)
        var world = World(position, exit)
        let filled = status == .partFilled ? 35 : 0
        world.take(OrderFixtures.update(exit, status, filled: filled))
        world.take(OrderFixtures.update(exit, .absent, number: nil))
        #expect(world.orders[exit.id]?.status == status)
        #expect(world.position.exit.working == 1 && world.attempts.isEmpty)
    }

    /// A refusal is the answer of a call, and the broker's later words are facts.
    @Test func `a refused call does not end an order that the broker has spoken of`() {
        let position = OrderFixtures.exiting()
        let exit = OrderFixtures.exitOrder(of: position)
        var world = World(position, exit)
        var refusal = OrderFixtures.update(exit, .rejected, number: nil)
        refusal.source = Gateway.name
        world.take(OrderFixtures.update(exit, .open))
        world.take(refusal)
        #expect(world.orders[exit.id]?.status == .open)
        #expect(world.position.exit.working == 1 && world.attempts.isEmpty)
    }

    @Test(
        "An order that was given up and lives is cancelled",
        arguments: [OrderStatus.absent, .rejected])
    func foundAlive(as status: OrderStatus) {
        var position = OrderFixtures.exiting()
        position.exit.working = 0
        var exit = OrderFixtures.exitOrder(status, of: position)
        exit.number = nil
        var world = World(position, exit)
        world.take(OrderFixtures.update(exit, .open))
        #expect(world.orders[exit.id]?.status == .absent)
        #expect(
            world.sent.contains {
                if case .scheduleOrder(exit.id, at: .some) = $0 { true } else { false }
            })
        #expect(world.alarms == 1)
        world.take(OrderFixtures.update(exit, .cancelled, filled: 35))
        #expect(world.position.remaining == Quantity(35))
        #expect(world.position.exit.working == 0)
    }

    @Test(arguments: 0..<24 as Range<UInt64>)
    func `contradicting last words end the same way in any order`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let position = OrderFixtures.exiting()
        let exit = OrderFixtures.exitOrder(of: position)
        var world = World(position, exit)
        let words: [OrderStatus] = [.absent, .rejected, .expired, .cancelled]
        for word in words.shuffled(using: &random) { world.take(OrderFixtures.update(exit, word)) }
        #expect(world.orders[exit.id]?.status == .cancelled)
        #expect(world.position.exit.working == 0 && world.attempts == [2])
        world.take(OrderFixtures.update(exit, .partFilled, filled: 70))
        #expect(world.orders[exit.id]?.status == .filled)
        #expect(world.position.status == .exited)
    }

    @Test func `no news is dropped, and an unknown order is a dead letter`() {
        let position = OrderFixtures.exiting()
        let exit = OrderFixtures.exitOrder(.partFilled, of: position)
        var world = World(position, exit)
        #expect(world.take(OrderFixtures.update(exit, .sent)) == .drop("no news of \(exit.id)"))
        world.orders = [:]
        guard case .deadLetter = world.take(OrderFixtures.update(exit, .open)) else {
            Issue.record("not a dead letter")
            return
        }
    }

    /// P6. The broker's story of a partly filled entry and a sliced exit, told in any order.
    @Test(arguments: 0..<100 as Range<UInt64>)
    func `repeated and reordered updates leave the same state`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var position = OrderFixtures.exiting(quantity: 700, slices: 2)
        position.quantity = Quantity(1_400)
        let entry = OrderFixtures.entryOrder(.cancelled, of: position)
        let first = OrderFixtures.exitOrder(of: position, slice: 1, quantity: 595)
        let second = OrderFixtures.exitOrder(of: position, slice: 2, quantity: 105)
        var booked = entry
        booked.filled = position.entry.quantity
        booked.value = position.entry.value
        let story = [
            OrderFixtures.update(entry, .cancelled, filled: 735),
            OrderFixtures.update(first, .open, filled: 0),
            OrderFixtures.update(first, .partFilled, filled: 70, price: "96.00"),
            OrderFixtures.update(first, .partFilled, filled: 350, price: "95.00"),
            OrderFixtures.update(first, .cancelled, filled: 420, price: "94.00"),
            OrderFixtures.update(second, .open),
            OrderFixtures.update(second, .filled, filled: 105, price: "93.00"),
        ]
        var inOrder = World(position, booked, first, second)
        for update in story { inOrder.take(update) }

        var told = World(position, booked, first, second)
        for update in (story + story).shuffled(using: &random) { told.take(update) }
        #expect(told.position == inOrder.position)
        #expect(told.orders == inOrder.orders)
        #expect(told.day == inOrder.day)
        #expect(told.attempts == [2] && inOrder.attempts == [2])
        #expect(told.position.remaining == Quantity(210))
    }
}
