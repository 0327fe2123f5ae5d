import Stages
import Support
import Testing
import Trading

/// Pains 5, 6 and 10: an outcome that nobody knows is neither repeated nor given up.
@Suite struct GatewayLookUpTests {
    let profile = GatewayProfile()
    let rule = AbsenceRule(reads: 3, span: .seconds(10))
    /// Marked at 10:05.
    let unknown = OrderFixtures.exitOrder(.unknown, of: OrderFixtures.exiting())

    func looked(
        _ order: Order, _ book: [BrokerOrder]?, at now: EventTime, asked: EventTime? = nil
    ) -> [Effect] {
        Gateway.looked(
            order, book: book.map { OrderBook($0) }, rule: rule,
            origin: OrderOrigin(
                run: "run-2", since: .at(9, 0), wait: .seconds(13), position: "run-2"),
            profile: profile, now: now, wall: now, asked: asked ?? now)
    }

    func saved(_ effects: [Effect]) -> Order? {
        effects.compactMap { if case .saveOrder(let order) = $0 { order } else { nil } }.first
    }

    func entry(_ number: OrderNumber, _ status: String, filled: Int = 0) -> BrokerOrder {
        BrokerOrder(
            number: number, correlation: unknown.id, status: status, quantity: Quantity(70),
            filled: Quantity(filled), value: Price("100.00") * Quantity(filled), reason: nil)
    }

    func isAbsent(_ effects: [Effect]) -> Bool {
        effects.contains {
            if case .sendUpdate(let update) = $0 { update.status == .absent } else { false }
        }
    }

    @Test(
        "Absent needs reads, their span, and the end of the sender's life",
        arguments: [
            // looks before, seconds from the mark to the first look, and to this one
            (0, 0, 60, false), (1, 4, 60, false),
            (2, 4, 13, false),  // nine seconds of looking
            (2, 2, 12, false),  // the sender may have called at 3 s
            (2, 2, 13, true), (2, 4, 14, true), (9, 1, 60, true),
        ]
    )
    func absence(looks: Int, first: Int, this: Int, absent: Bool) {
        var order = unknown
        order.looks = looks
        order.firstLookAt = looks == 0 ? nil : .at(10, 5, first)
        let effects = looked(order, [], at: .at(10, 5, 0) + .seconds(this))
        #expect(isAbsent(effects) == absent)
        #expect(saved(effects)?.looks == looks + 1)
        #expect(saved(effects)?.status == .unknown)
    }

    @Test(
        "A book is as old as the question, however late a frozen gateway takes its answer",
        arguments: [(6, false), (13, false), (14, true)]
    )
    func oldAnswer(asked: Int, absent: Bool) {
        var order = unknown
        order.looks = 2
        order.firstLookAt = .at(10, 5, 4)
        let effects = looked(order, [], at: .at(10, 6), asked: .at(10, 5, asked))
        #expect(isAbsent(effects) == absent)
    }

    @Test(
        "The last look comes when it can prove absence, however old the answer of the one before",
        arguments: [
            // looks before, second of the first look, of the question and of its answer; next look
            (0, 0, 3, 3, 8000), (1, 4, 9, 9, 14_000), (1, 4, 9, 12, 14_000),
            (2, 4, 13, 13, 14_000), (2, 4, 13, 20, 21_000), (1, 4, 20, 20, 21_000),
        ]
    )
    func spacing(looks: Int, first: Int, asked: Int, answered: Int, next: Int) {
        var order = unknown
        order.looks = looks
        order.firstLookAt = looks == 0 ? nil : .at(10, 5, first)
        let effects = looked(
            order, [], at: .at(10, 5) + .seconds(answered), asked: .at(10, 5) + .seconds(asked))
        #expect(
            effects.contains(.scheduleOrder(order.id, at: .at(10, 5) + .milliseconds(next))))
    }

    /// The book is the day's: what ended unheard the day before is in none any more.
    @Test(
        "An order of an earlier day that is in no book has ended with its day",
        arguments: [
            (.open, .expired), (.partFilled, .expired), (.sent, .expired), (.unknown, .absent),
        ] as [(OrderStatus, OrderStatus)]
    )
    func yesterday(status: OrderStatus, end: OrderStatus) {
        var order = OrderFixtures.exitOrder(status, of: OrderFixtures.exiting())
        func ends(_ effects: [Effect]) -> [OrderStatus] {
            effects.compactMap {
                if case .sendUpdate(let update) = $0 { update.status } else { nil }
            }
        }
        let morning = EventTime.at(9, 15) + .days(1)
        for second in stride(from: 0, to: 10, by: 5) {
            let effects = looked(order, [], at: morning + .seconds(second))
            #expect(ends(effects).isEmpty)
            order = saved(effects) ?? order
        }
        #expect(ends(looked(order, nil, at: morning + .seconds(10))).isEmpty)
        #expect(ends(looked(order, [], at: morning + .seconds(10))) == [end])
        // On its own day it may only be hidden.
        if status != .unknown { #expect(ends(looked(order, [], at: .at(15, 30))).isEmpty) }
    }

    @Test func `an unreadable book is not an empty one`() {
        var order = unknown
        order.looks = 9
        order.firstLookAt = .at(10, 5)
        #expect(
            looked(order, nil, at: .at(10, 7))
                == [.scheduleOrder(order.id, at: .at(10, 7, 1))])
    }

    @Test func `a book that is not whole shows what is there, and proves no absence`() {
        var order = unknown
        order.looks = 9
        order.firstLookAt = .at(10, 5)
        func looked(_ orders: [BrokerOrder]) -> [Effect] {
            Gateway.looked(
                order, book: OrderBook(orders, isWhole: false), rule: rule,
                origin: OrderOrigin(
                    run: "run-2", since: .at(10, 7), wait: .seconds(13), position: "run-2"),
                profile: profile, now: .at(10, 7), wall: .at(10, 7), asked: .at(10, 7))
        }
        #expect(looked([]) == [.scheduleOrder(order.id, at: .at(10, 7, 1))])
        #expect(saved(looked([entry("7001", "PENDING")]))?.number == "7001")
    }

    @Test func `a found order gets its number, and the broker's words go the usual way`() {
        let effects = looked(unknown, [entry("7001", "PART_TRADED", filled: 35)], at: .at(10, 6))
        #expect(saved(effects)?.status == .sent && saved(effects)?.number == "7001")
        #expect(effects.contains(.number("7001", unknown.id)))
        #expect(effects.contains(.unpark("7001", [])))
        let event = effects.compactMap {
            if case .sendBrokerEvent(let event) = $0 { event } else { nil }
        }.first
        #expect(event?.status == "PART_TRADED" && event?.filled == Quantity(35))
        #expect(event?.order == unknown.id && event?.source == "lookup")
    }

    @Test func `two orders under one correlation id are both ours`() {
        let twins = [entry("7001", "PENDING", filled: 35), entry("7002", "TRADED", filled: 70)]
        let effects = looked(unknown, twins, at: .at(10, 6))
        let event = effects.compactMap {
            if case .sendBrokerEvent(let event) = $0 { event } else { nil }
        }.first
        #expect(event?.status == "PENDING" && event?.filled == Quantity(105))
        #expect(effects.contains(.number("7002", unknown.id)))
        guard case .alarm(let alarm)? = effects.last else {
            Issue.record("no alarm")
            return
        }
        #expect(alarm.severity == .critical)
    }

    /// Each look leads to one that still works, until none does.
    @Test(
        "Twins are cancelled one after the other",
        arguments: [
            ("PENDING", "PENDING", "7001", "PENDING"), ("CANCELLED", "PENDING", "7002", "PENDING"),
            ("CANCELLED", "CANCELLED", "7001", "CANCELLED"),
            ("TRADED", "PART_TRADED", "7002", "PART_TRADED"),
        ] as [(String, String, OrderNumber, String)])
    func twins(first: String, second: String, number: OrderNumber, status: String) {
        var order = unknown
        order.status = .open
        order.number = "7001"
        let effects = looked(
            order, [entry("7002", second, filled: 30), entry("7001", first, filled: 5)],
            at: .at(10, 6))
        #expect((saved(effects)?.number ?? "7001") == number)
        let event = effects.compactMap {
            if case .sendBrokerEvent(let event) = $0 { event } else { nil }
        }.first
        #expect(event?.number == number && event?.status == status)
        #expect(event?.filled == Quantity(35))
    }

    @Test func `an acknowledged order in no book is never absent, and alarms once`() {
        var order = OrderFixtures.exitOrder(.open, of: OrderFixtures.exiting())
        var alarms = 0
        for minute in 6..<26 {
            let effects = looked(order, [], at: .at(10, minute))
            #expect(!isAbsent(effects))
            alarms += effects.count { if case .alarm = $0 { true } else { false } }
            order = saved(effects) ?? order
        }
        #expect(alarms == 1)
    }
}
