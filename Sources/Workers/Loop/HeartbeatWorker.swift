import Glibc
package import MessageBus
import Trading

/// Writes the pulses of all workers of a process to Redis, from a thread of its own: a worker in
/// a long turn must not look dead, and one that hangs must not look alive, so the turn counter
/// tells and not the heartbeat alone.
package final class HeartbeatWorker: Worker {
    package let pulse = Pulse(worker: "heartbeat", stage: "heartbeat")
    private let session: any BusSession
    private let pulses: PulseBoard
    private var startedAt: EventTime

    package init(_ pulses: PulseBoard, session: any BusSession) {
        self.pulses = pulses
        self.session = session
        startedAt = session.wall
    }

    package var interrupt: any BusInterrupt { session.interrupt }

    package func turn(wait: Bool) throws(BusError) {
        let now = session.wall
        for pulse in pulses.all {
            let fields = pulse.fields(process: Int(getpid()), startedAt: startedAt, now: now)
            try session.beat(Keys.worker(pulse.worker), fields, life: Pulse.life)
        }
        let names = pulses.all.map {
            Write.schedule(Keys.workers, member: $0.worker, at: now.milliseconds)
        }
        _ = try session.turn(
            committing: [Commit(slot: .bus, owner: .anyone, changes: [Change(writes: names)])],
            count: 1, block: wait ? Pulse.period : .zero)
    }

    package func failed() {}

    /// A worker that left on purpose is gone at once.
    package func leave() throws(BusError) {
        let writes = pulses.all.flatMap {
            [
                Write.delete(Keys.worker($0.worker)),
                .unschedule(Keys.workers, member: $0.worker),
            ]
        }
        _ = try session.commit([
            Commit(slot: .bus, owner: .anyone, changes: [Change(writes: writes)])
        ])
    }
}
