import Synchronization

/// Positions that have been exited, and when.
final class ExitCounter: Sendable {
    private let state = Mutex((count: 0, last: 0))

    func add() {
        let now = Nanoseconds.now()
        state.withLock { $0 = ($0.count + 1, now) }
    }

    var count: Int { state.withLock { $0.count } }
    /// When the latest of them came.
    var last: Int { state.withLock { $0.last } }
}
