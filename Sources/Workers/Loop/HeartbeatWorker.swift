import Glibc
package import Logging
package import MessageBus
package import Trading

/// Writes the pulses of all workers of a process to Redis, from a thread of its own: a worker in
/// a long turn must not look dead, and one that hangs must not look alive, so the turn counter
/// tells and not the heartbeat alone.
package final class HeartbeatWorker: Worker {
    package let pulse = Pulse(worker: "heartbeat", stage: "heartbeat")
    private let session: any BusSession
    private let pulses: PulseBoard
    private let log: Logger
    private let startedAt: EventTime
    /// The list of names is as new as the last turn.
    private var isListed = true
    private let onReaders: ((Int) -> Void)?
    /// By the steady clock.
    private var countsAt: EventTime?

    private static let countsEvery = Span.seconds(5)

    /// - Parameter onReaders: told now and then how many processes read books at the broker.
    package init(
        _ pulses: PulseBoard, session: any BusSession, log: Logger,
        onReaders: ((Int) -> Void)? = nil
    ) {
        self.log = log
        self.onReaders = onReaders
        self.pulses = pulses
        self.session = session
        startedAt = session.wall
    }

    package var interrupt: any BusInterrupt { session.interrupt }

    package func turn(wait: Bool) throws(BusError) {
        for pulse in pulses.all { try session.beat(pulse, startedAt: startedAt) }
        try list()
        try countReaders()
        _ = try session.turn(committing: [], count: 1, block: wait ? Pulse.period : .zero)
    }

    /// A full server has no room for the list, and the workers live all the same: an error would
    /// make the next beats late.
    private func list() throws(BusError) {
        let names = pulses.all.map {
            Write.schedule(Keys.workers, member: $0.worker, at: session.wall.milliseconds)
        }
        do throws(BusError) {
            _ = try session.commit([
                Commit(slot: .bus, owner: .anyone, changes: [Change(writes: names)])
            ])
            isListed = true
        } catch {
            guard case .denied(let reason) = error else { throw error }
            if isListed { log.warning("the workers' names cannot be written: \(reason)") }
            isListed = false
        }
    }

    private func countReaders() throws(BusError) {
        guard let onReaders, countsAt.map({ session.steady >= $0 }) ?? true else { return }
        let loaded = try session.loadEach([.due(Keys.workers, limit: BookReaders.mostNames)])
        guard case .success(.due(let workers))? = loaded.answers.first else { return }
        countsAt = session.steady + Self.countsEvery
        onReaders(BookReaders.count(workers, at: loaded.wall))
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

extension BusSession {
    package func beat(_ pulse: Pulse, startedAt: EventTime) throws(BusError) {
        let fields = pulse.fields(process: Int(getpid()), startedAt: startedAt, now: wall)
        try beat(Keys.worker(pulse.worker), fields, life: Pulse.life)
    }
}
