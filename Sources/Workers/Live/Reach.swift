import Brokers
import Synchronization
import Trading

/// Whether the broker is out of this process's reach, so that another process may be better off.
///
/// Only connections that were tried and brought no word count: whoever has no token, or is turned
/// away by the broker, would fare no better elsewhere.
final class Reach: SocketTransport {
    private struct State {
        /// Of the last connection.
        var isTried = false
        /// Since when nothing else has come of them, by the steady clock.
        var lostAt: EventTime?
        var isCutOff = false
    }
    private let transport: any SocketTransport
    private let state = Mutex(State())

    static let patience = Span.seconds(20)

    init(_ transport: any SocketTransport) { self.transport = transport }

    func connect(_ request: SocketRequest, into inbox: SocketInbox) -> any SocketConnection {
        state.withLock { $0.isTried = true }
        return transport.connect(request, into: inbox)
    }

    func take(_ news: DhanSocket.News, at now: EventTime) {
        state.withLock { state in
            let isLost = state.isTried && news.isLoss
            state.lostAt = isLost ? state.lostAt ?? now : nil
            state.isCutOff = state.lostAt.map { now - $0 >= Self.patience } ?? false
            if case .ended = news { state.isTried = false }
        }
    }

    /// Once for each try that has failed: between two of them a client may be resting.
    func takeCutOff() -> Bool {
        state.withLock { state in
            defer { state.isCutOff = false }
            return state.isCutOff
        }
    }

    func forget() { state.withLock { $0 = State() } }
}

extension DhanSocket.News {
    fileprivate var isLoss: Bool {
        switch self {
        case .ended(.lost), .ended(.silent): true
        case .ended, .opened, .text, .binary: false
        }
    }
}
