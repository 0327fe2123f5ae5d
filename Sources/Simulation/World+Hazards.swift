import MessageBus
import Trading
import Workers

/// The moments at which something happens to a worker: before and after each of its calls.
extension World {
    /// Frozen workers in each other's turns are as many levels of calls on one stack.
    private static let mostFrozen = 3

    func pass(_ life: Life, before call: StaticString) throws(BusError) {
        guard survives(life, before: "\(call)") else { throw Self.killed }
        if life.connection != connection {
            life.connection = connection
            nextFault.set(.unreachable)
        } else if chance.strikes(.callLost) {
            story.tell(life.name, "cannot reach the bus: \(call)")
            nextFault.set(.unreachable)
        } else if chance.strikes(.replyLost) {
            story.tell(life.name, "gets no answer: \(call)")
            nextFault.set(.answerLost)
        }
    }

    func pass(_ life: Life, after call: StaticString) throws(BusError) {
        pass(life, afterCalling: call)
        if life.isDead { throw Self.killed }
    }

    /// The same after a call of the broker, which ends in no error.
    func pass(_ life: Life, afterCalling call: StaticString) {
        if !life.isDead, chance.strikes(.crashAfter) { kill(life, "after: \(call)") }
    }

    /// A dead process makes no call.
    func survives(_ life: Life, before call: @autoclosure () -> String) -> Bool {
        if life.isDead { return false }
        if chance.strikes(.crashBefore) {
            kill(life, "before: \(call())")
            return false
        }
        if freezes < Self.mostFrozen, chance.strikes(.freeze) { freeze(life, before: call()) }
        return !life.isDead
    }

    private static let killed = BusError.retry("killed (simulated)")

    /// The world goes on while this call stands still.
    private func freeze(_ life: Life, before call: String) {
        let span = chance.one(in: 2) ? chance.span(20...900) : chance.span(900...6_000)
        story.tell(life.name, "is frozen for \(span.milliseconds) ms before: \(call)")
        life.isFrozen = true
        freezes += 1
        let wakesAt = now + span
        // Whatever fails in it is its own worker's failure.
        while goesOn, now < wakesAt, steps < plan.chaos { try? step() }
        freezes -= 1
        life.isFrozen = false
        if let deadline = life.timer.firesAt, now >= deadline {
            kill(life, "by its timer, still before: \(call)")
        } else {
            story.tell(life.name, "wakes")
        }
    }

    func kill(_ life: Life, _ moment: String) {
        story.tell(life.name, "dies \(moment)")
        replace(life)
    }

    /// What is in hand is settled, and nothing is left to others.
    func dismiss(_ member: Member) {
        story.tell(member.life.name, "is told to stop")
        do throws(BusError) {
            try member.worker.leave()
        } catch {
            story.tell(member.life.name, "leaves its work to others: \(error)")
        }
        guard !member.life.isDead else { return }
        bus.remove(Keys.worker(member.life.name))
        replace(member.life)
    }

    private func replace(_ life: Life) {
        life.isDead = true
        guard let index = members.firstIndex(where: { $0.life === life }) else { return }
        var post = members.remove(at: index).post
        if chance.one(in: 2) { post.rename() }
        hires.add(now + chance.span(0...1_500), post)
    }

    /// The server goes and comes back, and everybody has to connect anew.
    func restart() {
        let losesTail = chance.strikes(.lostTail)
        if losesTail {
            bus.loseTail()
            promises.forget()
            // Other entries will have their ids.
            owners = [:]
            for name in inHand.keys { inHand[name] = [:] }
            script.hasLostTail = true
        }
        connection += 1
        bus.serverRun = RunID("run-\(connection + 1)")
        story.tell("server", losesTail ? "is restarted and has lost its tail" : "is restarted")
    }
}
