import Logging
import MessageBus
import Stages
import Trading

/// What the stage fails on: counted, tried again, and at last set aside, while everything else
/// goes on.
extension GroupWorker {
    /// Decides on and commits one entry or one due time. If the server refuses it, that is its own
    /// fault.
    func settleAlone(_ piece: Work) throws(BusError) {
        var mishaps: [Mishap] = []
        do throws(BusError) {
            let plan = try plan(try stage.settle(piece, session))
            mishaps = plan.mishaps
            mishaps += learn(plan.verdicts(try session.commit(plan.commits)))
        } catch {
            guard case .refused(let reason) = error else { throw error }
            stage.failed()
            var step = Step(piece.deliveries.first, .failed(reason))
            step.due = dueTime(of: piece)
            mishaps = [Mishap(step: step, reason: reason)]
        }
        try record(mishaps)
    }

    private func dueTime(of piece: Work) -> (set: Key, time: DueTime)? {
        zip(stage.dueSets, piece.due).compactMap { set, times in
            times.first.map { (set.key, $0) }
        }.first
    }

    /// Counts failures. What has failed often enough becomes a dead letter.
    func record(_ mishaps: [Mishap]) throws(BusError) {
        guard !mishaps.isEmpty else { return }
        let fields = mishaps.compactMap { $0.step.delivery.map(failures.field) }
        // Of due times nothing is counted, and Redis refuses to look up no field at all.
        let loaded = try session.load(fields.isEmpty ? [] : [.fields(failures.key, fields)])
        var counts = Fields()
        if case .fields(let stored)? = loaded.answers.first { counts = stored }
        var remedies = Remedies()
        for mishap in mishaps {
            complain(of: mishap)
            if let delivery = mishap.step.delivery {
                let count = 1 + (counts[failures.field(delivery)].flatMap { Int($0) } ?? 0)
                tryAgain(delivery, mishap.reason, count, &remedies)
            } else if let due = mishap.step.due {
                postpone(due, mishap.reason, loaded, &remedies)
            }
        }
        var commits = Commit.raising(remedies.alarms)
        if !remedies.changes.isEmpty {
            commits.append(Commit(slot: stage.slot, owner: .anyone, changes: remedies.changes))
        }
        _ = try session.commit(commits)
        try send(remedies.letters)
    }

    /// What is to be done about failures.
    private struct Remedies {
        var changes: [Change] = []
        var alarms: [Alarm] = []
        /// Steps that set an entry aside.
        var letters: [Step] = []
    }

    /// An entry: alone and after a pause, until it has failed often enough.
    private func tryAgain(
        _ delivery: Delivery, _ reason: String, _ count: Int, _ remedies: inout Remedies
    ) {
        suspicion.add(delivery)
        guard count < Failures.limit else {
            // What was counted against it is to go with it.
            var delivery = delivery
            delivery.isRedelivered = true
            let text = "the stage failed on it \(count) times, at last: \(reason)"
            remedies.letters.append(Step(delivery, .deadLetter(text)))
            return
        }
        remedies.changes.append(Change(writes: failures.counting(delivery)))
        retries.add(delivery, at: session.steady + Failures.pause)
    }

    /// A due time: later, and a person is told. Somebody else may have moved it meanwhile; then it
    /// is not ours to move.
    private func postpone(
        _ due: (set: Key, time: DueTime), _ reason: String, _ loaded: Loaded,
        _ remedies: inout Remedies
    ) {
        let member = due.time.member
        suspicion.add(member)
        let isByWall = stage.dueSets.contains { $0.key == due.set && $0.clock == .wall }
        let next = (isByWall ? loaded.wall : loaded.now) + Failures.pauseOfDue
        remedies.changes.append(
            Change(
                guards: [.score(due.set, member: member, is: due.time.at)],
                writes: [.schedule(due.set, member: member, at: next.milliseconds)]))
        remedies.alarms.append(
            Alarm(
                .critical, stage: stage.name,
                message: "\(member) of \(due.set) cannot be acted upon: \(reason)",
                at: loaded.now))
    }

    private func send(_ letters: [Step]) throws(BusError) {
        guard !letters.isEmpty else { return }
        let plan = try plan(letters)
        // What still fails is tried again with the rest.
        for mishap in learn(plan.verdicts(try session.commit(plan.commits))) {
            complain(of: mishap)
            guard let delivery = mishap.step.delivery else { continue }
            retries.add(delivery, at: session.steady + Failures.pause)
        }
    }

    private func complain(of mishap: Mishap) {
        let subject =
            mishap.step.delivery.map { "entry \($0.id.text) of \($0.stream)" }
            ?? mishap.step.due.map { "\($0.time.member) of \($0.set)" } ?? "own work"
        log.error(
            "the stage failed on \(subject): \(mishap.reason)", metadata: ["worker": "\(consumer)"])
        pulse.update { $0.lastError = mishap.reason }
    }
}
