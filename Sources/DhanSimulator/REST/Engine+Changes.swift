import Trading

/// Everything that changes something, but for placing orders.
extension Engine {
    /// Nil for a path that does not exist.
    mutating func change(_ call: Call, _ client: ClientID, now: EventTime) -> Reply? {
        switch (call.method, call.route.first, call.route.count) {
        case ("DELETE", "orders", 2):
            return guarded(client, now) { engine in
                engine.cancelled(OrderNumber(call.route[1]), client, now: now)
            }
        case ("PUT", "orders", 2):
            return guarded(client, now) { engine in engine.modified(call, client, now: now) }
        case ("DELETE", "positions", 1):
            exitAll(client, at: now)
            return Reply(
                200,
                [
                    "status": "SUCCESS",
                    "message": "All open orders and positions will be exited successfully",
                ])
        case (_, "super", _):
            return guarded(client, now) { engine in
                engine.changeSuper(call, client, now: now)
                    ?? .notFound(call.path, at: now.milliseconds)
            }
        case (_, "forever", _):
            return guarded(client, now) { engine in
                engine.changeForever(call, client, now: now)
                    ?? .notFound(call.path, at: now.milliseconds)
            }
        default: return changeElsewhere(call, client, now: now)
        }
    }

    private mutating func guarded(
        _ client: ClientID, _ now: EventTime, _ body: (inout Engine) -> Reply
    ) -> Reply {
        accounts[client]?.mayTrade(at: now) == true ? body(&self) : .invalidAddress
    }

    private mutating func cancelled(
        _ number: OrderNumber, _ client: ClientID, now: EventTime
    ) -> Reply {
        if let refusal = cancel(number, of: client, now: now) { return .order(refusal) }
        let status = settings.shapes == .documented ? 202 : 200
        return Reply(
            status, ["orderId": .string(number.text), "orderStatus": "CANCELLED"])
    }

    private mutating func modified(_ call: Call, _ client: ClientID, now: EventTime) -> Reply {
        let number = OrderNumber(call.route[1])
        do throws(OrderBody.Problem) {
            let change = try OrderBody.modification(call.json)
            if let refusal = modify(number, of: client, change, now: now) { return .order(refusal) }
        } catch {
            return error.reply
        }
        return Reply(200, ["orderId": .string(number.text), "orderStatus": "TRANSIT"])
    }
}
