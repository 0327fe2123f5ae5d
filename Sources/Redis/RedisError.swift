/// Why a command has no answer, in the words of the caller's next question: may I ask again, was
/// I refused, or does nobody know? No message contains a password or an argument of a command.
package enum RedisError: Error, Hashable, Sendable {
    /// Nothing was executed: ask again after a back-off, with `reconnect()` if `.unreachable`.
    case retry(Retry)

    /// The server answered with an error. A single command then changed nothing; a function or
    /// script may have written before it failed, since Redis does not roll back.
    case refused(RedisReplyCode, message: String)

    /// The command left, its answer did not arrive: it may have been executed. The connection is
    /// closed; only reading the state tells.
    case unknownOutcome(ConnectionLoss)

    /// The server executed the command and answered in a shape that the caller did not expect.
    case unexpectedReply(expected: String, got: String)

    /// TLS was not agreed on with this server, and nothing was sent: a certificate that is not
    /// good, a file that cannot be used, a port that speaks no TLS. Asking again is harmless and
    /// gives the same answer until a person has acted.
    case untrusted(String)

    package enum Retry: Hashable, Sendable {
        /// `LOADING`, `BUSY`, `CLUSTERDOWN`, `TRYAGAIN`, `MASTERDOWN`, too many clients.
        case server(RedisReplyError)
        /// No connection, or it was found lost before any byte of the command was sent.
        case unreachable(ConnectionLoss)
    }

    package enum Disposition: Hashable, Sendable { case retry, refused, unknown }

    package var disposition: Disposition {
        switch self {
        case .retry: .retry
        case .refused, .untrusted: .refused
        // A command that was executed must never be taken for a refused one.
        case .unknownOutcome, .unexpectedReply: .unknown
        }
    }

    /// The code of the server's error reply, if the server answered with one.
    package var code: RedisReplyCode? {
        switch self {
        case .retry(.server(let reply)): reply.code
        case .refused(let code, _): code
        case .retry(.unreachable), .unknownOutcome, .unexpectedReply, .untrusted: nil
        }
    }

    package init(_ reply: RedisReplyError) {
        self =
            reply.code.isTransient
            ? .retry(.server(reply)) : .refused(reply.code, message: reply.message)
    }
}

/// What happened to a connection.
package enum ConnectionLoss: Error, Hashable, Sendable {
    /// The connection could not be made; the operating system's reason.
    case notConnected(String)
    /// No answer within so many milliseconds.
    case timeOut(milliseconds: Int)
    /// The server closed the connection.
    case closed
    /// The server closed a plain connection before it answered the greeting.
    case closedUnheard
    /// The TLS handshake did not come to an end within so many milliseconds.
    case noHandshake(milliseconds: Int)
    /// TLS was not agreed on; the reason, and what to do about it.
    case untrusted(String)
    /// The operating system failed a read or a write; its reason.
    case failed(String)
    /// Bytes that are not Redis' protocol (or arrays nested deeper than hiredis reads: seven).
    case garbled(String)
}

extension RedisError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .retry(.server(let reply)): "Redis asks to wait: \(reply)"
        case .retry(.unreachable(let loss)): "Redis cannot be reached: \(loss)"
        case .refused(_, let message): "Redis refused: \(message)"
        case .unknownOutcome(let loss): "outcome unknown, no answer from Redis: \(loss)"
        case .untrusted(let reason): "no TLS connection to Redis: \(reason)"
        case .unexpectedReply(let expected, let got): "Redis answered \(got), not \(expected)"
        }
    }
}

extension ConnectionLoss: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notConnected(let reason): reason
        case .timeOut(let milliseconds): "no answer within \(milliseconds) ms"
        case .closed: "the server closed the connection"
        case .closedUnheard:
            "the server closed the connection unheard; does this port want TLS (rediss://)?"
        case .noHandshake(let milliseconds):
            "no TLS handshake within \(milliseconds) ms; is this a port without TLS?"
        case .untrusted(let reason): reason
        case .failed(let reason): reason
        case .garbled(let reason): "unreadable reply: \(reason)"
        }
    }
}
