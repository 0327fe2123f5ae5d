import Foundation
package import Logging
import MessageBus
import Synchronization
import Trading

/// A thread that turns one worker until it is told to stop. It never ends on an error: it waits
/// a little longer each time, and says so.
package final class WorkerThread: Sendable {
    private struct State {
        var stopping = false
        var interrupt: (any BusInterrupt)?
    }
    private let state = Mutex(State())
    /// Signalled once: it ends the pause after an error.
    private let told = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let log: Logger
    private let backoff: Backoff
    package let name: String

    package convenience init(name: String, log: Logger) {
        self.init(name: name, log: log, backoff: Backoff())
    }

    init(name: String, log: Logger, backoff: Backoff) {
        self.name = name
        self.log = log
        self.backoff = backoff
    }

    /// - Parameter make: runs on the new thread, which then owns the worker and its connections.
    package func start(_ make: @escaping MakeWorker) {
        let thread = Thread { [self] in
            run(make)
            ended.signal()
        }
        thread.name = name
        thread.stackSize = 4 << 20
        thread.start()
    }

    /// Finishes the batch in hand and ends.
    package func stop() {
        let interrupt = state.withLock {
            $0.stopping = true
            return $0.interrupt
        }
        interrupt?.wake()
        told.signal()
    }

    /// - Returns: false when the thread has not ended in time.
    package func join(within seconds: Double) -> Bool {
        ended.wait(timeout: .now() + seconds) == .success
    }

    private var isStopping: Bool { state.withLock { $0.stopping } }

    private func run(_ make: MakeWorker) {
        var backoff = backoff
        var worker: (any Worker)?
        while !isStopping {
            do throws(BusError) {
                if worker == nil {
                    let made = try make()
                    worker = made
                    state.withLock { $0.interrupt = made.interrupt }
                }
                try worker?.turn(wait: true)
            } catch {
                worker?.failed()
                worker?.pulse.update { $0.lastError = "\(error)" }
                let pause = backoff.next()
                log.warning("\(name): \(error); again in \(pause)")
                _ = told.wait(timeout: .now() + pause / .seconds(1))
            }
        }
        do throws(BusError) {
            try worker?.leave()
        } catch {
            log.warning("\(name) left its work to others: \(error)")
        }
    }
}
