package import Trading

/// Makes WebSocket connections; a test has one without a network.
package protocol SocketTransport: Sendable {
    /// Returns at once. What comes of it is put into the inbox, the last event being `.ended`.
    func connect(_ request: SocketRequest, into inbox: SocketInbox) -> any SocketConnection
}

/// One connection, from the first try on. Calls before it is open, and after its end, do nothing.
package protocol SocketConnection: Sendable {
    func send(_ text: String)
    func ping()
    func close()
}

/// Where to connect. It prints without its query, which may hold a token.
package struct SocketRequest: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    package let isSecure: Bool
    package let host: String
    package let port: Int
    /// With the query.
    package let target: String
    /// Authorities to trust instead of the system's.
    package let caFile: String?
    /// Where the connection leaves from; nil for the system's choice.
    package let egress: Egress?

    /// Nil for anything but `ws://host[:port][/path]` and `wss://…`.
    package init?(
        _ url: String, query: String = "", caFile: String? = nil, egress: Egress? = nil
    ) {
        let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[1].isEmpty, parts[0] == "ws:" || parts[0] == "wss:",
            !url.contains(where: { $0 == "?" || $0 == "#" || $0 == "@" || $0.isWhitespace })
        else { return nil }
        isSecure = parts[0] == "wss:"
        let authority = parts[2].split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(authority.count), !authority[0].isEmpty else { return nil }
        host = String(authority[0])
        let given = authority.count == 2 ? UInt16(authority[1]) : isSecure ? 443 : 80
        guard let given, given > 0 else { return nil }
        port = Int(given)
        target =
            "/" + (parts.count == 4 ? parts[3] : "") + (query.isEmpty ? "" : "?" + query)
        self.caFile = caFile
        self.egress = egress
    }

    package var description: String {
        "\(isSecure ? "wss" : "ws")://\(host):\(port)"
    }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
