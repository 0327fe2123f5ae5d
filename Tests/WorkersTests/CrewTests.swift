import Glibc
import MessageBus
import Redis
import Support
import Synchronization
import Testing
import Trading

@testable import Workers

/// Who is alive to the others, from the first moment and on a server that refuses things.
@Suite struct CrewTests {
    /// A bus that the thread of the heartbeats never reaches.
    private struct Heartless: Bus {
        let bus: any Bus

        func session(_ name: String) throws(BusError) -> any BusSession {
            if name == "heartbeat" { throw .retry("told to fail") }
            return try bus.session(name)
        }
    }

    @Test func `a worker has a heartbeat before it has read anything`() throws {
        try withRedis { server in
            let bus = RedisBus(endpoint: server.endpoint)
            var (stage, late): (String?, [String]) = (nil, [])
            // The only beat is over in two seconds, and a farewell as soon: a machine that was too
            // slow for them tries again.
            for _ in 0..<10 where stage == nil || !late.isEmpty {
                (stage, late) = try firstBeat(bus)
            }
            #expect(stage == StageName.hub)
            #expect(late == [])
            // Whoever starts now finds it there.
            let listed = try bus.session("test").load([.due(Keys.workers, limit: 9)]).answers
            var names: [String] = []
            if case .due(let workers)? = listed.first { names = workers.map(\.member) }
            #expect(names == ["w:\(StageName.hub)-0"])
        }
    }

    @Test func `a crew writes down its accounts where the server has lost them`() throws {
        try withRedis { server in
            let bus = RedisBus(endpoint: server.endpoint)
            let session = try bus.session("test")
            let crew = Crew(try Bench.desk(), bus: bus, name: "w", log: Bench.quiet)
            crew.start([StageName.hub])
            var layout = Fields()
            let end = ContinuousClock.now + .seconds(60)
            while layout.isEmpty, ContinuousClock.now < end {
                usleep(5_000)
                if case .fields(let fields)? = try session.load([.hash(Keys.layout)]).answers.first
                {
                    layout = fields
                }
            }
            _ = crew.stop()
            #expect(layout["accounts"] == "alpha bravo charlie")
            #expect(layout["shards"] == "1")
        }
    }

    /// The stage that a crew's first worker shows, and who did not leave in time.
    private func firstBeat(_ bus: RedisBus) throws -> (stage: String?, late: [String]) {
        let session = try bus.session("test")
        let crew = Crew(try Bench.desk(), bus: Heartless(bus: bus), name: "w", log: Bench.quiet)
        crew.start([StageName.hub])
        let end = ContinuousClock.now + .seconds(60)
        while crew.pulses.isEmpty, ContinuousClock.now < end { usleep(5_000) }
        let pulse = try #require(crew.pulses.first)
        let loaded = try session.load([.hash(Keys.worker(pulse.worker))])
        var stage: String?
        if case .fields(let beat)? = loaded.answers.first { stage = beat["stage"] }
        return (stage, crew.stop())
    }

    @Test func `on a full server the heartbeats go on`() throws {
        try withRedis { server in
            let board = PulseBoard()
            board.add(Pulse(worker: "w", stage: "test"))
            let session = try RedisBus(endpoint: server.endpoint).session("heartbeat")
            let worker = HeartbeatWorker(board, session: session, log: Bench.quiet)
            let admin = try server.connect()
            _ = try admin.call(RedisCommand("CONFIG", "SET", "maxmemory", "1"))
            var isAlive = false
            // Again, because a beat is over in two seconds.
            for _ in 0..<10 where !isAlive {
                for _ in 0..<2 { try worker.turn(wait: false) }
                isAlive = try session.load([.count(Keys.worker("w"))]).answers != [.number(0)]
            }
            #expect(isAlive)
            _ = try admin.call(RedisCommand("CONFIG", "SET", "maxmemory", "0"))
            try worker.turn(wait: false)
            #expect(try session.load([.count(Keys.workers)]).answers == [.number(1)])
        }
    }
}
