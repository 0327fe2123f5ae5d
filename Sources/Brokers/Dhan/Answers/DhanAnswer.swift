import HTTP

/// What an HTTP answer of the broker says, from status, code *and* text: the same code stands for
/// a bad field and for a blocked account, and errors come with 200, as arrays, and with a 5xx that
/// means "empty".
struct DhanAnswer {
    var result: Result<JSON, DhanError>
    var trouble: DhanTrouble?

    init(_ response: HTTPResponse) {
        trouble = [401: .deadToken, 429: .rateLimited][response.status]
        let json: JSON
        do throws(JSONError) {
            // 202 comes without a body.
            json = response.body.isEmpty ? .null : try JSON.parse(response.body)
        } catch {
            result = .failure(.unknown("HTTP \(response.status), and no JSON: \(error)"))
            return
        }
        switch (response.status, DhanRefusal(json, status: response.status)) {
        case (200..<300, nil):
            result = .success(json)
        // An order with a number has been taken, whatever else stands beside it.
        case (200..<300, _) where json.hasOrderNumber:
            result = .success(json)
        case (200..<300, let refusal?), (400..<500, let refusal?):
            trouble = refusal.trouble
            result = .failure(
                refusal.isCertain ? .refused(refusal) : .unknown(refusal.description))
        case (_, let refusal?):
            result = .failure(.unknown(refusal.description))
        case (let status, nil):
            result = .failure(.unknown("HTTP \(status), not in the broker's words"))
        }
    }
}

extension JSON {
    fileprivate var hasOrderNumber: Bool {
        let number = self["orderId"]?.plainText ?? self["data"]?["orderId"]?.plainText
        return number.map { !$0.isEmpty && $0 != "0" } ?? false
    }
}

extension DhanRefusal {
    /// Codes of the broker's own failures, which may come after it has acted, and of its limits:
    /// those come before, but nobody promises it.
    private static let uncertain: Set<String> = [
        "DH-904", "DH-908", "DH-909", "DH-910", "800", "805",
    ]

    /// Codes with which it has been seen to turn a call away.
    private static let certain: Set<String> = [
        "DH-901", "DH-902", "DH-903", "DH-905", "DH-906", "DH-907", "DH-911",
        "806", "807", "808", "809", "810", "813", "814",
    ]

    /// Whether it is a "no", and not a failure.
    var isCertain: Bool {
        !Self.uncertain.contains(code) && status != 408 && status != 429
    }

    /// Whether the broker has not acted for sure. An order that is taken for refused is sent again
    /// at once, so that all but the known ways of saying no leave the outcome unknown.
    var hasNotActed: Bool {
        (400..<500).contains(status) && status != 408 && status != 429
            && Self.certain.contains(code) && !text.isEmpty
    }

    /// Nil for an answer that is no error.
    init?(_ json: JSON, status: Int) {
        guard let words = Words(json) else { return nil }
        self.init(status: status, code: words.code, text: String(words.text.prefix(300)))
        trouble = Self.trouble(code: code, text: text.lowercased(), status: status)
    }

    private static func trouble(code: String, text: String, status: Int) -> DhanTrouble? {
        if code == "DH-911" || text.contains("invalid ip") { return .invalidIP }
        // Before the status, which is 401 for a lack of rights too.
        if ["DH-902", "806"].contains(code) { return .noDataPlan }
        if code == "DH-903" { return .accountBlocked }
        if ["DH-901", "807", "808", "809"].contains(code) || text.contains("invalid token")
            || status == 401
        {
            return .deadToken
        }
        if ["DH-904", "805"].contains(code) || status == 429 { return .rateLimited }
        return nil
    }
}

/// Code and text of an error, in whichever of the broker's shapes it comes.
private struct Words {
    var code: String
    var text: String

    init?(_ json: JSON) {
        if let elements = json.elements {
            // A list of one error; a list of orders has neither of these keys.
            guard let first = elements.first, elements.count == 1, first["message"] != nil
            else { return nil }
            self.init(first)
            return
        }
        guard case .object = json else { return nil }
        let found =
            Self.find(in: json, "errorCode", "errorMessage", "errorType")
            ?? Self.find(in: json, "internalErrorCode", "internalErrorMessage", "httpStatus")
            ?? Self.failure(json) ?? Self.notFound(json)
        guard let found else { return nil }
        self = found
    }

    private init(code: String, text: String) {
        self.code = code
        self.text = text
    }

    /// The inner pair of a v1 answer says more than its `errorCode`.
    private static func find(
        in json: JSON, _ code: String, _ text: String, _ kind: String
    ) -> Words? {
        let said = [json[text], json[kind]].compactMap { $0?.plainText }.first { !$0.isEmpty }
        guard let said else { return nil }
        return Words(code: json[code]?.plainText ?? "", text: said)
    }

    /// `{"status": "failed", "data": {"805": "…"}}`, `{"status": "error", "message": "…"}`, …
    private static func failure(_ json: JSON) -> Words? {
        guard let status = json["status"]?.plainText?.lowercased(),
            ["failed", "failure", "error"].contains(status)
        else { return nil }
        for key in ["data", "remarks"] {
            guard let part = json[key] else { continue }
            if let words = find(in: part, "error_code", "error_message", "error_type") {
                return words
            }
            if case .object(let fields) = part, let pair = fields.min(by: { $0.key < $1.key }) {
                return Words(code: pair.key, text: pair.value.plainText ?? "")
            }
            if let text = part.plainText, !text.isEmpty { return Words(code: "", text: text) }
        }
        return Words(code: "", text: json["message"]?.plainText ?? status)
    }

    /// `{"timestamp": …, "status": 404, "error": "Not Found", "path": …}`
    private static func notFound(_ json: JSON) -> Words? {
        guard case .number = json["status"], let text = json["error"]?.plainText,
            json["path"] != nil
        else { return nil }
        return Words(code: "", text: text)
    }
}
