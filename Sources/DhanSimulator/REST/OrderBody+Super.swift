import Trading

/// The bodies of super and forever orders.
extension OrderBody {
    /// An order for the day with exits: at least one of them.
    static func readSuper(_ json: JSON?) -> Result<OrderRequest, Problem> {
        do throws(Problem) {
            guard let json, json["targetPrice"] != nil || json["stopLossPrice"] != nil else {
                throw Problem(.badFields)
            }
            var request = try read(json.with("validity", "DAY")).get()
            let exits = try exits(json)
            guard exits.target != nil || exits.stop != nil else { throw Problem(.badFields) }
            guard !request.isAfterMarket, request.kind == .limit || request.kind == .market,
                request.product != .cover, request.product != .bracket
            else { throw Problem(.badFields) }
            try check(exits, request)
            request.exits = exits
            return .success(request)
        } catch {
            return .failure(error)
        }
    }

    static func exits(_ json: JSON) throws(Problem) -> SuperOrder.Exits {
        var exits = SuperOrder.Exits()
        exits.target = try price(json["targetPrice"])
        exits.stop = try price(json["stopLossPrice"])
        exits.trail = try price(json["trailingJump"])
        return exits
    }

    /// What is not named stays as it is.
    static func modification(of entry: OrderNumber, _ json: JSON) throws(Problem) -> Modification {
        try modification(
            json.with("validity", "DAY").with("orderType", json["orderType"] ?? "LIMIT"))
    }

    /// A trigger, or two of them; never for the day's product.
    static func forever(
        _ json: JSON?
    ) throws(Problem) -> (OrderRequest, ForeverOrder.Flag, [ForeverOrder.Leg]) {
        guard let json,
            let flag = json["orderFlag"]?.string.flatMap(ForeverOrder.Flag.init(rawValue:))
        else { throw Problem(.badFields) }
        let request = try read(json).get()
        guard let trigger = request.trigger, request.kind == .limit || request.kind == .market,
            request.product == .delivery || request.product == .funded
                || request.product == .margin
        else { throw Problem(.badFields) }
        // A single purchase is kept as if it were a stop.
        let isStop = flag == .single && request.side == .buy
        var legs = [
            ForeverOrder.Leg(
                name: isStop ? .stop : .target, quantity: request.quantity, price: request.price,
                trigger: trigger, isAbove: true)
        ]
        if flag == .pair {
            guard let second = try price(json["triggerPrice1"]),
                let units = json["quantity1"]?.int, units > 0
            else { throw Problem(.badFields) }
            legs.append(
                ForeverOrder.Leg(
                    name: .stop, quantity: Quantity(units), price: try price(json["price1"]),
                    trigger: second, isAbove: false))
        }
        return (request, flag, legs)
    }

    /// A purchase's target lies above its price and its stop below; a sale's the other way.
    private static func check(
        _ exits: SuperOrder.Exits, _ request: OrderRequest
    ) throws(Problem) {
        let ordered = [exits.stop, request.price, exits.target].compactMap(\.self)
        let isRising = zip(ordered, ordered.dropFirst()).allSatisfy { $0 < $1 }
        let isFalling = zip(ordered, ordered.dropFirst()).allSatisfy { $0 > $1 }
        guard request.side == .buy ? isRising : isFalling else {
            throw Problem(.input("Target, price and stop loss are not in order"))
        }
    }
}

extension JSON {
    /// With a member that replaces one of its name.
    fileprivate func with(_ key: String, _ value: JSON) -> JSON {
        .object((members ?? []).filter { $0.key != key } + [Member(key, value)])
    }
}
