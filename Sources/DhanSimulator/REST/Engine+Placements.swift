import Trading

/// POST /orders, /orders/slicing and /super/orders.
extension Engine {
    mutating func place(_ call: Call, _ id: CallID, _ client: ClientID, now: EventTime) {
        let isSliced = call.route == ["orders", "slicing"]
        guard call.isSuperOrder || isSliced || call.route.count == 1 else {
            return answer(.notFound(call.path, at: now.milliseconds), to: id)
        }
        switch Self.body(of: call) {
        case .failure(let problem): answer(problem.reply, to: id)
        case .success(let request):
            guard accounts[client]?.mayTrade(at: now) == true else {
                turnAway(request, client, now: now)
                return answer(.invalidAddress, to: id)
            }
            if let refusal = refusal(of: request, client) { return answer(refusal, to: id) }
            let requests = isSliced ? slices(of: request, now: now) : [request]
            let fate = fate(of: request, from: client)
            guard fate.held > 0 else {
                return admit(id, client, requests, fate, isSliced: isSliced, now: now)
            }
            chance.give([.hold], of: fate)
            agenda.plan(
                .admit(id, client, requests, fate, isSliced: isSliced),
                at: now + .milliseconds(fate.held))
        }
    }

    private static func body(of call: Call) -> Result<OrderRequest, OrderBody.Problem> {
        call.isSuperOrder ? OrderBody.readSuper(call.json) : OrderBody.read(call.json)
    }

    /// An order that is turned away for its token or its number came to the door all the same.
    mutating func noteTurnedAway(_ call: Call, _ client: ClientID, now: EventTime) {
        guard call.method == "POST", call.route.first == "orders" || call.isSuperOrder,
            case .success(let request) = Self.body(of: call)
        else { return }
        turnAway(request, client, now: now)
    }

    /// What is refused before there is an order.
    func refusal(of request: OrderRequest, _ client: ClientID) -> Reply? {
        if accounts[client]?.isKilled == true { return .order("Kill switch is active for the day") }
        if settings.instruments != nil, contract(request.instrument) == nil {
            return .input("Invalid SecurityId")
        }
        if !request.product.fits(request.instrument.segment) {
            return .input("Invalid ProductType for the segment")
        }
        return wrongTrigger(of: request).map { .order($0) }
    }

    /// A stop's trigger lies beyond the market. Of one without a limit it is dropped.
    private func wrongTrigger(of request: OrderRequest) -> String? {
        guard request.kind == .stop, let trigger = request.trigger,
            let ltp = market[request.instrument]?.quote.ltp
        else { return nil }
        switch request.side {
        case .buy where trigger <= ltp: return "Trigger Price should be greater than LTP"
        case .sell where trigger >= ltp: return "Trigger Price should be less than LTP"
        case .buy, .sell: return nil
        }
    }

    private func slices(of request: OrderRequest, now: EventTime) -> [OrderRequest] {
        OrderSlices.slices(
            of: request.quantity, lot: Quantity(lot(of: request.instrument)),
            freeze: contract(request.instrument)?.freezeQuantity(on: now.day)
        ).map { quantity in
            var slice = request
            slice.quantity = quantity
            return slice
        }
    }

    /// The order is in the broker's hands. Its answer may be lost all the same.
    mutating func admit(
        _ id: CallID, _ client: ClientID, _ requests: [OrderRequest], _ fate: OrderFate,
        isSliced: Bool, now: EventTime
    ) {
        chance.give([.late, .slow], of: fate)
        if let reply = Self.turnedAway(fate) {
            chance.give([.refuse, .busy, .html, .address, .token], of: fate)
            if fate.gate == .address {
                let end = now + .milliseconds(fate.spell)
                _ = withAccount(client) { $0.addressBadUntil = end }
            }
            for request in requests { turnAway(request, client, now: now) }
            return answer(reply, to: id, after: fate.late, now: now)
        }
        chance.give([.answerLost, .orderLost], of: fate)
        guard fate.isAccepted else {
            for request in requests { turnAway(request, client, now: now) }
            return answer(Self.lost(.failed, fate), to: id, after: fate.late, now: now)
        }
        let rows: [JSON] = requests.map { request in
            let order = accept(request, from: client, fate: fate, now: now)
            return [
                "orderId": .string(order.number.text),
                "orderStatus": .string(order.status.rawValue),
            ]
        }
        let reply = Reply(200, isSliced ? .array(rows) : rows.first ?? .null)
        answer(Self.lost(reply, fate), to: id, after: fate.late, now: now)
    }

    private static func turnedAway(_ fate: OrderFate) -> Reply? {
        switch fate.gate {
        case .open: nil
        case .refused: .badFields
        case .busy: .tooMany
        case .html: fate.share < 50 ? .page(403) : .page(504)
        case .address: .invalidAddress
        case .token: .invalidToken
        }
    }

    private static func lost(_ reply: Reply, _ fate: OrderFate) -> Reply {
        switch fate.answer {
        case .prompt: reply
        case .never: reply.with(.never)
        case .closed: reply.with(fate.share < 50 ? .close : .reset)
        case .failed: fate.share < 50 ? .failed : .page(504)
        }
    }

    private mutating func turnAway(_ request: OrderRequest, _ client: ClientID, now: EventTime) {
        var order = SimulatedOrder(
            number: "", client: client, request: request, fate: OrderFate(), at: now)
        order.status = .rejected
        outbox.append(.ledger(LedgerLine(.turnedAway, order, at: now)))
    }
}

extension Call {
    fileprivate var isSuperOrder: Bool { route == ["super", "orders"] }
}

extension OrderRequest.Product {
    /// Futures and options are never delivered.
    fileprivate func fits(_ segment: Segment) -> Bool {
        switch segment {
        case .nseDerivatives, .bseDerivatives, .nseCurrency, .bseCurrency, .mcxCommodity:
            self != .delivery && self != .funded
        case .index, .nseEquity, .bseEquity: true
        }
    }
}
