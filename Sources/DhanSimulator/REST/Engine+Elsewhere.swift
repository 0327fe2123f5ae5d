import Trading

/// What is neither about orders nor about what is held.
extension Engine {
    mutating func foundElsewhere(_ call: Call, _ client: ClientID, now: EventTime) -> Reply? {
        let route = call.route
        switch (route.first, route.count) {
        case ("killswitch", 1):
            return Reply(
                200,
                killSwitch(client, accounts[client]?.isKilled == true ? "ACTIVATE" : "DEACTIVATE"))
        case ("pnlExit", 1): return Reply(200, pnlExit(of: client))
        case ("ip", 2) where route[1] == "getIP": return Reply(200, addresses(of: client, now: now))
        case ("RenewToken", 1):
            guard call.headers["dhanclientid"] == client.text else { return .badFields }
            return Reply(200, tokenJSON(issue(to: client, now: now), of: client))
        // What a client without shares is told.
        case ("holdings", 1):
            return .error(500, "HOLDING_ERROR", "DH-1111", "No holdings available")
        case ("trades", 4): return pastTrades(call, client, now: now)
        case ("ledger", 1): return statement(call, client)
        case ("super", 2) where route[1] == "orders":
            return Reply(200, superOrders(of: client, now: now))
        case ("forever", 2) where route[1] == "orders":
            return Reply(200, foreverOrders(of: client))
        case ("marketfeed", 2), ("optionchain", 1...2), ("charts", 2):
            return call.method == "POST" ? data(call, client, now: now) : nil
        default: return nil
        }
    }

    mutating func changeElsewhere(_ call: Call, _ client: ClientID, now: EventTime) -> Reply? {
        let route = call.route
        switch (call.method, route.first, route.count) {
        case ("POST", "killswitch", 1): return setKillSwitch(call, client)
        case ("POST", "pnlExit", 1): return setPnLExit(call, client, now: now)
        case ("DELETE", "pnlExit", 1):
            _ = withAccount(client) { $0.pnlExit = nil }
            return Reply(
                200,
                ["pnlExitStatus": "DISABLED", "message": "P&L based exit stopped successfully"])
        case ("POST", "ip", 2) where route[1] == "setIP",
            ("PUT", "ip", 2) where route[1] == "modifyIP":
            return setAddress(call, client, now: now)
        // Only GET renews.
        case ("POST", "RenewToken", 1): return .badFields
        case ("POST", "margincalculator", 1): return margin(call, client)
        case ("POST", "positions", 2) where route[1] == "convert":
            return convert(call, client)
        default: return nil
        }
    }

    /// Moves what is held from one product to another, at its average.
    private mutating func convert(_ call: Call, _ client: ClientID) -> Reply {
        guard let body = call.json,
            let segment = body["exchangeSegment"]?.string.flatMap(Segment.init(rawValue:)),
            let id = body["securityId"]?.scalar, let units = body["convertQty"]?.int, units > 0,
            let from = body["fromProductType"]?.string.flatMap(
                OrderRequest.Product.init(rawValue:)),
            let to = body["toProductType"]?.string.flatMap(OrderRequest.Product.init(rawValue:))
        else { return .badFields }
        let instrument = InstrumentID(segment, id)
        _ = withAccount(client) { account in
            let part = account.holdings[.init(instrument, from)]?.give(Quantity(units))
            guard let (side, quantity, value) = part ?? nil else { return }
            account.holdings[.init(instrument, to), default: Holding()].add(side, quantity, value)
        }
        // Recorded: what is not held converts as well.
        return Reply(200, ["status": "success"])
    }

    private func margin(_ call: Call, _ client: ClientID) -> Reply {
        guard let body = call.json, let units = body["quantity"]?.int, units > 0,
            let price = body["price"]?.scalar.flatMap(Price.init(text:))
        else { return .badFields }
        let zero = JSON.number("0.0")
        return Reply(
            200,
            [
                "totalMargin": .decimal(price * Quantity(units)), "spanMargin": zero,
                "exposureMargin": zero, "availableBalance": zero, "variableMargin": zero,
                "insufficientBalance": zero, "brokerage": zero, "leverage": "1X",
            ])
    }
}
