package import Logging
package import MessageBus
import Settings
package import Trading

/// Drops from Redis what everybody is done with: entries of streams, consumers that are gone, the
/// names of dead workers.
///
/// Each process has one; a lease says which of them sweeps. It guards nothing: two that sweep at
/// once do the same work twice, and each cut is safe by itself.
package final class Janitor: Worker {
    package let pulse: Pulse
    private let session: any BusSession
    private let spans: RetentionSettings
    private let streams: [StreamReaders]
    private let holder: String
    private let log: Logger
    // Both times by the steady clock: a wall's clock that is set would end a wait early, or never.
    private var sweptAt: EventTime?
    /// How far readers in other slots were at one time: since then they are at least there.
    private var noted: (floors: [Key: EntryID], at: EventTime)?

    package static let stage = "janitor"
    /// A server that crashes loses up to two seconds of its log.
    private static let longestLostTail = Span.seconds(3)
    /// So long, people can see that a worker has died.
    package static let nameLife = Span.minutes(10)
    private static let mostNames = 10_000
    private static let leaseLife = Span.seconds(3)
    private static let longestPause = Span.seconds(1)

    package init(
        _ desk: Desk, session: any BusSession, name: WorkerName, log: Logger
    ) {
        self.session = session
        self.log = log
        spans = desk.retention
        streams = StreamReaders.all(desk)
        holder = name.text
        pulse = Pulse(worker: name.text, stage: Self.stage)
    }

    package var interrupt: any BusInterrupt { session.interrupt }

    package func turn(wait: Bool) throws(BusError) {
        if try session.lease(lease, holder: holder, life: Self.leaseLife) { try sweepIfDue() }
        let pause = min(Self.longestPause, spans.sweepEvery)
        _ = try session.turn(committing: [], count: 1, block: wait ? pause : .zero)
    }

    package func failed() { noted = nil }

    package func leave() throws(BusError) { try session.release(lease, holder: holder) }

    private var lease: Key { Keys.lease(Self.stage, 0) }
}

extension Janitor {
    private func sweepIfDue() throws(BusError) {
        let now = session.steady
        try cutBelowFloors(at: now)
        if let sweptAt, now - sweptAt < spans.sweepEvery { return }
        sweptAt = now
        let living = try livingWorkers()
        for readers in streams {
            for group in readers.groups { try forget(readers.stream, group, living) }
            if readers.isReadInItsSlot { try cut(readers, floor: nil) }
        }
        if noted == nil { noted = (try floors(), now) }
    }

    /// Streams with readers in other slots. How far those were is believed only once it is longer
    /// ago than a crash of their server could set them back.
    private func cutBelowFloors(at now: EventTime) throws(BusError) {
        guard let noted, now - noted.at >= Self.longestLostTail else { return }
        self.noted = nil
        for readers in streams {
            if let floor = noted.floors[readers.stream] { try cut(readers, floor: floor) }
        }
    }

    /// The workers that are there. The names of those that have been gone for long are removed.
    private func livingWorkers() throws(BusError) -> Set<String> {
        let loaded = try session.load([.due(Keys.workers, limit: Self.mostNames)])
        guard case .due(let names)? = loaded.answers.first else { return [] }
        let gone = names.filter {
            $0.at < (loaded.wall - Self.nameLife).milliseconds
        }
        if !gone.isEmpty {
            // One that comes back meanwhile has another time there.
            let changes = gone.map {
                Change(
                    guards: [.score(Keys.workers, member: $0.member, is: $0.at)],
                    writes: [.unschedule(Keys.workers, member: $0.member)])
            }
            _ = try session.commit([Commit(slot: .bus, owner: .anyone, changes: changes)])
        }
        let life = (loaded.wall - Pulse.life).milliseconds
        return Set(names.filter { $0.at >= life }.map(\.member))
    }

    private func forget(
        _ stream: Key, _ group: String, _ living: Set<String>
    ) throws(BusError) {
        try going(on: stream) { () throws(BusError) in
            _ = try session.forget(stream, group: group) { !living.contains($0) }
        }
    }

    private func cut(_ readers: StreamReaders, floor: EntryID?) throws(BusError) {
        try going(on: readers.stream) { () throws(BusError) in
            let cut = Cut(
                groups: readers.groups, fences: readers.fences(inItsSlot: true), floor: floor,
                keep: spans.keep(readers.kind), age: readers.kind.age)
            let count = try session.cut(readers.stream, cut)
            if count > 0 {
                log.debug("cut", metadata: ["stream": "\(readers.stream)", "entries": "\(count)"])
            }
        }
    }

    /// The lowest cursor of those who read a stream from another slot.
    private func floors() throws(BusError) -> [Key: EntryID] {
        let remote = streams.flatMap { readers in
            readers.fences(inItsSlot: false).map { (readers.stream, $0) }
        }
        let answers = try session.load(
            remote.map { .fields($0.1, [CursorMove.field(of: $0.0)]) }
        ).answers
        var floors: [Key: EntryID] = [:]
        for ((stream, _), answer) in zip(remote, answers) {
            guard case .fields(let fields) = answer else { continue }
            let cursor = fields[CursorMove.field(of: stream)].flatMap { EntryID(text: $0) }
            floors[stream] = min(floors[stream] ?? EntryID(.max, .max), cursor ?? .zero)
        }
        return floors
    }

    /// What is wrong with one key must not keep the others from being swept.
    private func going(on key: Key, _ step: () throws(BusError) -> Void) throws(BusError) {
        do throws(BusError) {
            try step()
        } catch {
            guard case .refused(let reason) = error else { throw error }
            log.error("cannot be swept: \(reason)", metadata: ["key": "\(key)"])
        }
    }
}

extension StreamReaders {
    /// All that says how far it is read can be looked at in the step that cuts it.
    fileprivate var isReadInItsSlot: Bool { fences(inItsSlot: false).isEmpty }

    fileprivate func fences(inItsSlot isLocal: Bool) -> [Key] {
        followers.map(\.fence).filter { ($0.slot == stream.slot) == isLocal }
    }
}

extension StreamReaders.Kind {
    /// Nobody but a clock says that people have seen something, so it must not be a wrong one.
    fileprivate var age: Cut.Age {
        switch self {
        case .ticks: .stream
        case .flow: .server
        case .people: .earlier
        }
    }
}

extension RetentionSettings {
    fileprivate func keep(_ kind: StreamReaders.Kind) -> Span {
        switch kind {
        case .ticks: ticks
        case .flow: streams
        case .people: alarms
        }
    }
}
