import Trading

/// PUT, DELETE and GET of /super/orders. Placing goes the way of every order.
extension Engine {
    mutating func changeSuper(_ call: Call, _ client: ClientID, now: EventTime) -> Reply? {
        let route = call.route
        guard route.count > 2, route[1] == "orders" else { return nil }
        let number = OrderNumber(route[2])
        guard let own = supers[number], orders[number]?.client == client else {
            return .order(Self.noSuchOrder)
        }
        switch (call.method, route.count) {
        case ("PUT", 3):
            guard let body = call.json, let leg = Self.leg(body["legName"]?.string) else {
                return .badFields
            }
            return modify(leg, of: own, body, client, now: now)
        case ("DELETE", 4):
            guard let leg = Self.leg(route[3]) else { return .badFields }
            return cancel(leg, of: own, client, now: now)
        default: return nil
        }
    }

    private static func leg(_ text: String?) -> SuperOrder.Leg? {
        text.flatMap(SuperOrder.Leg.init(rawValue:))
    }

    private mutating func modify(
        _ leg: SuperOrder.Leg, of own: SuperOrder, _ body: JSON, _ client: ClientID,
        now: EventTime
    ) -> Reply {
        var own = own
        do throws(OrderBody.Problem) {
            let wanted = try OrderBody.exits(body)
            switch leg {
            case .entry:
                let change = try OrderBody.modification(of: own.entry, body)
                if let refusal = modify(own.entry, of: client, change, now: now) {
                    return .order(refusal)
                }
                own.exits.target = wanted.target ?? own.exits.target
                own.exits.stop = wanted.stop ?? own.exits.stop
                own.exits.trail = wanted.trail
            case .target:
                guard let target = wanted.target else { return .badFields }
                own.exits.target = target
            case .stop:
                guard let stop = wanted.stop else { return .badFields }
                own.exits.stop = stop
                // None, or zero, ends the trail.
                own.exits.trail = wanted.trail
            }
        } catch {
            return error.reply
        }
        if own.isClosed || own.cancelled.contains(leg) { return .order(Self.noSuchOrder) }
        supers[own.entry] = own
        if leg != .entry { move(leg, of: own, at: now) }
        return Reply(200, ["orderId": .string(own.entry.text), "orderStatus": "TRANSIT"])
    }

    /// Of the entry: the whole. What was bought by then stays, without its exits.
    private mutating func cancel(
        _ leg: SuperOrder.Leg, of own: SuperOrder, _ client: ClientID, now: EventTime
    ) -> Reply {
        if leg == .entry, orders[own.entry]?.status.isWorking == true,
            let refusal = cancel(own.entry, of: client, now: now)
        {
            return .order(refusal)
        }
        let ended: [SuperOrder.Leg] = leg == .entry ? [.target, .stop] : [leg]
        supers[own.entry]?.cancelled.formUnion(ended)
        for number in ended.compactMap({ own.orders[$0] }) {
            finish(number, .cancelled, reason: "", at: now)
        }
        return Reply(202, ["orderId": .string(own.entry.text), "orderStatus": "CANCELLED"])
    }

    func superOrders(of client: ClientID, now: EventTime) -> JSON {
        let numbers = accounts[client]?.orders ?? []
        return .array(
            numbers.compactMap { number in
                guard let own = supers[number], let entry = orders[number], entry.shownAt <= now
                else { return nil }
                return row(own, entry)
            })
    }

    private func row(_ own: SuperOrder, _ entry: SimulatedOrder) -> JSON {
        var members = row(entry).members ?? []
        if own.isClosed, let place = members.firstIndex(where: { $0.key == "orderStatus" }) {
            members[place].value = "CLOSED"
        }
        let ltp = market[entry.request.instrument]?.quote.ltp
        let legs = [SuperOrder.Leg.stop, .target].compactMap { detail(of: $0, own, entry) }
        members.append(.init("ltp", .decimal(ltp)))
        members.append(.init("legDetails", .array(legs)))
        return .object(members)
    }

    /// Its number is the entry's, and the stop's trigger is called its price.
    private func detail(
        of leg: SuperOrder.Leg, _ own: SuperOrder, _ entry: SimulatedOrder
    ) -> JSON? {
        guard let price = own.price(of: leg) else { return nil }
        let order = own.orders[leg].flatMap { orders[$0] }
        let total = order?.request.quantity ?? entry.request.quantity
        let isSent = order?.isTriggered == true
        let isOver = own.cancelled.contains(leg) || entry.hasEndedInVain
        return [
            "orderId": .string(own.entry.text), "legName": .string(leg.rawValue),
            "transactionType": .string(entry.request.side == .buy ? "SELL" : "BUY"),
            "totalQuatity": .int(total.units),
            "remainingQuantity": .int((order?.remaining ?? total).units),
            "triggeredQuantity": .int(isSent ? total.units : 0),
            "price": .decimal(price),
            "orderStatus": .string(order?.legStatus ?? (isOver ? "CANCELLED" : "PENDING")),
            "trailingJump": .decimal(leg == .stop ? own.exits.trail : nil),
        ]
    }
}

extension SimulatedOrder {
    fileprivate var hasEndedInVain: Bool { !status.isWorking && filled == .zero }

    fileprivate var legStatus: String {
        switch status {
        case .pending where isTriggered, .transit, .traded: "TRIGGERED"
        case .pending, .partTraded, .rejected, .cancelled, .expired: status.rawValue
        }
    }
}
