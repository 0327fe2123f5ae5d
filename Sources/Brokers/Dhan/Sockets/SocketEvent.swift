/// What reaches a worker from a socket.
package enum SocketEvent: Sendable, Hashable {
    case opened
    case text([UInt8])
    case binary([UInt8])
    /// The last one of a connection.
    case ended(SocketEnd)
}

/// How a connection ended, or why there was none. Never with the address: a feed's holds a token.
package enum SocketEnd: Sendable, Hashable, CustomStringConvertible {
    /// The server answered the handshake, and not with an upgrade.
    case refused(status: Int)
    /// The server said goodbye.
    case closed(code: Int?)
    /// A reset, an error of the network or of the protocol.
    case lost(String)
    /// More frames than the worker took.
    case overflow
    /// Nothing was heard for too long, or the answer was late.
    case silent(String)

    package var description: String {
        switch self {
        case .refused(let status): "the handshake was answered \(status)"
        case .closed(let code): "closed by the broker\(code.map { " with \($0)" } ?? "")"
        case .lost(let reason): reason
        case .overflow: "more frames than could be handled"
        case .silent(let what): what
        }
    }

    /// A handshake that was refused because there have been too many.
    package var isTooMany: Bool { self == .refused(status: 429) }
    package var isToken: Bool { self == .refused(status: 401) || self == .refused(status: 403) }
}
