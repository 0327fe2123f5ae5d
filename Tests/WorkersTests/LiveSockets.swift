import Brokers
import Synchronization
import Testing
import Trading

/// Sockets without a network: a test plays the broker.
final class LiveSockets: SocketTransport {
    /// One connection, from the worker's request on.
    final class Line: SocketConnection {
        let request: SocketRequest
        private let inbox: SocketInbox
        private let state = Mutex((sent: [String](), pings: 0, isClosed: false))

        init(_ request: SocketRequest, _ inbox: SocketInbox) {
            self.request = request
            self.inbox = inbox
        }

        var sent: [String] { state.withLock { $0.sent } }
        var pings: Int { state.withLock { $0.pings } }
        var isClosed: Bool { state.withLock { $0.isClosed } }

        func send(_ text: String) { state.withLock { $0.sent.append(text) } }
        func ping() { state.withLock { $0.pings += 1 } }
        func close() { state.withLock { $0.isClosed = true } }

        func open() { inbox.put(.opened) }
        func say(_ text: String) { inbox.put(.text(Array(text.utf8))) }
        func say(_ bytes: [UInt8]) { inbox.put(.binary(bytes)) }
        func hear() { inbox.hear() }
        func end(_ end: SocketEnd = .lost("reset")) { inbox.put(.ended(end)) }
    }

    private let state = Mutex([Line]())

    var lines: [Line] { state.withLock { $0 } }

    func second() throws -> Line { try #require(lines.dropFirst().first) }

    func connect(
        _ request: SocketRequest, into inbox: SocketInbox
    ) -> any SocketConnection {
        let line = Line(request, inbox)
        state.withLock { $0.append(line) }
        return line
    }
}

/// One token after the other: the one that was replaced is dead.
final class LiveTokens: DhanTokenSource {
    private let state = Mutex((number: 1, failure: DhanTokenError?.none))

    var replaced: Int { state.withLock { $0.number - 1 } }

    func fail(_ error: DhanTokenError?) { state.withLock { $0.failure = error } }

    func current(_ answer: @escaping Answer) {
        let (number, failure) = state.withLock { ($0.number, $0.failure) }
        answer(failure.map { .failure($0) } ?? .success(DhanToken("secret-\(number)")))
    }

    func replace(_ dead: DhanToken, _ answer: @escaping Answer) {
        state.withLock { $0.number += 1 }
        current(answer)
    }
}

extension DhanAccess {
    static func live(_ tokens: LiveTokens = LiveTokens()) -> DhanAccess {
        var access = DhanAccess(clientID: "1000000001", token: tokens)
        // As if the broker had been asked.
        access.doubt = { tokens.replace($0) { _ in } }
        return access
    }
}
