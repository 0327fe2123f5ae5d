import Stages
import Support
import Testing
import Trading

/// A socket tells averages, rounded to a paisa; what was paid stands in the trade book.
@Suite struct FillValueTests {
    /// Seven lots: more than an average can be traced back to.
    private static let units = 245
    private static let rounded: Money = "24502.45"
    private static let exact: Money = "24501.75"
    private let profile = GatewayProfile()

    private func world() -> OrderUpdateHandlerTests.World {
        let position = OrderFixtures.exiting(quantity: Self.units)
        return .init(position, OrderFixtures.exitOrder(.open, of: position))
    }

    private func update(
        _ order: Order, _ value: Money, _ precision: ValuePrecision,
        _ status: OrderStatus = .filled, units: Int = units
    ) -> OrderUpdate {
        var update = OrderFixtures.update(order, status, filled: units)
        update.value = value
        update.precision = precision
        return update
    }

    private func looks(_ world: OrderUpdateHandlerTests.World) -> [EventTime?] {
        world.sent.compactMap { if case .scheduleOrder(_, let at) = $0 { at } else { nil } }
    }

    @Test
    func `an order that ends on a rounded value is looked up, and its fills are not repeated`()
        throws
    {
        var world = world()
        let order = try #require(world.orders.values.first)
        world.take(update(order, Self.rounded, .rounded))
        #expect(world.position.status == .exited)
        #expect(world.sent.contains(.scheduleOrder(order.id, at: .at(10, 6))))
        let closed = world
        world.sent = []
        world.take(update(order, Self.exact, .exact), now: .at(10, 7))
        #expect(world.sent.contains(.scheduleOrder(order.id, at: nil)))
        #expect(!world.sent.contains(.addOpen(world.position.account, world.position.id)))
        #expect(world.attempts == [] && world.alarms == 0)
        var expected = closed.position
        expected.exit.value = Self.exact
        expected.exit.charges = try #require(world.orders[order.id]).charges
        #expect(world.position == expected)
        #expect(closed.day.realised == closed.position.net)
        #expect(world.day.realised == world.position.net)
        #expect(world.day.realised < closed.day.realised)
        #expect(world.day.open == 0 && world.day.lossesInRow == closed.day.lossesInRow)
    }

    @Test func `a better word of a worse known value changes nothing`() throws {
        var world = world()
        let order = try #require(world.orders.values.first)
        world.take(update(order, Self.exact, .exact))
        #expect(
            world.take(update(order, Self.rounded, .rounded)) == .drop("no news of \(order.id)"))
        #expect(!world.sent.contains(.scheduleOrder(order.id, at: .at(10, 6))))
    }

    @Test func `what an average can only have come from is taken, and nobody is asked`() throws {
        var world = world()
        let order = try #require(world.orders.values.first)
        world.take(update(order, "7002.10", .rounded, .cancelled, units: 70))
        #expect(world.orders[order.id]?.total.value == "7001.75")
        #expect(world.orders[order.id]?.precision == .derived)
        #expect(!world.sent.contains(.scheduleOrder(order.id, at: .at(10, 6))))
        // The trades themselves say more.
        world.take(update(order, "7000.00", .exact, .cancelled, units: 70))
        #expect(world.position.exit.value == "7000.00")
    }

    @Test func `a late fill by a rounded value is looked up too`() throws {
        var world = world()
        let order = try #require(world.orders.values.first)
        world.take(update(order, "21000.00", .exact, .cancelled, units: 210))
        world.sent = []
        world.take(update(order, Self.rounded, .rounded, .cancelled))
        #expect(world.sent.contains(.scheduleOrder(order.id, at: .at(10, 6))))
    }

    @Test func `an average is told as rounded, and the trades are news at the same quantity`() {
        var order = OrderFixtures.exitOrder(.open, of: OrderFixtures.exiting())
        func told(_ value: Money?) -> OrderUpdate? {
            let event = BrokerEvent(
                account: order.account, source: "socket", number: order.number, order: order.id,
                status: "TRADED", filled: Quantity(70), averagePrice: "100.03", value: value,
                at: .at(10, 6))
            guard
                case .commit(let effects) = OrderUpdateHub.decide(
                    event: event, order: order, now: .at(10, 6))
            else { return nil }
            return effects.compactMap {
                if case .sendUpdate(let update) = $0 { update } else { nil }
            }.first
        }
        #expect(
            told(nil)?.total == .init(units: Quantity(70), value: "7002.10", precision: .rounded))
        order.status = .filled
        order.total = .init(units: Quantity(70), value: "7002.10", precision: .rounded)
        #expect(told(nil) == nil)
        #expect(told("7001.75")?.total?.precision == .exact)
        order.total.precision = .exact
        #expect(told("7001.75") == nil)
    }
}

/// The gateway's part: it reads the book.
extension FillValueTests {
    private func ended(_ precision: ValuePrecision = .rounded) -> Order {
        var order = OrderFixtures.exitOrder(
            .filled, of: OrderFixtures.exiting(quantity: Self.units))
        order.total = .init(
            units: Quantity(Self.units), value: Self.rounded, precision: precision)
        order.finishedAt = .at(10, 6)
        return order
    }

    private func book(
        _ order: Order, _ precision: ValuePrecision, units: Int = units
    ) -> [BrokerOrder] {
        [
            BrokerOrder(
                number: "7001", correlation: order.id, status: "TRADED", quantity: order.quantity,
                filled: Quantity(units), value: Self.exact, precision: precision, reason: nil)
        ]
    }

    private func looked(_ order: Order, _ book: [BrokerOrder]?, at now: EventTime) -> [Effect] {
        Gateway.looked(
            order, book: book.map { OrderBook($0) },
            rule: AbsenceRule(reads: 3, span: .seconds(10)),
            origin: OrderOrigin(
                run: "run-2", since: .at(9, 0), wait: .seconds(13), position: "run-2"),
            profile: profile, now: now, wall: now, asked: now)
    }

    @Test(
        "Only an ended order without its value is looked up",
        arguments: [(.rounded, true), (.derived, false), (.exact, false)]
            as [(ValuePrecision, Bool)])
    func due(precision: ValuePrecision, looks: Bool) {
        let order = ended(precision)
        let due = Gateway.due(
            order,
            origin: OrderOrigin(
                run: "run-2", since: .at(9, 0), wait: .seconds(13), position: "run-2"),
            budget: OrderBudget(), profile: profile, now: .at(10, 6), wall: .at(10, 6))
        #expect(due == (looks ? .look : .commit([.scheduleOrder(order.id, at: nil)])))
    }

    @Test func `the book's exact value is told, until the handler has it`() {
        let order = ended()
        let effects = looked(order, book(order, .exact), at: .at(10, 6))
        guard effects.count == 2, case .sendBrokerEvent(let event) = effects[0] else {
            Issue.record("\(effects)")
            return
        }
        #expect(event.value == Self.exact && event.precision == .exact)
        #expect(event.filled == Quantity(Self.units) && event.order == order.id)
        #expect(effects[1] == .scheduleOrder(order.id, at: .at(10, 6) + profile.pollEvery))
    }

    @Test(
        "A book that is behind is read again for a minute, then a person hears of it",
        arguments: ["rounded", "fewer units", "not there", "unreadable"])
    func behind(how: String) {
        let order = ended()
        let read: [BrokerOrder]? =
            switch how {
            case "rounded": book(order, .rounded)
            case "fewer units": book(order, .exact, units: 210)
            case "not there": []
            default: nil
            }
        let soon = looked(order, read, at: .at(10, 6, 59))
        #expect(soon == [.scheduleOrder(order.id, at: .at(10, 7))])
        let late = looked(order, read, at: .at(10, 7))
        #expect(late.count == 2 && late.first == .scheduleOrder(order.id, at: nil))
        guard case .alarm(let alarm)? = late.last else {
            Issue.record("no alarm")
            return
        }
        #expect(alarm.severity == .warning)
    }
}
