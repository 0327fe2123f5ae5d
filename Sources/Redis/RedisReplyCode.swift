/// The first word of an error reply, matched here and nowhere else: no caller compares texts.
/// Source: `shared` objects of server.c and the errors of Redis 7.0 seen in tests.
package enum RedisReplyCode: Hashable, Sendable {
    /// Nothing was executed, and the same command may succeed later.
    case loading, busy, clusterDown, tryAgain, masterDown, maxClients

    /// The command is wrong for this server, key or user; asking again gives the same answer.
    case wrongType, outOfMemory, readOnly, noAuth, wrongPass, noPerm
    case noGroup, busyGroup, unblocked, noScript, noFunction
    case crossSlot, moved, ask, misconfigured, noReplicas, execAbort

    /// `ERR`, the code of everything without a code of its own.
    case generic
    /// No code of the server's: what it said of itself makes it unfit for our use.
    case unfit

    /// A code that is not in this table, for example one that a function of ours returns.
    case other(String)

    init(_ text: String) {
        let code = text.prefix { $0 != " " }
        self =
            switch code {
            case "ERR": Self.generic(text)
            case "LOADING": .loading
            case "BUSY": .busy
            case "CLUSTERDOWN": .clusterDown
            case "TRYAGAIN": .tryAgain
            case "MASTERDOWN": .masterDown
            case "WRONGTYPE": .wrongType
            case "OOM": .outOfMemory
            case "READONLY": .readOnly
            case "NOAUTH": .noAuth
            case "WRONGPASS": .wrongPass
            case "NOPERM": .noPerm
            case "NOGROUP": .noGroup
            case "BUSYGROUP": .busyGroup
            case "UNBLOCKED": .unblocked
            case "NOSCRIPT": .noScript
            case "CROSSSLOT": .crossSlot
            case "MOVED": .moved
            case "ASK": .ask
            case "MISCONF": .misconfigured
            case "NOREPLICAS": .noReplicas
            case "EXECABORT": .execAbort
            default: .other(String(code))
            }
    }

    /// Some errors hide behind `ERR` although their callers must act on them.
    private static func generic(_ text: String) -> RedisReplyCode {
        if text.hasPrefix("ERR max number of clients") { return .maxClients }
        if text.hasPrefix("ERR Function not found") { return .noFunction }
        // A function that catches errors throws this one anew, with its own place in front.
        if text.contains("The user executing the script can't ") { return .noPerm }
        return .generic
    }

    /// Whether the server did nothing and may do it later.
    package var isTransient: Bool {
        switch self {
        case .loading, .busy, .clusterDown, .tryAgain, .masterDown, .maxClients: true
        default: false
        }
    }
}

/// An error reply: its code, and the server's whole text for people.
package struct RedisReplyError: Hashable, Sendable, CustomStringConvertible {
    package let code: RedisReplyCode
    package let message: String

    /// - Parameter message: the reply without its leading `-`.
    package init(_ message: String) {
        self.code = RedisReplyCode(message)
        self.message = message
    }

    /// An error whose text was replaced because the server's could repeat a secret.
    init(code: RedisReplyCode, message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
