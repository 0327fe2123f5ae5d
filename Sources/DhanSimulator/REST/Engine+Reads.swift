import Trading

/// Everything that only looks.
extension Engine {
    mutating func read(_ call: Call, _ id: CallID, _ client: ClientID, now: EventTime) {
        let reply = found(call, client, now: now) ?? .notFound(call.path, at: now.milliseconds)
        answer(withReadFaults(reply), to: id, after: readDelay(), now: now)
    }

    private mutating func found(_ call: Call, _ client: ClientID, now: EventTime) -> Reply? {
        let route = call.route
        switch (route.first, route.count) {
        case ("orders", 1):
            let seen = chance.happens(.stale) ? now - .seconds(chance.within(1...4)) : now
            let time = drawRowsTime(now)
            return Reply(
                200, .array(shown(client, now: seen).map { row(version(of: $0, at: time)) }))
        case ("orders", 2): return order(route[1], client, now: now)
        case ("orders", 3) where route[1] == "external":
            return external(route[2], client, now: now)
        case ("trades", 1), ("trades", 2):
            return trades(client, order: route.count == 2 ? route[1] : nil, now: now)
        case ("positions", 1): return heldPositions(client)
        case ("fundlimit", 1): return Reply(200, funds(of: client))
        case ("profile", 1): return Reply(200, profile(of: client))
        default: return foundElsewhere(call, client, now: now)
        }
    }

    /// The client's orders of the day, so far as the book tells.
    private func shown(_ client: ClientID, now: EventTime) -> [SimulatedOrder] {
        (accounts[client]?.orders ?? []).compactMap { orders[$0] }.filter { $0.shownAt <= now }
    }

    func row(_ order: SimulatedOrder) -> JSON {
        order.row(words(order.request.instrument), settings.shapes, generated: "NA")
    }

    /// An array of one; an order that is not there is an empty array, and no error.
    private mutating func order(_ number: String, _ client: ClientID, now: EventTime) -> Reply {
        let time = drawRowsTime(now)
        let found = orders[OrderNumber(number)].flatMap {
            $0.client == client && $0.shownAt <= now ? row(version(of: $0, at: time)) : nil
        }
        if settings.shapes == .documented { return found.map { Reply(200, $0) } ?? .badFields }
        return Reply(200, .array(found.map { [$0] } ?? []))
    }

    /// An order in transit can't be found by its correlation id yet.
    private mutating func external(
        _ text: String, _ client: ClientID, now: EventTime
    ) -> Reply {
        let time = drawRowsTime(now)
        let order = shown(client, now: now).map { version(of: $0, at: time) }.first {
            $0.request.correlation == text && $0.status != .transit
        }
        guard let order else { return .noSuchOrder }
        return Reply(200, settings.shapes == .documented ? row(order) : .array([row(order)]))
    }

    private func trades(_ client: ClientID, order: String?, now: EventTime) -> Reply {
        let trades = accounts[client]?.trades ?? []
        let rows: [JSON] = trades.compactMap { trade in
            guard trade.shownAt <= now, order == nil || trade.order.text == order,
                let order = orders[trade.order]
            else { return nil }
            return trade.row(order, words(order.request.instrument))
        }
        return Reply(200, .array(rows))
    }

    private mutating func heldPositions(_ client: ClientID) -> Reply {
        if chance.happens(.positionsFail) {
            return .error(500, "CONVERT_POSITION_ERROR", "DH-906", "Unable to fetch positions")
        }
        if chance.happens(.positionsEmpty) { return Reply(200, []) }
        return Reply(200, positions(of: client))
    }

    private func profile(of client: ClientID) -> JSON {
        let account = accounts[client]
        let expiry = account?.token?.expiresAt ?? EventTime(milliseconds: 0)
        let isDocumented = settings.shapes == .documented
        return [
            "dhanClientId": .string(client.text),
            "tokenValidity": .string(String(expiry.wireDayFirst.dropLast(3))),
            "activeSegment": isDocumented
                ? "Equity, Derivative, Currency, Commodity" : "E, D, C, M, ",
            "ddpi": "Active",
            "mtf": "Active",
            "dataPlan": account?.hasData == true ? "Active" : "Deactive",
            "dataValidity": .string("\(expiry.wire).0"),
        ]
    }
}
