import HTTP
import Trading

/// One call of the REST interface.
struct DhanCall {
    enum Kind {
        /// Changes nothing: it is made again with another token, and on another connection.
        case read
        /// Acts: made once, whatever comes of it.
        case act
    }

    var method: HTTPRequest.Method
    /// Below the endpoint: `/orders`.
    var path: String
    var body: JSON?
    var group: DhanPacer.Group
    var kind: Kind
    var headers: [(String, String)] = []
    /// Milliseconds; a sender's life ends three seconds after its mark.
    var leaveWithin: Int { kind == .act ? 1_500 : 5_000 }

    static func read(_ path: String, _ group: DhanPacer.Group = .nonTrading) -> DhanCall {
        DhanCall(method: .get, path: path, body: nil, group: group, kind: .read)
    }

    /// A question that is asked by POST.
    static func ask(_ path: String, _ body: JSON, _ group: DhanPacer.Group) -> DhanCall {
        DhanCall(method: .post, path: path, body: body, group: group, kind: .read)
    }

    static func act(
        _ method: HTTPRequest.Method, _ path: String, _ body: JSON? = nil
    ) -> DhanCall {
        DhanCall(method: method, path: path, body: body, group: .order, kind: .act)
    }

    func request(_ access: DhanAccess, token: DhanToken) -> HTTPRequest {
        var headers =
            headers + [
                ("access-token", token.secret), ("client-id", access.clientID),
                ("Accept", "application/json"),
            ]
        if body != nil { headers.append(("Content-Type", "application/json")) }
        var request = HTTPRequest(
            method, access.endpoints.rest + path, headers: headers,
            body: body.map { Array($0.text.utf8) }, mayRepeat: kind == .read,
            egress: access.egress?.text, authorities: access.endpoints.caFile)
        request.leaveWithin = leaveWithin
        return request
    }
}
