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

    @Test func `a worker that fails on every second turn slows down all the same`() throws {
        let words = Words()
        let thread = WorkerThread(name: "w", log: words.logger)
        let session = Bench().bus
        thread.start { () throws(BusError) in Stumbling(session.session("w")) }
        let end = ContinuousClock.now + .seconds(30)
        while words.pauses(of: "w").count < 6, ContinuousClock.now < end { usleep(2_000) }
        thread.stop()
        #expect(words.pauses(of: "w").prefix(6) == [20, 40, 80, 160, 320, 640])
        #expect(thread.join(within: 10))
    }

    @Test func `a worker that pauses after an error leaves when it is told`() throws {
        let words = Words()
        let thread = WorkerThread(
            name: "w", log: words.logger, backoff: Backoff(from: .seconds(3_600)))
        thread.start { () throws(BusError) in throw .denied("not yet") }
        let end = ContinuousClock.now + .seconds(30)
        while words.pauses(of: "w").isEmpty, ContinuousClock.now < end { usleep(2_000) }
        thread.stop()
        #expect(thread.join(within: 10))
    }
}
