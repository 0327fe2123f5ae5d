import Brokers
import MessageBus
import Stages
import Support
import Testing
import Trading

@testable import Workers

/// A record of each schema with every field that it can have, and one with none that it can lack.
struct SchemaSample: Sendable {
    var schema: String
    var full: Fields
    var least: Fields

    init(_ schema: String, full: Fields, least: Fields? = nil) {
        self.schema = schema
        self.full = full
        self.least = least ?? full
    }

    private static let position = SampleState.stuck
    private static let exit = CorrelationID(position, .exit, attempt: 2, slice: 1)
    private static let at = SampleState.now
    private static let account = SampleState.alpha

    static func all() throws -> [SchemaSample] {
        try streams() + hashes() + paper()
    }

    private static func streams() throws -> [SchemaSample] {
        var alarm = Alarm(.critical, stage: "gateway", message: "two\nlines", at: at)
        let leastAlarm = alarm.fields
        alarm.account = account
        alarm.position = position
        alarm.trace = SampleState.signal
        var said = BrokerEvent(
            account: account, source: "socket", number: nil, order: nil, status: "TRADED", at: at)
        let leastSaid = said.fields
        said.number = "7002"
        said.order = exit
        said.instrument = Fixtures.call
        said.side = .sell
        said.filled = Quantity(35)
        said.averagePrice = "97.00"
        said.value = "3395.00"
        said.reason = "RMS: no"
        var update = OrderUpdate(
            order: exit, account: account, status: .partFilled, number: nil, filled: nil,
            value: nil, reason: nil, source: "lookup", at: at)
        let leastUpdate = update.fields
        update.number = "7002"
        update.filled = Quantity(35)
        update.value = "3395.00"
        update.reason = "RMS: no"
        var request = SampleState.request(position, .stopLoss)
        let leastRequest = request.fields
        request.attempt = 2
        let order = OrderRequest(
            order: exit, account: account, action: .cancel, at: at, trace: SampleState.signal)
        let event = PositionEvent(
            SampleState.position(position, account, .needsReview), at: at)
        var delivery = Delivery(
            stream: Keys.exits(0), id: EntryID(5, 0), fields: ["position": position.text])
        let letter = DeadLetter(delivery, stage: "exit-engine", reason: "why", at: at)
        delivery.fields = Fields(
            (0...DeadLetter.mostFields).map { Fields.Pair(name: "f\($0)", value: "") })
        let cutLetter = DeadLetter(delivery, stage: "exit-engine", reason: "why", at: at)
        return [
            SchemaSample("alarms", full: alarm.fields, least: leastAlarm),
            SchemaSample("broker-events", full: said.fields, least: leastSaid),
            SchemaSample("order-updates", full: update.fields, least: leastUpdate),
            SchemaSample("exits", full: request.fields, least: leastRequest),
            SchemaSample("orders-entry", full: order.fields),
            SchemaSample("orders-exit", full: order.fields),
            SchemaSample("positions", full: event.fields),
            SchemaSample("dead-letters", full: cutLetter.fields, least: letter.fields),
            SchemaSample("clock-marks", full: MarketEvent.clock(at).fields),
            SchemaSample("resumed-marks", full: MarketEvent.resumed(at).fields),
            SchemaSample("bar-histories", full: history.fields),
            SchemaSample("wake", full: Wake.fields(at: at)),
            SchemaSample(
                "paper-requests",
                full: PaperRequest(action: .place, number: "P-1", at: at).fields),
        ] + market()
    }

    private static func waitingBook() throws -> Fields {
        var fields = try IndexBook("BANKNIFTY").fields
        fields.pairs += [
            .init(name: "resumed_at", value: at.text),
            .init(name: "awaits", value: AwaitedBars(from: at, until: at).text),
            .init(name: "held", value: Bar(start: at, price: "59410.05").text),
        ]
        return try IndexBook("BANKNIFTY", fields).fields
    }

    private static var history: MarketEvent {
        let bars = [0, 1].map { Bar(start: at + .minutes($0), price: "59410.05") }
        return .history(BarHistory(index: Fixtures.index, bars: bars, until: at), at: at)
    }

    private static func market() -> [SchemaSample] {
        var quote = Quote(ltp: "100.05", at: at)
        let least = Tick(instrument: Fixtures.call, quote: quote)
        var signal = SampleState.entrySignal
        signal.quote = quote
        let leastSignal = signal.fields
        quote.bid = "100.00"
        quote.ask = "100.10"
        quote.bidQuantity = Quantity(35)
        quote.askQuantity = Quantity(70)
        quote.openInterest = 5
        signal.quote = quote
        let full = Tick(
            instrument: Fixtures.call, quote: quote, volume: 1, lastQuantity: Quantity(35),
            exchangeTime: at)
        return [
            SchemaSample("ticks", full: full.fields, least: least.fields),
            SchemaSample("signals", full: signal.fields, least: leastSignal),
        ]
    }

    private static func hashes() throws -> [SchemaSample] {
        var least = Order(
            id: exit, account: account, instrument: Fixtures.call, side: .sell, type: .market,
            price: nil, quantity: Quantity(35), acceptedAt: at, trace: SampleState.signal)
        least.rev = 1
        var day = AccountDay()
        day.rev = 1
        let leastDay = day.fields
        day.capital = "200000.00"
        day.openBooks[AccountDay.Book(Fixtures.index, .put)] = 1
        day.lastExits[Fixtures.put] = at
        var budget = OrderBudget()
        budget.rev = 1
        let leastBudget = budget.fields
        var leastReconciliation = Reconciliation(on: at.day)
        leastReconciliation.rev = 1
        var fullReconciliation = leastReconciliation
        fullReconciliation.readAt = at
        fullReconciliation.seen = [
            Fixtures.call: .init("35/2/\(SampleState.stuck)@4", at: at)
        ]
        fullReconciliation.missing = [Fixtures.call]
        fullReconciliation.told = ["order:7001": .init("35", at: at)]
        budget.take(at: at)
        var halts: Fields = [:]
        for scope in [Halts.Scope.everything, .account(account)] {
            halts[Halts.haltField(scope)] = "why"
            halts[Halts.flattenField(scope)] = ""
        }
        return [
            SchemaSample("position", full: fullPosition, least: leastPosition),
            SchemaSample("order", full: fullOrder(least).fields, least: least.fields),
            SchemaSample("account", full: day.fields, least: leastDay),
            SchemaSample("budget", full: budget.fields, least: leastBudget),
            SchemaSample(
                "server-run",
                full: ServerRun(
                    id: "a1b2", count: 2, signals: EntryID(5, 0), at: at, metAt: at,
                    earlier: [.init(id: "a1b1", at: at)]
                ).fields,
                least: ServerRun(id: "a1b2", count: 1, signals: .zero, at: at, metAt: at).fields),
            SchemaSample(
                "backlog",
                full: Backlog.next(
                    9, after: Backlog.next(9, after: nil, bound: 8, at: at), bound: 8, at: at
                ).fields, least: Backlog(entries: 0, at: at).fields),
            SchemaSample(
                "reconciled", full: fullReconciliation.fields, least: leastReconciliation.fields),
            SchemaSample("loss-limit", full: goneLimit.fields, least: standingLimit.fields),
            SchemaSample("by-hand", full: handTrades.fields, least: leastHandTrades.fields),
            SchemaSample("worker", full: fullPulse, least: leastPulse),
            SchemaSample("halt", full: halts, least: [:]),
            SchemaSample(
                "layout",
                full: [
                    "shards": "1", "partitions": "2", "accounts": "alpha bravo",
                    "venue:alpha": "dhan",
                ],
                least: ["shards": "1", "partitions": "2"]),
            SchemaSample(
                "instruments",
                full: [Fixtures.call.text: Fixtures.instrument().text, "day": "2025-12-15"],
                least: [:]),
        ]
    }

    private static var standingLimit: LossLimit {
        var limit = LossLimit(on: at.day, .rupees(12_500))
        limit.rev = 1
        return limit
    }

    private static var goneLimit: LossLimit {
        var limit = standingLimit
        limit.goneAt = at
        return limit
    }

    private static var leastHandTrades: HandTrades {
        var trades = HandTrades(on: Fixtures.day)
        trades.rev = 1
        return trades
    }

    private static var handTrades: HandTrades {
        var trades = leastHandTrades
        _ = trades.note(
            HandTrades.Fill(
                instrument: Fixtures.call, side: .sell, units: Quantity(35), value: "3360.00"),
            of: "9001", held: nil)
        _ = trades.leaveOut(Quantity(35), of: Fixtures.call)
        return trades
    }

    private static var leastPosition: Fields {
        SampleState.position(position, account, .pending).fields
    }

    private static var fullPosition: Fields {
        var tracker = SampleState.position(position, account, .exited)
        tracker.exit = tracker.entry
        tracker.byHand.quantity = Quantity(35)
        tracker.byHand.value = "3360.00"
        tracker.exitClaimedAt = at
        tracker.run = "a1b2"
        tracker.closedAt = at
        tracker.reviewReason = "sold 70 of 35"
        tracker.watch.peak = "120.00"
        tracker.watch.stop = "-0.05"
        tracker.watch.ltp = "110.00"
        tracker.watch.bid = "109.90"
        tracker.watch.tickAt = at
        return Fields(tracker.fields.pairs + tracker.watch.fields.pairs)
    }

    private static func fullOrder(_ least: Order) -> Order {
        var order = least
        order.price = "97.00"
        order.filled = Quantity(35)
        order.value = "3395.00"
        order.number = "7002"
        order.error = "RMS:\nno"
        order.nonce = "n1"
        order.expiresAt = at
        order.markedAt = at
        order.run = "a1b2"
        order.sentAt = at
        order.cancelAskedAt = at
        order.cancels = 1
        order.finishedAt = at
        order.firstLookAt = at
        order.heldAt = at
        return order
    }

    private static var leastPulse: Fields {
        Pulse(worker: "w", stage: "gateway").fields(process: 1, startedAt: at, now: at)
    }

    private static var fullPulse: Fields {
        let pulse = Pulse(worker: "w", stage: "gateway")
        pulse.update {
            $0.turnAt = at
            $0.role = Role.holder
            $0.lastError = "no answer"
            $0.durations.add(.microseconds(250))
        }
        return pulse.fields(process: 1, startedAt: at, now: at)
    }

    private static func paper() throws -> [SchemaSample] {
        var order = Order(
            id: exit, account: account, instrument: Fixtures.call, side: .sell, type: .market,
            price: nil, quantity: Quantity(35), acceptedAt: at, trace: SampleState.signal)
        let least = PaperOrder(order, number: "P-1", at: at, latency: .zero).fields
        order.price = "97.00"
        var full = PaperOrder(order, number: "P-1", at: at, latency: .zero)
        full.reason = "no margin"
        full.cancelDueAt = at
        var ledger = PaperLedger()
        let leastLedger = ledger.fields
        ledger.book(.sell, Quantity(35), "3395.00", Fixtures.call)
        return [
            SchemaSample("paper-order", full: full.fields, least: least),
            SchemaSample("paper-ledger", full: ledger.fields, least: leastLedger),
            SchemaSample(
                "bars", full: try waitingBook(), least: try IndexBook("BANKNIFTY").fields),
        ]
    }
}
