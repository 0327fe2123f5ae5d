import Trading

/// Forever orders: placed, watched, changed, listed.
extension Engine {
    /// By way of /orders a cancel of one succeeds, and its trigger rests on.
    func isForever(_ number: OrderNumber, of client: ClientID) -> Bool {
        forevers.contains { $0.number == number && $0.client == client && $0.isResting }
    }

    mutating func changeForever(_ call: Call, _ client: ClientID, now: EventTime) -> Reply? {
        let route = call.route
        guard route.count > 1, route[1] == "orders" else { return nil }
        switch (call.method, route.count) {
        case ("POST", 2): return placeForever(call, client, now: now)
        case ("PUT", 3): return modifyForever(call, client, now: now)
        case ("DELETE", 3):
            guard let place = place(of: route[2], client) else { return .order(Self.noSuchOrder) }
            for leg in forevers[place].legs.indices { end(leg, of: place, .cancelled, at: now) }
            return said(forevers[place], "CANCELLED")
        default: return nil
        }
    }

    private func place(of number: String, _ client: ClientID) -> Int? {
        forevers.firstIndex {
            $0.number.text == number && $0.client == client && $0.isResting
        }
    }

    private func said(_ order: ForeverOrder, _ status: JSON) -> Reply {
        Reply(200, ["orderId": .string(order.number.text), "orderStatus": status])
    }

    private mutating func placeForever(
        _ call: Call, _ client: ClientID, now: EventTime
    ) -> Reply {
        do throws(OrderBody.Problem) {
            let (request, flag, legs) = try OrderBody.forever(call.json)
            if let refusal = refusal(of: request, client) { return refusal }
            let ltp = market[request.instrument]?.quote.ltp
            let order = ForeverOrder(
                number: nextNumber(request, now: now), client: client, request: request,
                flag: flag, legs: legs.map { $0.looking(from: ltp, request.side) },
                createdAt: now, updatedAt: now)
            forevers.append(order)
            return said(order, "PENDING")
        } catch {
            return error.reply
        }
    }

    private mutating func modifyForever(
        _ call: Call, _ client: ClientID, now: EventTime
    ) -> Reply {
        guard let place = place(of: call.route[2], client) else {
            return .order(Self.noSuchOrder)
        }
        let name = call.json?["legName"]?.string
        do throws(OrderBody.Problem) {
            let change = try OrderBody.modification(call.json)
            // A single one has one leg, whatever it is called.
            let leg = forevers[place].legs.firstIndex {
                forevers[place].flag == .single || $0.name.rawValue == name
            }
            guard let leg, forevers[place].legs[leg].status == .confirmed else {
                return .badFields
            }
            forevers[place].legs[leg].take(change)
            forevers[place].updatedAt = now
            return said(forevers[place], "PENDING")
        } catch {
            return error.reply
        }
    }

    mutating func watchForevers(_ instrument: InstrumentID, _ ltp: Price, at time: EventTime) {
        for place in forevers.indices where forevers[place].request.instrument == instrument {
            let reached = forevers[place].legs.firstIndex {
                $0.status == .confirmed && $0.isReached(by: ltp)
            }
            guard let reached, canTrade(at: time) else { continue }
            for leg in forevers[place].legs.indices where leg != reached {
                end(leg, of: place, .cancelled, at: time)
            }
            end(reached, of: place, .triggered, at: time)
            let own = forevers[place]
            let request = own.request.of(own.legs[reached])
            let order = accept(request, from: own.client, now: time)
            forevers[place].legs[reached].order = order.number
        }
    }

    private func canTrade(at time: EventTime) -> Bool {
        guard settings.keepsHours else { return true }
        guard case .open(let session) = settings.calendar.session(on: time.day) else {
            return false
        }
        return session.contains(time)
    }

    private mutating func end(
        _ leg: Int, of place: Int, _ status: ForeverOrder.Status, at time: EventTime
    ) {
        guard forevers[place].legs[leg].status == .confirmed else { return }
        forevers[place].legs[leg].status = status
        forevers[place].updatedAt = time
    }

    /// A row for each leg.
    func foreverOrders(of client: ClientID) -> JSON {
        .array(
            forevers.filter { $0.client == client }.flatMap { order in
                order.legs.map { order.row($0, words(order.request.instrument)) }
            })
    }
}

extension ForeverOrder.Leg {
    /// Which side of the market its trigger lies on; unknown, the side where a target lies.
    fileprivate func looking(from ltp: Price?, _ side: OrderSide) -> ForeverOrder.Leg {
        var leg = self
        leg.isAbove = ltp.map { trigger >= $0 } ?? ((name == .target) == (side == .sell))
        return leg
    }

    fileprivate mutating func take(_ change: Modification) {
        quantity = change.quantity ?? quantity
        price = change.kind == .market ? nil : change.price ?? price
        trigger = change.trigger ?? trigger
    }
}

extension OrderRequest {
    fileprivate func of(_ leg: ForeverOrder.Leg) -> OrderRequest {
        var request = self
        request.quantity = leg.quantity
        request.price = leg.price
        request.kind = leg.price == nil ? .market : .limit
        request.trigger = nil
        return request
    }
}

extension ForeverOrder {
    fileprivate func row(_ leg: Leg, _ words: ContractWords) -> JSON {
        [
            "dhanClientId": .string(client.text),
            "orderId": .string(number.text),
            "orderStatus": .string(leg.status.rawValue),
            "transactionType": .string(request.side.wire),
            "exchangeSegment": .string(request.instrument.segment.text),
            "productType": .string(request.product.rawValue),
            "orderType": .string(flag.rawValue),
            "tradingSymbol": .string(words.symbol),
            "securityId": .string(request.instrument.securityID),
            "quantity": .int(leg.quantity.units),
            "price": .decimal(leg.price),
            "triggerPrice": .decimal(leg.trigger),
            "legName": .string(leg.name.rawValue),
            "createTime": .string(createdAt.wire),
            "updateTime": .string(updatedAt.wire),
            "exchangeTime": .string(EventTime.wireNever),
            "drvExpiryDate": .string(words.expiry),
            "drvOptionType": .string(words.side),
            "drvStrikePrice": .decimal(words.strike),
        ]
    }
}
