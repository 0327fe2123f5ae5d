import Brokers
import Support
import Testing
import Trading

@Suite struct PaperMatchTests {
    let contract = PaperMatch.Contract(
        lot: Quantity(35), tickSize: "0.05", freezeQuantity: Quantity(600))

    func order(_ side: OrderSide = .buy, _ price: Price? = "101.00", quantity: Int = 70)
        -> PaperOrder
    {
        let position = OrderFixtures.active(quantity: quantity)
        var order =
            side == .buy
            ? OrderFixtures.entryOrder(.sending, of: position)
            : OrderFixtures.exitOrder(.sending, of: position)
        order.price = price
        order.type = price == nil ? .market : .limit
        return PaperOrder(order, number: "P-1", at: .at(10, 0), latency: .milliseconds(50))
    }

    func quote(
        bid: Price? = "99.90", ask: Price? = "100.10", depth: Int? = nil,
        at time: EventTime = .at(9, 59)
    ) -> Quote {
        Quote(
            ltp: "100.00", bid: bid, ask: ask, bidQuantity: depth.map(Quantity.init),
            askQuantity: depth.map(Quantity.init), at: time)
    }

    func arrive(
        _ order: PaperOrder, _ book: Quote?, _ profile: PaperProfile = PaperProfile()
    ) -> PaperMatch.Answer {
        PaperMatch.decide(
            order, event: .arrives(.at(10, 0, ms: 50)), book: book, contract: contract,
            profile: profile)
    }

    @Test(
        "What a quote of 99.90 / 100.10 fills",
        arguments: [
            (.buy, "101.00", "100.10"), (.buy, "100.10", "100.10"), (.buy, "100.05", nil),
            (.sell, "97.00", "99.90"), (.sell, "99.90", "99.90"), (.sell, "99.95", nil),
            (.buy, nil, "100.10"), (.sell, nil, "99.90"),
        ] as [(OrderSide, Price?, Price?)]
    )
    func crossing(side: OrderSide, limit: Price?, fill: Price?) {
        let answer = arrive(order(side, limit), quote())
        #expect(answer.order.value.average(over: answer.order.filled) == fill)
        #expect(
            answer.events.map(\.status) == (fill == nil ? ["PENDING"] : ["PENDING", "TRADED"]))
        #expect(answer.events.allSatisfy { $0.at == .at(10, 0, ms: 50) })
    }

    @Test(
        "Slippage never passes the limit",
        arguments: [
            (.buy, "100.30", 3, "100.25"), (.buy, "100.15", 3, "100.15"),
            (.sell, "99.80", 3, "99.80"), (.sell, "99.00", 3, "99.75"),
        ] as [(OrderSide, Price, Int, Price)]
    )
    func slippage(side: OrderSide, limit: Price, ticks: Int, fill: Price) {
        var profile = PaperProfile()
        profile.slippageTicks = ticks
        let answer = arrive(order(side, limit), quote(), profile)
        #expect(answer.order.value.average(over: answer.order.filled) == fill)
    }

    @Test(
        "A market order becomes a protected limit, by premium",
        arguments: [
            (.buy, "5.00", "5.25"), (.buy, "50.00", "51.50"), (.sell, "100.00", "98.00"),
            (.sell, "600.00", "594.00"), (.sell, "0.05", "0.05"),
        ] as [(OrderSide, Price, Price)]
    )
    func protection(side: OrderSide, ltp: Price, limit: Price) {
        // The touch is far away, so that the order rests at its limit.
        let far = Quote(ltp: ltp, bid: "0.00", ask: "900.00", at: .at(9, 59))
        let answer = arrive(order(side, nil), far)
        #expect(answer.order.price == limit)
        #expect(answer.order.status == .pending)
    }

    @Test(
        "The exchange's checks",
        arguments: [
            (71, "101.00", "lot"), (0, "101.00", "lot"), (630, "101.00", "freeze"),
            (70, "101.03", "tick"), (70, "0.00", "tick"),
        ] as [(Int, Price, String)]
    )
    func rejects(quantity: Int, price: Price, reason: String) {
        let answer = arrive(order(.buy, price, quantity: quantity), quote())
        #expect(answer.events.map(\.status) == ["REJECTED"])
        #expect(answer.order.reason?.contains(reason) == true)
    }

    @Test(arguments: [0, 2_500, 10_000])
    func `the reject rate chooses by the correlation id`(basisPoints: Int) {
        var profile = PaperProfile()
        profile.rejectRate = Percent(basisPoints: basisPoints)
        let rejected = (0..<400).count { number in
            var order = order()
            order.order = CorrelationID(
                PositionID("251215-\(number)"), .exit, attempt: 1, slice: 1)
            #expect(arrive(order, quote(), profile) == arrive(order, quote(), profile))
            return arrive(order, quote(), profile).order.status == .rejected
        }
        #expect(abs(rejected - 400 * basisPoints / 10_000) < 40)
    }

    @Test func `an order without a quote rests, and is filled by the next one that touches`() {
        var answer = arrive(order(), nil)
        #expect(answer.events.map(\.status) == ["PENDING"])
        for (ask, status) in [("101.05", PaperOrder.Status.pending), ("101.00", .traded)]
            as [(Price, PaperOrder.Status)]
        {
            let next = quote(ask: ask, at: .at(10, 1))
            answer = PaperMatch.decide(
                answer.order, event: .quote(next), book: nil, contract: contract,
                profile: PaperProfile())
            #expect(answer.order.status == status)
        }
        #expect(answer.events.map(\.at) == [.at(10, 1)])
    }

    @Test func `shares and depth fill in whole lots, and the rest waits`() {
        var profile = PaperProfile()
        profile.fillShare = .percent(50)
        profile.respectDepth = true
        var answer = arrive(order(quantity: 350), quote(depth: 100), profile)
        #expect(answer.order.filled == Quantity(70))
        var fills: [Int] = []
        for second in 1...3 {
            let next = quote(depth: 1_000, at: .at(10, 0, second))
            answer = PaperMatch.decide(
                answer.order, event: .quote(next), book: nil, contract: contract, profile: profile)
            fills.append(answer.order.filled.units)
        }
        #expect(fills == [245, 350, 350])
        #expect(answer.events.isEmpty && answer.order.status == .traded)
    }

    @Test func `cancels: refused in transit and when finished, else with the fills so far`() {
        #expect(decide(order(), .cancel(.at(10, 0))).refusal == "Order is in Transit state")
        var resting = arrive(order(), nil).order
        resting.filled = Quantity(35)
        let asked = decide(resting, .cancel(.at(10, 1)))
        #expect(asked.events.isEmpty && asked.refusal == nil)
        #expect(asked.order.nextDueAt == .at(10, 1, ms: 50))
        // Asked for twice, it is the first one that comes.
        let twice = decide(asked.order, .cancel(.at(10, 1, ms: 20)))
        #expect(twice.order == asked.order)
        let cancelled = decide(asked.order, .arrives(.at(10, 1, ms: 50)))
        #expect(cancelled.events.map(\.status) == ["CANCELLED"])
        #expect(cancelled.events.first?.filled == Quantity(35))
        #expect(cancelled.events.first?.at == .at(10, 1, ms: 50))
        let again = decide(cancelled.order, .cancel(.at(10, 2)))
        #expect(again.events.isEmpty && again.refusal != nil)
    }

    @Test(
        "A quote fills what its cancel has not reached yet",
        arguments: [(49, "TRADED"), (50, "CANCELLED"), (51, "CANCELLED")])
    func cancelRace(milliseconds: Int, word: String) {
        let asked = decide(arrive(order(), nil).order, .cancel(.at(10, 1)))
        let quoted = decide(
            asked.order, .quote(quote(at: .at(10, 1, ms: milliseconds))))
        #expect(quoted.events.map(\.status) == [word])
        #expect(quoted.events.last?.at == .at(10, 1, ms: min(50, milliseconds)))
    }

    private func decide(_ order: PaperOrder, _ event: PaperMatch.Event) -> PaperMatch.Answer {
        PaperMatch.decide(
            order, event: event, book: nil, contract: contract, profile: PaperProfile())
    }

    @Test func `what rests when the session ends has expired`() {
        let answer = PaperMatch.decide(
            arrive(order(), nil).order, event: .sessionEnds(.at(15, 30)), book: nil,
            contract: contract, profile: PaperProfile())
        #expect(answer.events.map(\.status) == ["EXPIRED"])
    }

    /// P9: the same quotes give the same fills, however late the worker notices an arrival.
    @Test(arguments: 0..<50 as Range<UInt64>)
    func `fills do not depend on the worker's speed`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var profile = PaperProfile()
        profile.fillShare = .percent(50)
        let quotes = (0..<20).map { index in
            let ask = Price(paise: 5 * Int.random(in: 2_000...2_040, using: &random))
            return quote(ask: ask, at: .at(10, 0) + .milliseconds(20 * index))
        }
        func run(noticing: Bool) -> PaperOrder {
            var order = order(quantity: 350)
            var book: Quote? = quote(ask: "100.00")
            for next in quotes {
                if noticing, order.status == .transit, order.dueAt < next.at {
                    order =
                        PaperMatch.decide(
                            order, event: .arrives(order.dueAt), book: book, contract: contract,
                            profile: profile
                        ).order
                }
                order =
                    PaperMatch.decide(
                        order, event: .quote(next), book: book, contract: contract,
                        profile: profile
                    ).order
                book = next
            }
            return order
        }
        #expect(run(noticing: true) == run(noticing: false))
    }

    @Test func `a paper order survives its hash`() throws {
        let filled = arrive(order(), quote()).order
        #expect(try PaperOrder(filled.fields) == filled)
    }
}
