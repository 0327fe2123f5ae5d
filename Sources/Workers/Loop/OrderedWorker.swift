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
    let stage: any OrderedStage
    let session: any BusSession
    let holder: String
    let log: Logger

    /// Of this worker while it is the holder.
    struct Tenure {
        var epoch: Int
        /// As they stand in the fence.
        var cursors: [Key: EntryID]
        /// Up to where this holder has read; not the cursor only where a stream has begun anew.
        var reached: [Key: EntryID]
        /// By the steady clock.
        var renewedAt: EventTime
    }
    var tenure: Tenure?
    private var inHand: [Delivery] = []
    private var agenda: Agenda

    private static let batch = 256
    private static let longestWait = Span.milliseconds(500)
    package static let leaseLife = Span.seconds(3)
    static let renewEvery = Span.seconds(1)

    package init(
        _ stage: any OrderedStage, session: any BusSession, name: WorkerName, log: Logger
    ) {
        self.stage = stage
        self.session = session
        self.log = log
        holder = name.text
        agenda = Agenda(of: stage.name, log)
        pulse = Pulse(worker: name.text, stage: stage.name)
    }

    package var interrupt: any BusInterrupt { session.interrupt }

    package func turn(wait: Bool) throws(BusError) {
        defer { say(session.takeNotes(), log) }
        let began = session.wall
        guard try hold(at: session.steady), let tenure else {
            return try standBy(since: began, wait: wait)
        }
        let decision = try decide(since: began)
        let alarms = Commit.raising(decision.alarms)
        let reached = inHand.reached
        let fenced = commits(of: decision.changes, upTo: reached, under: tenure)
        let turn = try session.turn(
            committing: alarms + fenced, count: Self.batch, block: wait ? pause : .zero)
        advance(to: reached)
        inHand = turn.deliveries.inOrder(of: stage.streams)
        agenda.waited(
            forNothing: inHand.isEmpty, woken: inHand.contains(where: \.isClockOrWake))
        try learn(turn.verdicts.dropFirst(alarms.count).first ?? [])
        if let loss = turn.loss { throw loss }
    }

    package func failed() {
        tenure = nil
        inHand = []
        agenda.startAnew()
        session.unfollow()
        pulse.update { $0.role = nil }
    }

    package func leave() throws(BusError) {
        guard tenure != nil else { return }
        try session.release(lease, holder: holder)
    }
}

extension OrderedWorker {
    var lease: Key { Keys.lease(stage.name, stage.number) }
    var fence: Key { Keys.fence(stage.slot, stage.name, stage.number) }

    /// Waits for the lease, and shows that it is alive.
    private func standBy(since began: EventTime, wait: Bool) throws(BusError) {
        pulse.turned(at: began, since: .now, handled: 0)
        _ = try session.turn(
            committing: [], count: 1, block: wait ? Self.longestWait : .zero)
    }

    private func decide(since began: EventTime) throws(BusError) -> OrderedDecision {
        let due = try agenda.due(stage.dueSets, behind: !inHand.isEmpty, session)
        let started = ContinuousClock.now
        let isIdle = inHand.isEmpty && due.allSatisfy(\.isEmpty)
        let decision =
            isIdle ? try stage.idle(session) : try stage.decide(inHand, due: due, session)
        pulse.turned(at: began, since: started, handled: inHand.count)
        return decision
    }

    /// The changes together with the cursors; nothing where there is neither.
    private func commits(
        of changes: [Change], upTo reached: [Key: EntryID], under tenure: Tenure
    ) -> [Commit] {
        let moves = stage.streams.compactMap { stream in
            reached[stream].map {
                CursorMove(
                    field: CursorMove.field(of: stream), from: tenure.cursors[stream] ?? .zero,
                    to: $0)
            }
        }
        guard !moves.isEmpty || !changes.isEmpty else { return [] }
        let owner = Owner.holder(fence: fence, epoch: tenure.epoch, cursors: moves)
        return [Commit(slot: stage.slot, owner: owner, changes: changes)]
    }

    private func advance(to reached: [Key: EntryID]) {
        for (stream, id) in reached {
            tenure?.cursors[stream] = id
            tenure?.reached[stream] = id
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

    /// How long to wait for input: no longer than until something is due.
    private var pause: Span {
        if agenda.isBehind { return .zero }
        let wait = agenda.next.map { $0 - session.wall } ?? Self.longestWait
        return max(.zero, min(wait, Self.longestWait))
    }

}

extension [Delivery] {
    /// The newest id of each stream that is among them.
    fileprivate var reached: [Key: EntryID] {
        var newest: [Key: EntryID] = [:]
        for delivery in self { newest[delivery.stream] = delivery.id }
        return newest
    }

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
