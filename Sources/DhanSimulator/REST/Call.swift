/// One call of a client, as it stands in the request.
package struct Call: Sendable, Hashable {
    package var method: String
    /// Without the query.
    package var path: String
    package var query: [String: String]
    /// Names in lower case.
    package var headers: [String: String]
    package var body: [UInt8]

    package init(
        _ method: String, _ target: String, headers: [String: String] = [:], body: [UInt8] = []
    ) {
        self.method = method
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = parts.first.map(String.init) ?? ""
        query = [:]
        for pair in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[String(sides[0])] = sides.count > 1 ? String(sides[1]) : ""
        }
        self.headers = Dictionary(headers.map { ($0.key.lowercased(), $0.value) }) { $1 }
        self.body = body
    }

    /// `/v2/orders/12` and `/orders/12` → `["orders", "12"]`.
    package var route: [String] {
        let parts = path.split(separator: "/").map(String.init)
        return parts.first == "v2" ? Array(parts.dropFirst()) : parts
    }

    /// Paths without a version answer as the first version did.
    package var isFirstVersion: Bool { path.split(separator: "/").first != "v2" }

    package var json: JSON? { JSON(parsing: body) }
}

/// A call that waits for its answer.
package struct CallID: Sendable, Hashable {
    package let number: Int
    package init(_ number: Int) { self.number = number }
}

package struct Reply: Sendable, Hashable {
    package enum Manner: Sendable, Hashable { case say, never, close, reset }

    package var status: Int
    package var type = "application/json"
    package var body: [UInt8]
    package var manner = Manner.say

    package init(_ status: Int, _ json: JSON) {
        self.status = status
        body = Array(json.text.utf8)
    }

    package init(_ status: Int, type: String, _ text: String) {
        self.status = status
        self.type = type
        body = Array(text.utf8)
    }

    package var json: JSON? { JSON(parsing: body) }
}

/// The errors of the broker, in its words.
extension Reply {
    static func error(_ status: Int, _ type: String, _ code: String, _ text: String) -> Reply {
        Reply(
            status,
            [
                "errorType": .string(type), "errorCode": .string(code),
                "errorMessage": .string(text),
            ])
    }

    static func order(_ text: String, status: Int = 400) -> Reply {
        error(status, "Order_Error", "DH-906", text)
    }

    static func input(_ text: String) -> Reply {
        error(400, "Input_Exception", "DH-905", text)
    }

    static let badFields = input("Missing required fields, bad values for parameters etc.")
    static let invalidToken = order("Invalid Token")
    static let invalidAddress = input("Invalid IP")
    static let noSuchOrder = order(Engine.noSuchOrder, status: 404)

    static let unauthenticated = error(
        401, "Invalid_Authentication", "DH-901",
        "Client ID or user generated access token is invalid or expired.")

    static let tooMany = error(
        429, "Rate_Limit", "DH-904",
        "Too many requests on server from single user breaching rate limits. "
            + "Try throttling API calls.")

    static let failed = error(
        500, "Order_Error", "DH-908", "Internal server error. Something went wrong.")

    static func notFound(_ path: String, at time: Int) -> Reply {
        Reply(
            404,
            [
                "timestamp": .int(time), "status": 404, "error": "Not Found",
                "path": .string(path),
            ])
    }

    /// The data interfaces' own shape: the code is a key.
    static func data(_ status: Int, _ code: Int, _ text: String) -> Reply {
        Reply(
            status,
            [
                "data": .object([JSON.Member(String(code), .string(text))]),
                "status": "failed",
            ])
    }

    static func page(_ status: Int) -> Reply {
        Reply(
            status, type: "text/html",
            "<html><head><title>\(status)</title></head><body><center><h1>"
                + (status == 504 ? "504 Gateway Time-out" : "403 Forbidden")
                + "</h1></center></body></html>")
    }

    func with(_ manner: Manner) -> Reply {
        var reply = self
        reply.manner = manner
        return reply
    }
}
