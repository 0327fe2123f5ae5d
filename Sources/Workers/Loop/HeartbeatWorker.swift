import Glibc
package import Logging
package import MessageBus
package import Trading

/// Writes the pulses of all workers of a process to Redis, from a thread of its own: a worker in
/// a long turn must not look dead, and one that hangs must not look alive, so the turn counter
/// tells and not the heartbeat alone.
package final class HeartbeatWorker: Worker {
    package static let name = "heartbeat"

    package let pulse = Pulse(worker: name, stage: name)
    private let session: any BusSession
    private let pulses: PulseBoard
    private let log: Logger
    private let startedAt: EventTime
    /// The list of names is as new as the last turn.
    private var isListed = true
    private let onReaders: ((Int) -> Void)?
    private var roster: RosterWatch?
    /// By the steady clock.
    private var looksAt: EventTime?

    private static let looksEvery = Span.seconds(5)

    /// - Parameters:
    ///   - desk: nil where its accounts need not be those of other processes.
    ///   - onReaders: told now and then how many processes read books at the broker.
    package init(
        _ pulses: PulseBoard, session: any BusSession, log: Logger, desk: Desk? = nil,
        onReaders: ((Int) -> Void)? = nil
    ) {
        self.log = log
        self.onReaders = onReaders
        roster = desk.map { RosterWatch($0) }
        self.pulses = pulses
        self.session = session
        startedAt = session.wall
    }

    package var interrupt: any BusInterrupt { session.interrupt }

    package func turn(wait: Bool) throws(BusError) {
        for pulse in pulses.all { try session.beat(pulse, startedAt: startedAt) }
        try list()
        try look()
        _ = try session.turn(committing: [], count: 1, block: wait ? Pulse.period : .zero)
    }

    private func list() throws(BusError) {
        let refusal = try session.list(pulses.all)
        if let refusal, isListed { log.warning("the workers' names cannot be written: \(refusal)") }
        isListed = refusal == nil
    }

    /// At the other processes.
    private func look() throws(BusError) {
        guard onReaders != nil || roster != nil, let worker = pulses.all.first?.worker,
            looksAt.map({ session.steady >= $0 }) ?? true
        else { return }
        // Also where it fails: another try with each turn would make the beats late.
        looksAt = session.steady + Self.looksEvery
        let loaded = try session.loadEach([
            .due(Keys.workers, limit: BookReaders.mostNames), RosterWatch.query,
        ])
        if let onReaders, case .success(.due(let workers))? = loaded.answers.first {
            onReaders(BookReaders.count(workers, at: loaded.wall))
        }
        try roster?.look(loaded.answers.last, by: worker, session)
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

    /// Where others look for who lives.
    ///
    /// A full server has no room for it, and the workers live all the same: an error would make the
    /// next beats late.
    ///
    /// - Returns: why the server does not take the names; nil where it does.
    func list(_ pulses: [Pulse]) throws(BusError) -> String? {
        let names = pulses.map {
            Write.schedule(Keys.workers, member: $0.worker, at: wall.milliseconds)
        }
        do throws(BusError) {
            _ = try commit([
                Commit(slot: .bus, owner: .anyone, changes: [Change(writes: names)])
            ])
            return nil
        } catch {
            guard case .denied(let reason) = error else { throw error }
            return reason
        }
    }
}
