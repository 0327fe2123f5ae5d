import Synchronization

/// Does something once, just before a call of a session.
final class Rival: Sendable {
    typealias Deed = @Sendable () -> Void

    private let session: String
    private let plan = Mutex<(calls: Int, deed: Deed)?>(nil)

    init(_ session: String) { self.session = session }

    /// - Parameter calls: how many of the session's calls go first.
    func act(afterCalls calls: Int, _ deed: @escaping Deed) {
        plan.withLock { $0 = (calls, deed) }
    }

    func pass(_ session: String) {
        guard session == self.session else { return }
        let deed = plan.withLock { plan -> Deed? in
            guard let (calls, deed) = plan else { return nil }
            plan = calls > 0 ? (calls - 1, deed) : nil
            return calls > 0 ? nil : deed
        }
        deed?()
    }
}
