import MessageBus
import Support
import Testing
import Trading

@testable import Workers

@Suite("Processes that read books at the broker")
struct BookReadersTests {
    @Test(
        "Are those that have a gateway or a reconciler, and live",
        arguments: [
            // worker, seconds since its last heartbeat
            ([], 0), ([("box1:gateway-0", 1)], 1),
            ([("box1:gateway-0", 1), ("box1:gateway-1", 0), ("box1:reconciler-0", 9)], 1),
            ([("box1:gateway-0", 1), ("box2:reconciler-0", 1), ("a:b:gateway-0", 1)], 3),
            ([("box1:gateway-0", 10)], 0),
            ([("box1:exit-engine-0", 1), ("box2:order-listener-gateway-1", 1), ("x", 1)], 0),
        ] as [([(String, Int)], Int)])
    func count(workers: [(String, Int)], readers: Int) {
        let now = EventTime.at(10, 0)
        let listed = workers.map {
            DueTime(member: $0.0, at: now.milliseconds - $0.1 * 1_000)
        }
        #expect(BookReaders.count(listed, at: now) == readers)
    }

    @Test func `a heartbeat tells how many there are, and a while later again`() throws {
        let bench = Bench()
        for name in ["one", "two"] {
            let board = PulseBoard()
            let post = "\(StageName.gateway)-0"
            board.add(Pulse(worker: "\(name):\(post)", stage: StageName.gateway))
            var told: [Int] = []
            let worker = HeartbeatWorker(
                board, session: bench.bus.session("h"), log: Bench.quiet,
                onReaders: { told.append($0) })
            try worker.turn(wait: false)
            try worker.turn(wait: false)
            let count = name == "one" ? 1 : 2
            #expect(told == [count])
            bench.bus.advance(by: .seconds(5))
            try worker.turn(wait: false)
            #expect(told == [count, count])
        }
    }
}
