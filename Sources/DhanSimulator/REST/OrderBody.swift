import Trading

/// Reads the body of an order. Texts that are numbers are taken, empty ones are refused.
enum OrderBody {
    struct Problem: Error {
        let reply: Reply
        init(_ reply: Reply) { self.reply = reply }
    }

    /// Measured: 25 characters are taken, 26 are not, whatever the documents say.
    private static let longestCorrelation = 25

    static func read(_ json: JSON?) -> Result<OrderRequest, Problem> {
        do throws(Problem) {
            return .success(try request(json))
        } catch {
            return .failure(error)
        }
    }

    private static func request(_ json: JSON?) throws(Problem) -> OrderRequest {
        guard let json, let members = json.members,
            !members.contains(where: { $0.value == .string("") })
        else { throw Problem(.badFields) }
        guard let units = json["quantity"]?.int, units > 0 else {
            throw Problem(.input("quantity is required"))
        }
        guard let side = side(json["transactionType"]),
            let segment = json["exchangeSegment"]?.string.flatMap(Segment.init(rawValue:)),
            let id = json["securityId"]?.scalar,
            let product = json["productType"]?.string.flatMap(OrderRequest.Product.init(rawValue:)),
            let kind = json["orderType"]?.string.flatMap(OrderRequest.Kind.init(rawValue:)),
            let validity = json["validity"]?.string.flatMap(OrderRequest.Validity.init(rawValue:))
        else { throw Problem(.badFields) }
        var request = OrderRequest(
            side, Quantity(units), of: InstrumentID(segment, id), at: try price(json["price"]))
        request.product = product
        request.kind = kind
        request.validity = validity
        request.trigger = try price(json["triggerPrice"])
        request.disclosed = json["disclosedQuantity"]?.int ?? 0
        request.isAfterMarket = json["afterMarketOrder"]?.bool ?? false
        if let time = json["amoTime"], time != .null, request.isAfterMarket {
            guard let time = time.string.flatMap(OrderRequest.AfterMarket.init(rawValue:)) else {
                throw Problem(.badFields)
            }
            request.afterMarket = time
        }
        request.correlation = try correlation(json["correlationId"])
        try check(request)
        return request
    }

    static func modification(_ json: JSON?) throws(Problem) -> Modification {
        guard let json, let members = json.members,
            !members.contains(where: { $0.value == .string("") }),
            let kind = json["orderType"]?.string.flatMap(OrderRequest.Kind.init(rawValue:)),
            let validity = json["validity"]?.string.flatMap(OrderRequest.Validity.init(rawValue:))
        else { throw Problem(.badFields) }
        var change = Modification()
        change.kind = kind
        change.validity = validity
        change.price = try price(json["price"])
        change.trigger = try price(json["triggerPrice"])
        if let quantity = json["quantity"], quantity != .null {
            guard let units = quantity.int, units > 0 else { throw Problem(.badFields) }
            change.quantity = Quantity(units)
        }
        return change
    }

    private static func side(_ json: JSON?) -> OrderSide? {
        switch json?.string {
        case "BUY": .buy
        case "SELL": .sell
        default: nil
        }
    }

    /// Nil for none, which is also written as zero.
    static func price(_ json: JSON?) throws(Problem) -> Price? {
        guard let json, json != .null else { return nil }
        guard let price = json.scalar.flatMap(Price.init(text:)), price.paise >= 0 else {
            throw Problem(.badFields)
        }
        return price.paise == 0 ? nil : price
    }

    private static func correlation(_ json: JSON?) throws(Problem) -> String? {
        guard let json, json != .null else { return nil }
        guard let text = json.string, text.utf8.count <= longestCorrelation,
            text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || " _-".contains($0)) })
        else { throw Problem(.badFields) }
        return text
    }

    private static func check(_ request: OrderRequest) throws(Problem) {
        switch request.kind {
        case .market:
            if request.price != nil { throw Problem(.input("Invalid Price for orderType")) }
        case .limit:
            if request.price == nil { throw Problem(.badFields) }
        case .stopMarket:
            if request.trigger == nil { throw Problem(.badFields) }
        case .stop:
            if request.price == nil || request.trigger == nil { throw Problem(.badFields) }
            if let text = relation(of: request) { throw Problem(.order(text)) }
        }
    }

    /// A stop's limit lies at its trigger or beyond it.
    static func relation(of request: OrderRequest) -> String? {
        guard request.kind == .stop, let price = request.price, let trigger = request.trigger
        else { return nil }
        let isOrdered = request.side == .buy ? price >= trigger : price <= trigger
        let rule = request.side == .buy ? "greater" : "less"
        return isOrdered ? nil : "Price should be \(rule) than or equal to Trigger Price"
    }
}
