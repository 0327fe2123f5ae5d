import MessageBus
import Synchronization

/// Lets so many calls of one session through, and then none; or does them all, and lets no answer
/// through.
final class Fuse: Sendable {
    private let session: String
    private let calls = Mutex<Int?>(nil)
    private let kind = Mutex(MemoryBus.Fault.unreachable)

    init(_ session: String) { self.session = session }

    /// Calls that go through from now on; nil for all.
    var left: Int? {
        get { calls.withLock { $0 } }
        set { calls.withLock { $0 = newValue } }
    }

    /// What becomes of the calls after those.
    var end: MemoryBus.Fault {
        get { kind.withLock { $0 } }
        set { kind.withLock { $0 = newValue } }
    }

    func fault(_ session: String) -> MemoryBus.Fault? {
        calls.withLock { calls in
            guard session == self.session, let left = calls else { return nil }
            calls = left - 1
            return left > 0 ? nil : end
        }
    }
}
