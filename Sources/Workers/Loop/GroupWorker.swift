package import Logging
package import MessageBus
import Trading

/// The one loop of all stages that share their work.
///
/// A turn decides on what is in hand, then commits and reads the next batch in one write. A
/// change that its guard refuses is decided again on a fresh load; a delivery that is no longer
/// this worker's is forgotten. What the server refuses runs alone from then on.
package final class GroupWorker: Worker {
    package let pulse: Pulse
    let stage: any GroupStage
    let session: any BusSession
    let consumer: String
    let log: Logger
    let failures: Failures

    /// By the steady clock; nil before the first turn, and after an error.
    private var joinedAt: EventTime?
    private var claimedAt: EventTime?
    private var judge = Judge()
    private var inHand: [Delivery] = []
    var retries = Retries()
    private var agenda: Agenda
    var suspicion = Suspicion()
    /// Of steps that were applied: sent with the next commit.
    private var notices: [Alarm] = []

    private let batch: Int

    /// Enough to amortise a round trip, few enough to decide in a millisecond.
    package static let usualBatch = 256
    /// With the life of a heartbeat, the dead are noticed within three seconds.
    private static let longestWait = Span.milliseconds(500)
    private static let claimEvery = Span.milliseconds(500)

    package init(
        _ stage: any GroupStage, session: any BusSession, name: WorkerName, log: Logger,
        batch: Int = usualBatch
    ) {
        self.batch = batch
        self.stage = stage
        self.session = session
        self.log = log
        consumer = name.text
        agenda = Agenda(of: stage.name, log)
        failures = Failures(slot: stage.slot, stage: stage.name)
        pulse = Pulse(worker: name.text, stage: stage.name)
    }

    package var interrupt: any BusInterrupt { session.interrupt }

    package func turn(wait: Bool) throws(BusError) {
        defer { say(session.takeNotes(), log) }
        do throws(BusError) {
            try joinOnce()
            try claimIfTime()
            let began = session.wall
            let plan = try decide(on: try gather(), since: began)
            let turn = try session.turn(
                committing: Commit.raising(notices) + plan.commits, count: batch,
                block: wait ? pause(plan) : .zero)
            notices = []
            inHand = turn.deliveries
            try record(plan.mishaps + learn(plan.verdicts(turn.verdicts)))
            if let loss = turn.loss { throw loss }
            suspicion.hasRead(inHand)
            agenda.waited(forNothing: inHand.isEmpty, woken: inHand.contains(where: \.isWake))
        } catch {
            // Which of the batch it was is not known.
            if case .refused = error { suspicion.isGeneral = true }
            throw error
        }
    }

    package func failed() {
        joinedAt = nil
        judge = Judge()
        inHand = []
        retries.forget()
        agenda.startAnew()
        stage.failed()
    }

    /// What is in hand is decided and committed, and nothing new is read; then what the stage
    /// has still to say.
    package func leave() throws(BusError) {
        while !inHand.isEmpty || stage.hasOwnWork || !notices.isEmpty {
            var work = Work(worker: consumer)
            work.deliveries = inHand
            inHand = []
            let plan = try plan(try stage.settle(work, session))
            let verdicts = try session.commit(Commit.raising(notices) + plan.commits)
            notices = []
            _ = learn(plan.verdicts(verdicts))
        }
        stage.stop()
    }
}

extension GroupWorker {
    private func joinOnce() throws(BusError) {
        guard joinedAt == nil else { return }
        if !stage.streams.isEmpty {
            try session.join(stage.streams, group: stage.name, consumer: consumer)
        }
        try stage.joined(session)
        joinedAt = session.steady
        claimedAt = nil
    }

    /// Everything looks dead just after a reconnect, so nobody is judged in the first period.
    private func claimIfTime() throws(BusError) {
        let now = session.steady
        guard let joinedAt, now - joinedAt >= Pulse.life,
            claimedAt.map({ now - $0 >= Self.claimEvery }) ?? true
        else { return }
        claimedAt = now
        for stream in stage.streams {
            let claimed = try session.claimFromDead(
                stream, group: stage.name, consumer: consumer, &judge)
            try setAside(claimed.trimmed, of: stream)
            if claimed.count > 0 {
                log.warning(
                    "claimed entries of dead workers",
                    metadata: [
                        "stage": "\(stage.name)", "stream": "\(stream)",
                        "entries": "\(claimed.count)",
                    ])
            }
        }
    }

    /// Everything to decide on: what was read, what is to be tried again, what is due.
    private func gather() throws(BusError) -> Work {
        var work = Work(worker: consumer)
        work.deliveries = inHand + retries.take(until: session.steady)
        inHand = []
        work.due = try agenda.due(
            stage.dueSets, behind: !work.deliveries.isEmpty || stage.hasOwnWork, session)
        return work
    }

    /// What is suspected of failing is decided on and committed alone, before the rest.
    private func decide(on work: Work, since began: EventTime) throws(BusError) -> Plan {
        let (count, started) = (work.deliveries.count, ContinuousClock.now)
        var work = work
        for piece in suspicion.take(from: &work) { try settleAlone(piece) }
        let plan = try plan(try stage.settle(work, session))
        pulse.turned(at: began, since: started, handled: count)
        return plan
    }

    /// What the steps come to; those that are put off are kept.
    func plan(_ steps: [Step]) throws(BusError) -> Plan {
        let reviews = try Reviews(
            of: steps, slot: stage.slot, stage: stage.name, due: stage.positionsDue, session)
        let plan = Plan(
            steps, slot: stage.slot, owner: .consumer(group: stage.name, name: consumer),
            stage: stage.name, now: session.wall, reviews)
        for (delivery, span) in plan.postponed { retries.add(delivery, at: session.steady + span) }
        return plan
    }

    /// How long to wait for input: no longer than until something else is to be done.
    private func pause(_ plan: Plan) -> Span {
        if plan.isAwaited || stage.hasOwnWork || agenda.isBehind { return .zero }
        let waits = [
            retries.next.map { $0 - session.steady }, agenda.next.map { $0 - session.wall },
        ]
        return max(.zero, min(waits.compactMap { $0 }.min() ?? .seconds(1), Self.longestWait))
    }

    /// Tells the steps what became of them.
    ///
    /// - Returns: those that fail each time they are tried.
    func learn(_ verdicts: [(Step, CommitVerdict)]) -> [Mishap] {
        var mishaps: [Mishap] = []
        for (step, verdict) in verdicts {
            step.then?(verdict)
            switch verdict {
            case .applied:
                notices += step.outcome.notices
                suspicion.clear(step)
            case .lost, .fenced, .already: suspicion.clear(step)
            case .refused:
                pulse.update { $0.refused += 1 }
                again(step)
            case .wrongType(let key):
                mishaps.append(Mishap(step: step, reason: "\(key) has a wrong type"))
            }
        }
        return mishaps
    }

    private func again(_ step: Step) {
        if let delivery = step.delivery {
            retries.add(delivery, at: session.steady)
        } else {
            agenda.lookAgain()
        }
    }
}
