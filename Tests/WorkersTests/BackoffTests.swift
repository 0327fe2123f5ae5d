import Glibc
import MessageBus
import Support
import Testing
import Trading

@testable import Workers

/// A worker that goes well for a turn and fails on the next is not well.
@Suite struct BackoffTests {
    private final class Stumbling: Worker {
        let pulse = Pulse(worker: "w", stage: "s")
        let interrupt: any BusInterrupt
        private var turns = 0

        init(_ session: any BusSession) { interrupt = session.interrupt }

        func turn(wait: Bool) throws(BusError) {
            turns += 1
            if turns.isMultiple(of: 2) { throw .denied("stumbled") }
        }

        func failed() {}
        func leave() throws(BusError) {}
    }

    @Test func `each pause is twice the one before, until all goes well for long enough`() {
        var backoff = Backoff()
        var now = ContinuousClock.now
        for pause in [20, 40, 80, 160, 320, 640, 1_280, 2_000, 2_000] {
            let next = backoff.next(now: now)
            #expect(next == .milliseconds(pause))
            now += next + .milliseconds(5)
        }
        // From the last failure on: its pause and the longest, and a moment more.
        now += .milliseconds(1_990)
        let still = backoff.next(now: now)
        #expect(still == .seconds(2))
        now += .milliseconds(4_001)
        let anew = backoff.next(now: now)
        #expect(anew == .milliseconds(20))
    }

    @Test func `a worker that fails on every second turn slows down all the same`() throws {
        let words = Words()
        let thread = WorkerThread(name: "w", log: words.logger)
        let session = Bench().bus
        thread.start { () throws(BusError) in Stumbling(session.session("w")) }
        let end = ContinuousClock.now + .seconds(120)
        while !words.pauses(of: "w").contains(640), ContinuousClock.now < end { usleep(2_000) }
        thread.stop()
        let pauses = words.pauses(of: "w")
        #expect(pauses.contains(640))
        // A machine that stood still for two seconds looks like a worker that went well.
        let isDoubling = zip(pauses, pauses.dropFirst()).allSatisfy {
            $1 == min(2 * $0, 2_000) || $1 == 20
        }
        #expect(isDoubling, "\(pauses)")
        #expect(thread.join(within: 60))
    }

    @Test func `a worker that pauses after an error leaves when it is told`() throws {
        let words = Words()
        let thread = WorkerThread(
            name: "w", log: words.logger, backoff: Backoff(from: .seconds(3_600)))
        thread.start { () throws(BusError) in throw .denied("not yet") }
        let end = ContinuousClock.now + .seconds(120)
        while words.pauses(of: "w").isEmpty, ContinuousClock.now < end { usleep(2_000) }
        thread.stop()
        #expect(thread.join(within: 60))
    }
}
