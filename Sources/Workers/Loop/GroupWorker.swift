package import Logging
package import MessageBus
import Trading

/// The one loop of all stages that share their work.
///
/// A turn decides on what is in hand, then commits and reads the next batch in one write. A
/// change that its guard refuses is decided again on a fresh load; a delivery that is no longer
/// this worker's is forgotten.
package final class GroupWorker: Worker {
    package let pulse: Pulse
    private let stage: any GroupStage
    private let session: any BusSession
    private let consumer: String
    private let log: Logger

    private var joinedAt: EventTime?
    private var claimedAt: EventTime?
    private var inHand: [Delivery] = []
    private var retries = Retries()
    private var agenda = Agenda()

    private let batch: Int

    /// Enough to amortise a round trip, few enough to decide in a millisecond.
    package static let usualBatch = 256
    private static let longestWait = Span.seconds(1)
    private static let claimEvery = Span.seconds(1)
    /// Only a person can mend the key; the work waits for that and is not given up.
    private static let wrongTypePause = Span.seconds(1)

    package init(
        _ stage: any GroupStage, session: any BusSession, name: WorkerName, log: Logger,
        batch: Int = usualBatch
    ) {
        self.batch = batch
        self.stage = stage
        self.session = session
        self.log = log
        consumer = name.text
        pulse = Pulse(worker: name.text, stage: stage.name)
    }

    package var interrupt: any BusInterrupt { session.interrupt }

    package func turn(wait: Bool) throws(BusError) {
        try joinOnce()
        try claimFromTheDead()
        let began = session.wall
        var work = Work(worker: consumer)
        work.deliveries = inHand + retries.take(until: began)
        inHand = []
        work.due = try agenda.due(
            stage.dueSets, behind: !work.deliveries.isEmpty || stage.hasOwnWork, session)
        let started = ContinuousClock.now
        let steps = try stage.settle(work, session)
        pulse.turned(at: began, since: started, handled: work.deliveries.count)
        let plan = Plan(steps, slot: stage.slot, owner: owner, stage: stage.name, now: began)
        for (delivery, span) in plan.postponed { retries.add(delivery, at: began + span) }
        let turn = try session.turn(
            committing: plan.commits, count: batch, block: wait ? pause(plan) : .zero)
        learn(plan.verdicts(turn.verdicts))
        inHand = turn.deliveries
        agenda.waited(forNothing: inHand.isEmpty, woken: inHand.contains(where: \.isWake))
    }

    package func failed() {
        joinedAt = nil
        inHand = []
        retries.forget()
        agenda = Agenda()
        stage.failed()
    }

    /// What is in hand is decided and committed, and nothing new is read; then what the stage
    /// has still to say.
    package func leave() throws(BusError) {
        while !inHand.isEmpty || stage.hasOwnWork {
            var work = Work(worker: consumer)
            work.deliveries = inHand
            inHand = []
            let steps = try stage.settle(work, session)
            let plan = Plan(
                steps, slot: stage.slot, owner: owner, stage: stage.name, now: session.wall)
            learn(plan.verdicts(try session.commit(plan.commits)))
        }
        stage.stop()
    }
}

extension GroupWorker {
    private var owner: Owner { .consumer(group: stage.name, name: consumer) }

    private func joinOnce() throws(BusError) {
        guard joinedAt == nil else { return }
        try session.join(stage.streams, group: stage.name, consumer: consumer)
        joinedAt = session.wall
        claimedAt = nil
    }

    /// How long to wait for input: no longer than until something else is to be done.
    private func pause(_ plan: Plan) -> Span {
        if plan.isAwaited || stage.hasOwnWork || agenda.isBehind { return .zero }
        let next = [retries.next(), agenda.next].compactMap { $0 }.min()
        let wait = next.map { $0 - session.wall } ?? Self.longestWait
        return max(.zero, min(wait, Self.longestWait))
    }

    /// Everything looks dead just after a reconnect, so nobody is judged in the first period.
    private func claimFromTheDead() throws(BusError) {
        let wall = session.wall
        guard let joinedAt, wall - joinedAt >= Pulse.life,
            claimedAt.map({ wall - $0 >= Self.claimEvery }) ?? true
        else { return }
        claimedAt = wall
        for stream in stage.streams {
            let count = try session.claimFromDead(
                stream, group: stage.name, consumer: consumer)
            if count > 0 {
                log.warning(
                    "claimed entries of dead workers",
                    metadata: [
                        "stage": "\(stage.name)", "stream": "\(stream)", "entries": "\(count)",
                    ])
            }
        }
    }

    private func again(_ step: Step, after pause: Span) {
        if let delivery = step.delivery {
            retries.add(delivery, at: session.wall + pause)
        } else {
            agenda.lookAgain()
        }
    }

    private func learn(_ verdicts: [(Step, CommitVerdict)]) {
        for (step, verdict) in verdicts {
            step.then?(verdict)
            switch verdict {
            case .applied, .lost, .fenced, .already: break
            case .refused:
                pulse.update { $0.refused += 1 }
                again(step, after: .zero)
            case .wrongType(let key):
                log.critical(
                    "the key has a wrong type",
                    metadata: [
                        "stage": "\(stage.name)", "key": "\(key)",
                    ])
                pulse.update { $0.lastError = "wrong type: \(key)" }
                again(step, after: Self.wrongTypePause)
            }
        }
    }
}
