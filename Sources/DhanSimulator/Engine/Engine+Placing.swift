package import Trading

extension Engine {
    /// Takes an order, whatever becomes of it.
    @discardableResult
    package mutating func accept(
        _ request: OrderRequest, from client: ClientID, fate: OrderFate = OrderFate(),
        isBrokers: Bool = false, now: EventTime
    ) -> SimulatedOrder {
        var order = SimulatedOrder(
            number: nextNumber(request, now: now), client: client, request: request, fate: fate,
            at: now)
        order.isBrokers = isBrokers
        chance.give([.hide, .dawdle], of: fate)
        if let exits = request.exits {
            order.leg = SuperOrder.Place(leg: .entry, entry: order.number)
            supers[order.number] = SuperOrder(order.number, exits)
        }
        orders[order.number] = order
        _ = withAccount(client) {
            $0.orders.append(order.number)
            $0.working.insert(order.number)
        }
        outbox.append(.ledger(LedgerLine(.accepted, order, at: now)))
        tell(order, at: now)
        if order.shownAt > now { agenda.plan(.show, at: order.shownAt) }
        let arrival = now + settings.profile.latency + .milliseconds(fate.pause)
        agenda.plan(.open(order.number), at: arrival)
        return order
    }

    /// Each time an order is sent it has a fate of its own, and the same one in each run.
    mutating func fate(of request: OrderRequest, from client: ClientID) -> OrderFate {
        guard !isCalm else { return OrderFate() }
        let name = "\(client) \(request.correlation ?? "") \(request.instrument) \(request.side)"
        let times = sent[name, default: 0]
        sent[name] = times + 1
        var chance = Chance(
            seed: settings.seed ^ FNV1a.hash("\(name) \(times)"), settings.rates)
        return OrderFate(&chance, side: request.side)
    }

    /// Twelve to fifteen digits, of no fixed length: two or three of prefix, the day, a count.
    func nextNumber(_ request: OrderRequest, now: EventTime) -> OrderNumber {
        let (year, month, day) = now.day.civil
        let count = orders.count + forevers.count + 1
        let prefix = request.instrument.segment == .nseEquity ? "31" : count % 3 == 0 ? "102" : "32"
        let date = [year % 100, month, day].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined()
        return OrderNumber("\(prefix)\(date)\(700 + count)")
    }

    /// When an after-market order goes to the exchange: in the next session.
    private func pumping(of request: OrderRequest, now: EventTime) -> EventTime {
        var day = now.day
        for _ in 0..<15 {
            if case .open(let session) = settings.calendar.session(on: day), session.opensAt >= now
            {
                return session.opensAt + request.afterMarket.wait
            }
            day = day + 1
        }
        return now
    }

    /// The broker keeps it, pending, and without a number at the exchange.
    private mutating func keep(_ order: SimulatedOrder, at time: EventTime) {
        var order = order
        order.status = .pending
        order.updatedAt = time
        orders[order.number] = order
        tell(order, at: time)
        agenda.plan(.open(order.number), at: pumping(of: order.request, now: time))
    }

    /// The order comes to the exchange.
    mutating func open(_ number: OrderNumber, at time: EventTime) {
        guard var order = orders[number], order.status.isWorking, order.exchangeAt == nil
        else { return }
        if order.request.isAfterMarket, order.status == .transit {
            return keep(order, at: time)
        }
        if let refusal = refusal(of: order, at: time) {
            return finish(number, .rejected, reason: "RMS:\(number):\(refusal)", at: time)
        }
        chance.give([.parts, .rest, .restInPart, .reject], of: order.fate)
        if order.fate.course == .reject || isRejectedByProfile(order) {
            return finish(number, .rejected, reason: "EXCH:16388 : Order rejected", at: time)
        }
        order.status = .pending
        order.reason = "CONFIRMED"
        order.exchangeNumber = Self.exchangeNumber(of: number)
        order.exchangeAt = time
        order.updatedAt = time
        convert(&order)
        orders[number] = order
        resting[order.request.instrument, default: []].append(number)
        outbox.append(.ledger(LedgerLine(.opened, order, at: time)))
        tell(order, at: time)
        planEnd(at: time)
        planAuction(of: order, at: time)
        if order.fate.course == .parts {
            let pause = max(order.fate.pause, 5)
            agenda.plan(.lift(number, to: nil), at: time + .milliseconds(pause))
        }
        match(number, at: time)
        if order.request.validity == .immediate {
            finish(number, .expired, reason: "IOC remainder", at: time)
        }
    }

    /// By a hash of its name and not by chance: a replay rejects the same orders.
    private func isRejectedByProfile(_ order: SimulatedOrder) -> Bool {
        guard !order.isBrokers, let name = order.request.correlation else { return false }
        return Int(FNV1a.hash(name) % 10_000) < settings.profile.rejectRate.basisPoints
    }

    /// Sixteen digits.
    private static func exchangeNumber(of number: OrderNumber) -> String {
        String(1_100_000_000_000_000 + FNV1a.hash(number.text) % 899_999_999_999_999)
    }

    private func refusal(of order: SimulatedOrder, at time: EventTime) -> String? {
        checks(of: order, at: time).refusal
    }

    func checks(of order: SimulatedOrder, at time: EventTime) -> OrderChecks {
        let request = order.request
        let contract = contract(request.instrument)
        let price = request.price ?? market[request.instrument]?.quote.ltp
        return OrderChecks(
            order: order, contract: contract, row: market[request.instrument], now: time,
            session: settings.keepsHours ? settings.calendar.session(on: time.day) : nil,
            preOpen: preOpen(of: request.instrument, on: time.day),
            available: settings.checksFunds ? available(order.client, without: order.number) : nil,
            cost: price.map { cost(of: request, for: order.client, at: $0) } ?? .zero,
            opposite: settings.preventsSelfTrades ? opposite(of: order) : nil)
    }

    private func opposite(of order: SimulatedOrder) -> Price? {
        let prices = (resting[order.request.instrument] ?? []).compactMap { orders[$0] }.filter {
            $0.client == order.client && $0.request.side != order.request.side && !$0.isDormant
        }.compactMap(\.request.price)
        return order.request.side == .buy ? prices.min() : prices.max()
    }

    /// A market order becomes a limit, since exchanges refuse market orders of programs. A stop
    /// without a limit loses its trigger and is filled at once, as was seen.
    private func convert(_ order: inout SimulatedOrder) {
        let request = order.request
        let tick = tick(of: request.instrument)
        switch request.kind {
        case .limit, .stop: break
        case .stopMarket:
            let trigger = request.trigger ?? tick
            let share = Percent.percent(5).of(trigger)
            order.request.price =
                request.side == .buy
                ? (trigger + share).roundedUp(to: tick) : (trigger - share).roundedDown(to: tick)
            order.request.kind = .limit
            order.request.trigger = nil
        case .market: protect(&order)
        }
    }

    /// Waits for a first price where there is none yet.
    func protect(_ order: inout SimulatedOrder) {
        let request = order.request
        guard request.kind == .market else { return }
        let ltp = market[request.instrument]?.quote.ltp
        guard let ltp = ltp ?? (settings.fills == .limits ? Self.assumedPrice : nil) else { return }
        order.request.price = Touch.protected(
            request.side, ltp, tick: tick(of: request.instrument), settings.profile)
        order.request.kind = .limit
    }

    /// What a market order fills at where no price is known and none is needed.
    private static let assumedPrice = Price(paise: 60_00)

    /// What rests at the end of a session lapses.
    private mutating func planEnd(at time: EventTime) {
        guard settings.keepsHours, endPlanned != time.day,
            case .open(let session) = settings.calendar.session(on: time.day)
        else { return }
        endPlanned = time.day
        agenda.plan(.endSession, at: session.closesAt)
    }

    mutating func endSession(at time: EventTime) {
        let waiting = resting.values.flatMap(\.self) + watched.values.flatMap(\.self)
        for number in waiting.sorted() {
            finish(number, .expired, reason: "Day order expired", at: time)
        }
    }
}
