import Foundation
import Synchronization

/// Waits here for what another thread answers.
enum Awaited {
    /// - Returns: nil when nothing came in time.
    static func wait<Value: Sendable>(
        _ milliseconds: Int = 15_000, for call: (@escaping @Sendable (Value) -> Void) -> Void
    ) -> Value? {
        let box = Box<Value>()
        call { value in
            box.value.withLock { $0 = $0 ?? value }
            box.came.signal()
        }
        _ = box.came.wait(timeout: .now() + .milliseconds(milliseconds))
        return box.value.withLock { $0 }
    }

    private final class Box<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
        let came = DispatchSemaphore(value: 0)
    }
}
