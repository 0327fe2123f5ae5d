import Logging
package import MessageBus

/// One loop on one thread. The thread, or a simulation's scheduler, calls ``turn(wait:)`` again
/// and again.
package protocol Worker: AnyObject {
    /// - Parameter wait: whether to wait for input when there is none.
    func turn(wait: Bool) throws(BusError)
    /// After an error: what was in hand is forgotten, because all of it is still pending.
    func failed()
    /// The last turn: what is in hand is settled, nothing is read, leases are given back.
    func leave() throws(BusError)
    var interrupt: any BusInterrupt { get }
    var pulse: Pulse { get }
}

extension Worker {
    /// What the session has mended by itself, or could not look at, is for people to see.
    func say(_ notes: [String], _ log: Logger) {
        for note in notes {
            log.warning("\(note)", metadata: ["worker": "\(pulse.worker)"])
            pulse.update { $0.lastError = note }
        }
    }
}

/// Makes a worker on the thread that will own it and its connections.
package typealias MakeWorker = @Sendable () throws(BusError) -> any Worker
