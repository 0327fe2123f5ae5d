package import Logging
package import MessageBus
package import Trading

/// The loop of the stages that have one holder.
///
/// A lease says who tries; the fence says who may. Whoever gets the lease raises the fence's
/// epoch, loads the state and reads on from the stored cursors: start-up, take-over and recovery
/// are one path.
package final class OrderedWorker: Worker {
    package let pulse: Pulse
    private let stage: any OrderedStage
    private let session: any BusSession
    private let holder: String
    private let log: Logger

    private struct Tenure {
        var epoch: Int
        /// As they stand in the fence.
        var cursors: [Key: EntryID]
        /// Up to where this holder has read: elsewhere only where a stream has begun anew.
        var read: [Key: EntryID]
        /// By the steady clock.
        var renewedAt: EventTime
    }
    private var tenure: Tenure?
    private var inHand: [Delivery] = []
    private var agenda = Agenda()

    private static let batch = 256
    private static let longestWait = Span.milliseconds(500)
    package static let leaseLife = Span.seconds(3)
    private static let renewEvery = Span.seconds(1)

    package init(
        _ stage: any OrderedStage, session: any BusSession, name: WorkerName, log: Logger
    ) {
        self.stage = stage
        self.session = session
        self.log = log
        holder = name.text
        pulse = Pulse(worker: name.text, stage: stage.name)
    }

    package var interrupt: any BusInterrupt { session.interrupt }

    package func turn(wait: Bool) throws(BusError) {
        defer { say(session.takeNotes()) }
        let wall = session.wall
        guard try hold(at: session.steady), let tenure else {
            pulse.turned(at: wall, since: .now, handled: 0)
            _ = try session.turn(
                committing: [], count: 1, block: wait ? Self.longestWait : .zero)
            return
        }
        let due = try agenda.due(stage.dueSets, behind: !inHand.isEmpty, session)
        let started = ContinuousClock.now
        let isIdle = inHand.isEmpty && due.allSatisfy(\.isEmpty)
        let decision =
            isIdle ? try stage.idle(session) : try stage.decide(inHand, due: due, session)
        pulse.turned(at: wall, since: started, handled: inHand.count)
        let moves = moves(of: inHand, from: tenure.cursors)
        var commits = [Commit(alarms: decision.alarms)].compactMap { $0 }
        let before = commits.count
        if !moves.isEmpty || !decision.changes.isEmpty {
            commits.append(
                Commit(
                    slot: stage.slot,
                    owner: .holder(fence: fence, epoch: tenure.epoch, cursors: moves),
                    changes: decision.changes))
        }
        let turn = try session.turn(
            committing: commits, count: Self.batch, block: wait ? pause : .zero)
        for move in moves {
            self.tenure?.cursors[key(of: move)] = move.to
            self.tenure?.read[key(of: move)] = move.to
        }
        inHand = turn.deliveries.inOrder(of: stage.streams)
        agenda.waited(
            forNothing: inHand.isEmpty, woken: inHand.contains(where: \.isClockOrWake))
        try learn(turn.verdicts.dropFirst(before).first ?? [])
    }

    package func failed() {
        tenure = nil
        inHand = []
        agenda = Agenda()
        session.unfollow()
        pulse.update { $0.role = nil }
    }

    package func leave() throws(BusError) {
        guard tenure != nil else { return }
        try session.release(lease, holder: holder)
    }
}

extension OrderedWorker {
    private var lease: Key { Keys.lease(stage.name, stage.number) }
    private var fence: Key { Keys.fence(stage.slot, stage.name, stage.number) }

    private var pause: Span {
        if agenda.isBehind { return .zero }
        let wait = agenda.next.map { $0 - session.wall } ?? Self.longestWait
        return max(.zero, min(wait, Self.longestWait))
    }

    /// Whether this worker is the holder; takes the lease over where it is free.
    private func hold(at now: EventTime) throws(BusError) -> Bool {
        if let renewedAt = tenure?.renewedAt, now - renewedAt < Self.renewEvery { return true }
        guard try session.lease(lease, holder: holder, life: Self.leaseLife) else {
            if tenure != nil { failed() }
            pulse.update { $0.role = Role.standby }
            return false
        }
        if let tenure {
            if try isStill(tenure) {
                self.tenure?.renewedAt = now
                return true
            }
            say(["the fence of \(lease) or a stream behind it is not what it was: all is read anew"]
            )
            failed()
        }
        try takeOver(at: now)
        return true
    }

    /// A flushed server has no fence, and a stream that was removed may begin again before this
    /// holder's cursor: it would read nothing, commit nothing and never be told.
    private func isStill(_ tenure: Tenure) throws(BusError) -> Bool {
        let stored = try session.load([.fields(fence, [Fence.epochField])]).answers.first
        guard case .fields(let fields)? = stored,
            fields[Fence.epochField] == String(tenure.epoch)
        else { return false }
        let newest = try newestEntries()
        return tenure.read.allSatisfy { $0.value <= newest[$0.key] ?? .zero }
    }

    /// The newest id of each stream, also where its entry was trimmed.
    private func newestEntries() throws(BusError) -> [Key: EntryID] {
        let answers = try session.load(stage.streams.map { .newest($0) }).answers
        var newest: [Key: EntryID] = [:]
        for (stream, answer) in zip(stage.streams, answers) {
            if case .newest(let id) = answer { newest[stream] = id }
        }
        return newest
    }

    private func takeOver(at now: EventTime) throws(BusError) {
        let stored = try session.raise(fence)
        try stage.load(session)
        let newest = try newestEntries()
        var (cursors, read): ([Key: EntryID], [Key: EntryID]) = ([:], [:])
        for stream in stage.streams {
            let cursor = stored.cursors[CursorMove.field(of: stream)] ?? .zero
            cursors[stream] = cursor
            // A cursor behind the newest entry is another stream's, which was here before.
            read[stream] = cursor <= newest[stream] ?? .zero ? cursor : .zero
            try session.follow(stream, after: read[stream] ?? .zero)
        }
        tenure = Tenure(epoch: stored.epoch, cursors: cursors, read: read, renewedAt: now)
        pulse.update { $0.role = Role.holder }
        log.info(
            "holds the lease",
            metadata: [
                "lease": "\(lease)", "epoch": "\(stored.epoch)", "worker": "\(holder)",
            ])
    }

    /// One move for each stream of which something was read.
    private func moves(of deliveries: [Delivery], from cursors: [Key: EntryID]) -> [CursorMove] {
        var newest: [Key: EntryID] = [:]
        for delivery in deliveries { newest[delivery.stream] = delivery.id }
        return stage.streams.compactMap { stream in
            newest[stream].map {
                CursorMove(
                    field: CursorMove.field(of: stream), from: cursors[stream] ?? .zero, to: $0)
            }
        }
    }

    private func key(of move: CursorMove) -> Key {
        stage.streams.first { CursorMove.field(of: $0) == move.field } ?? fence
    }

    private func say(_ notes: [String]) {
        for note in notes {
            log.warning("\(note)", metadata: ["worker": "\(holder)"])
            pulse.update { $0.lastError = note }
        }
    }

    private func learn(_ verdicts: [CommitVerdict]) throws(BusError) {
        if verdicts.contains(.fenced) {
            log.warning("another holder has taken over", metadata: ["lease": "\(lease)"])
            failed()
            return
        }
        for (index, verdict) in verdicts.enumerated() {
            switch verdict {
            case .applied, .lost, .fenced, .already: break
            case .refused:
                pulse.update { $0.refused += 1 }
                try stage.refused(index, session)
            case .wrongType(let key):
                throw .retry("\(key) has a wrong type")
            }
        }
    }
}

/// What a worker of an ordered stage is just now.
enum Role {
    static let standby = "standby"
    static let holder = "holder"
}

extension CursorMove {
    /// The stream's whole name: a holder may follow streams of several slots.
    static func field(of stream: Key) -> String { stream.text }
}

extension [Delivery] {
    /// Stable: entries of one stream keep their order.
    fileprivate func inOrder(of streams: [Key]) -> [Delivery] {
        streams.flatMap { stream in filter { $0.stream == stream } }
    }
}

extension Delivery {
    fileprivate var isClockOrWake: Bool {
        guard let fields, let kind = fields[Field.kind.rawValue] else { return false }
        return !kind.isEmpty
    }
}
