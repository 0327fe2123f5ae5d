import MessageBus
import Synchronization
import Trading
package import Workers

/// One process: it lives until it is killed, may stand still, and has a clock of its own.
final class Life {
    /// Of the process, for people.
    let name: String
    /// How far its clock is ahead of the server's.
    let skew: Span
    let timer: SimulatedTimer
    var isDead = false
    var isFrozen = false
    /// Something may wait for it: entries that it has read, or that it could read, or an answer.
    var hasNews = true
    /// The server's start that its connection was made after.
    var connection: Int

    init(name: String, skew: Span, bus: MemoryBus, connection: Int) {
        self.name = name
        self.skew = skew
        self.connection = connection
        timer = SimulatedTimer(bus)
    }

    var canWork: Bool { !isDead && !isFrozen }
}

/// The timer by which a sender dies that is frozen between its mark and its call.
final class SimulatedTimer: SenderTimer {
    private let deadline = Mutex<EventTime?>(nil)
    private let bus: MemoryBus

    init(_ bus: MemoryBus) { self.bus = bus }

    func arm(_ life: Span) { deadline.withLock { $0 = bus.wall + life } }
    func disarm() { deadline.withLock { $0 = nil } }
    var firesAt: EventTime? { deadline.withLock { $0 } }
}

/// Nonces of all gateways, also of those that have died.
package final class NonceCounter: Sendable {
    private let count = Mutex<UInt64>(0)

    package init() {}

    package var source: NonceSource {
        NonceSource { [self] in
            count.withLock {
                $0 += 1
                return $0
            }
        }
    }
}

/// What the next call of the bus meets.
final class NextFault: Sendable {
    private let fault = Mutex<MemoryBus.Fault?>(nil)

    func set(_ next: MemoryBus.Fault?) { fault.withLock { $0 = next } }
    func take() -> MemoryBus.Fault? {
        fault.withLock { fault in
            defer { fault = nil }
            return fault
        }
    }
}
