import Synchronization

/// What a connection has brought and the worker has not yet taken. The network's thread puts, the
/// worker's thread takes.
package final class SocketInbox: Sendable {
    private struct State {
        var events: [SocketEvent] = []
        var wasHeard = false
        var hasEnded = false
    }
    private let state = Mutex(State())
    private let capacity: Int
    private let wake: @Sendable () -> Void

    /// - Parameter wake: ends the worker's wait.
    package init(capacity: Int, wake: @escaping @Sendable () -> Void) {
        self.capacity = capacity
        self.wake = wake
    }

    /// - Returns: false when there is no room, or the connection has ended: close it.
    @discardableResult
    package func put(_ event: SocketEvent) -> Bool {
        let (isIn, isFirst) = state.withLock { state -> (Bool, Bool) in
            guard !state.hasEnded else { return (false, false) }
            let isFull = state.events.count >= capacity
            let isFirst = state.events.isEmpty
            state.events.append(isFull ? .ended(.overflow) : event)
            if case .ended = state.events.last { state.hasEnded = true }
            return (!isFull, isFirst)
        }
        if isFirst { wake() }
        return isIn
    }

    /// The other side is alive, and has nothing to say.
    package func hear() { state.withLock { $0.wasHeard = true } }

    package func take() -> (events: [SocketEvent], wasHeard: Bool) {
        state.withLock { state in
            defer { (state.events, state.wasHeard) = ([], false) }
            return (state.events, state.wasHeard)
        }
    }
}
