import CCurl
import Synchronization

/// What callers hand to the thread.
///
/// Unchecked: `curl_multi_wakeup` is the one call that libcurl allows from any thread, while the
/// handle lives. The lock holds the handle's end off, and guards all else.
final class Inbox: @unchecked Sendable {
    private struct State {
        var calls: [HTTPCall] = []
        var isClosed = false
    }
    private let state = Mutex(State())
    /// Written once, by the thread, under the lock.
    private var multi: UnsafeMutableRawPointer?

    /// - Returns: false when nobody will take it.
    func put(_ call: HTTPCall) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.calls.append(call)
            if let multi { curl_multi_wakeup(multi) }
            return true
        }
    }

    func open(_ multi: UnsafeMutableRawPointer) {
        state.withLock { _ in self.multi = multi }
    }

    func take() -> (calls: [HTTPCall], isClosed: Bool) {
        state.withLock { state in
            defer { state.calls = [] }
            return (state.calls, state.isClosed)
        }
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            if let multi { curl_multi_wakeup(multi) }
        }
    }

    /// After it, nobody touches the handle.
    func end() {
        state.withLock { _ in multi = nil }
    }
}
