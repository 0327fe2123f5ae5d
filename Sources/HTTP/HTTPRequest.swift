/// One call to a server.
package struct HTTPRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
    }

    package var method: Method
    package var url: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]?
    /// May go out twice, when a kept connection turns out to be dead. An order may not.
    package var mayRepeat: Bool
    /// The address or interface to leave from; nil for the system's choice.
    package var egress: String?
    /// A file of authorities to trust instead of the system's.
    package var authorities: String?
    /// A file: redirects are followed, and it may come compressed. The headers go wherever a
    /// redirect points to, so a download carries no secret.
    package var isDownload = false

    /// Milliseconds to wait before it is begun; the times below count from there.
    package var delay = 0
    /// Milliseconds from the call until the last byte has left. Later it must not leave.
    package var leaveWithin = 5_000
    /// Milliseconds from the call until the whole answer is here.
    package var answerWithin = 10_000
    /// In bytes. A longer answer is none.
    package var longestAnswer = 8 << 20

    package init(
        _ method: Method, _ url: String, headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil, mayRepeat: Bool? = nil, egress: String? = nil,
        authorities: String? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.mayRepeat = mayRepeat ?? (method == .get)
        self.egress = egress
        self.authorities = authorities
    }
}

/// What the server answered, whatever it says.
package struct HTTPResponse: Sendable, Hashable {
    package var status: Int
    /// Names in lower case; of one that comes twice, the last.
    package var headers: [String: String]
    package var body: [UInt8]

    package init(status: Int, headers: [String: String] = [:], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
