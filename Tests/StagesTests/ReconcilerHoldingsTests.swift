import Stages
import Support
import Testing
import Trading

@Suite("Reconciler: what is held")
struct ReconcilerHoldingsTests {
    private let now = EventTime.at(10, 10)

    /// Two reads of the same books, with what the first one has stored; and what happens between.
    private func twice(
        _ books: BrokerBooks, _ ours: Reconciler.Ours, apart: Span = .seconds(60),
        between: (inout Reconciler.Ours) -> Void = { _ in }
    ) -> (first: [Effect], second: [Effect]) {
        func read(_ ours: Reconciler.Ours, after span: Span) -> [Effect] {
            let now = now + span
            return Reconciler.decide(
                books: books, ours: ours, profile: ReconcilerProfile(), now: now, asked: now,
                wall: now)
        }
        let first = read(ours, after: .zero)
        var later = ours
        for case .saveReconciliation(let record, _) in first { later.record = record }
        between(&later)
        return (first, read(later, after: apart))
    }

    private func ours(_ positions: PositionTracker...) -> Reconciler.Ours {
        var ours = Reconciler.Ours(
            account: Fixtures.account, trades: HandTrades(on: Fixtures.day),
            record: Reconciliation(on: Fixtures.day))
        ours.positions = positions
        return ours
    }

    private func books(_ net: Int) -> BrokerBooks {
        BrokerBooks(orders: [], net: net == 0 ? [:] : [Fixtures.call: Quantity(net)])
    }

    /// Its orders are in no book of this day.
    private func carried(quantity: Int = 70) -> PositionTracker {
        var position = OrderFixtures.active(quantity: quantity)
        position.createdAt = position.createdAt - .days(1)
        return position
    }

    private func listing(_ id: CorrelationID, _ side: OrderSide, _ units: Int) -> BrokerOrder {
        BrokerOrder(
            number: OrderNumber("N-\(id)"), correlation: id, instrument: Fixtures.call, side: side,
            status: "TRADED", quantity: Quantity(units), filled: Quantity(units),
            value: "100.00" * Quantity(units), reason: nil)
    }

    private func balance(_ effects: [Effect]) -> HandTrades.Balance? {
        effects.compactMap {
            if case .saveHandTrades(let trades, _) = $0 {
                trades.balances[Fixtures.call]
            } else {
                nil
            }
        }.first
    }

    @Test(
        "Two positions of 70: what is not at the broker was sold, what is too much is not ours",
        arguments: [(140, nil), (70, -70), (0, -140), (175, 35), (-35, -140)] as [(Int, Int?)]
    )
    func held(net: Int, balance: Int?) throws {
        var other = carried()
        other.id = "251215-other0001"
        let (first, second) = twice(books(net), ours(carried(), other))
        #expect(self.balance(first) == nil)
        let set = self.balance(second)
        #expect(set?.units.units == balance)
        let exits = second.filter { if case .scheduleExit = $0 { true } else { false } }
        #expect(exits.count == (balance ?? 0 < 0 ? 2 : 0))
        if let balance, balance < 0 { #expect(set?.value == "100.00" * Quantity(-balance)) }
    }

    @Test(
        "Nothing is concluded while something could still change it",
        arguments: [
            "an entry works", "an exit works", "a fill is news", "a fill by hand is news",
            "a position cannot be read", "stored between the reads", "by hand between the reads",
        ])
    func waits(why: String) {
        var position = carried()
        var books = books(35)
        var state = ours(position)
        let order = OrderFixtures.exitOrder(.cancelled, of: position)
        switch why {
        case "an entry works": position.entry.working = 1
        case "an exit works": position.exit.working = 1
        case "a fill is news":
            state.orders[order.id] = order
            books.orders = [
                BrokerOrder(
                    number: "7001", correlation: order.id, status: "CANCELLED",
                    quantity: order.quantity, filled: Quantity(35), value: "3500.00", reason: nil)
            ]
        case "a fill by hand is news":
            books.orders = [
                BrokerOrder(
                    number: "H1", correlation: nil, instrument: Fixtures.call, side: .sell,
                    status: "TRADED", quantity: Quantity(35), filled: Quantity(35),
                    value: "3500.00", reason: nil)
            ]
        case "a position cannot be read": state.isComplete = false
        default: break
        }
        state.positions = [position]
        let (_, second) = twice(books, state) { state in
            if why == "stored between the reads" { state.positions[0].rev += 1 }
            if why == "by hand between the reads" { state.trades.rev += 1 }
        }
        #expect(balance(second) == nil)
    }

    /// A list of positions that is late or empty must not make an exit leave out what is there.
    @Test func `what is gone without an order that sold it is doubted for a minute`() {
        let state = ours(carried())
        #expect(balance(twice(books(0), state, apart: .seconds(59)).second) == nil)
        #expect(balance(twice(books(0), state, apart: .seconds(60)).second)?.units.units == -70)
        #expect(balance(twice(books(105), state, apart: .seconds(2)).second)?.units.units == 35)
    }

    @Test func `what was sold already keeps its price`() {
        var state = ours(carried())
        state.trades.set(.init(units: Quantity(-35), value: "2800.00"), of: Fixtures.call)
        #expect(balance(twice(books(35), state).second) == nil)
        #expect(balance(twice(books(0), state).second)?.value == "6300.00")
        #expect(balance(twice(books(70), state).second) == .init())
    }

    @Test func `sold short is an alarm, once`() {
        let (first, second) = twice(books(-35), ours())
        func critical(_ effects: [Effect]) -> Int {
            effects.filter {
                if case .alarm(let alarm) = $0 { alarm.severity == .critical } else { false }
            }.count
        }
        #expect(critical(first) == 1)
        #expect(critical(second) == 0)
    }

    /// A person sells and buys, the hub takes it down later, and books are read at any moment and
    /// compared later still. Nothing is ever left out that is there, and in the end it comes out.
    @Test(
        "Whatever happens between reads, what is left out is gone",
        arguments: 0..<200 as Range<UInt64>)
    func property(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let isCarried = seed % 2 == 0
        let position = isCarried ? carried(quantity: 350) : OrderFixtures.active(quantity: 350)
        var state = ours(position)
        var truth = 350
        var orders: [BrokerOrder] = []
        let entry = isCarried ? [] : [listing(position.entryOrder, .buy, 350)]
        state.know(entry)
        var heard = 0
        /// Books that were read and not compared yet.
        var read: BrokerBooks?

        var clock = now
        func compare(_ books: BrokerBooks) {
            clock = clock + .seconds(60)
            let effects = Reconciler.decide(
                books: books, ours: state, profile: ReconcilerProfile(), now: clock,
                asked: clock, wall: clock)
            for effect in effects {
                if case .saveReconciliation(let record, _) = effect { state.record = record }
                if case .saveHandTrades(var trades, _) = effect {
                    trades.rev += 1
                    state.trades = trades
                }
            }
        }
        func hear() {
            guard heard < orders.count else { return }
            let order = orders[heard]
            heard += 1
            let fill = HandTrades.Fill(
                instrument: Fixtures.call, side: order.side ?? .sell, units: order.filled,
                value: order.value)
            if state.trades.note(fill, of: order.number, held: Quantity(350)) {
                state.trades.rev += 1
            }
        }
        func look() -> BrokerBooks {
            // The holdings are read after the orders: a trade may come between.
            let book = orders
            if Int.random(in: 0..<4, using: &random) == 0 { trade() }
            return BrokerBooks(orders: entry + book, net: [Fixtures.call: Quantity(truth)])
        }
        func trade() {
            let isSale = Bool.random(using: &random)
            let units = Int.random(in: 1...35, using: &random)
            guard !isSale || truth >= units else { return }
            truth += isSale ? -units : units
            orders.append(
                BrokerOrder(
                    number: OrderNumber("H\(orders.count)"), correlation: nil,
                    instrument: Fixtures.call, side: isSale ? .sell : .buy, status: "TRADED",
                    quantity: Quantity(units), filled: Quantity(units),
                    value: "100.00" * Quantity(units), reason: nil))
        }
        for _ in 0..<120 {
            switch Int.random(in: 0..<6, using: &random) {
            case 0: trade()
            case 1: hear()
            case 2: read = look()
            default:
                compare(read ?? look())
                read = nil
            }
            if heard == orders.count {
                #expect(state.trades.sold(of: Fixtures.call).units <= max(0, 350 - truth))
            }
        }
        while heard < orders.count { hear() }
        for _ in 0..<3 {
            compare(BrokerBooks(orders: entry + orders, net: [Fixtures.call: Quantity(truth)]))
        }
        #expect(state.trades.balances[Fixtures.call]?.units.units ?? 0 == truth - 350)
    }
}

extension Reconciler.Ours {
    /// All of them are stored here as the book has them.
    mutating func know(_ listings: [BrokerOrder]) {
        for listing in listings {
            guard let id = listing.correlation, let side = listing.side else { continue }
            var order = Order(
                id: id, account: account, instrument: Fixtures.call, side: side, type: .limit,
                price: "100.00", quantity: listing.quantity, acceptedAt: Fixtures.openedAt,
                trace: "s-1")
            order.status = .filled
            order.number = listing.number
            order.filled = listing.filled
            order.value = listing.value
            orders[id] = order
        }
    }
}
