import MessageBus
import Proxy
import Support
import Testing
import Trading
import Workers

/// A connection that is lost between the reply to the commit and the reply to the read.
@Suite struct LossTests {
    /// Uses the session of its worker when it is told of a verdict, as the paper broker does.
    private final class Calling: GroupStage {
        let name = "calling"
        let slot = Slot.shard(0)
        let streams = [Keys.exits(0)]
        var joins = 0
        var calls: [CommitVerdict] = []

        func joined(_ session: any BusSession) throws(BusError) { joins += 1 }

        func settle(_ work: Work, _ session: any BusSession) throws(BusError) -> [Step] {
            work.deliveries.map { delivery in
                Step(
                    delivery, .commit(Change()),
                    then: { verdict in
                        if (try? session.load([])) != nil { self.calls.append(verdict) }
                    })
            }
        }
    }

    @Test func `it is the worker's to hear of, whoever uses the session in between`() throws {
        try withRedis { server in
            let proxy = try RedisProxy(to: server)
            defer { proxy.stop() }
            let stage = Calling()
            let name = WorkerName(stage: stage.name, given: "w")
            let before = try RedisBus(endpoint: server.endpoint).session("before")
            try before.join(stage.streams, group: stage.name, consumer: name.text)
            let entry = Change(writes: [.append(Keys.exits(0), ["n": "1"])])
            _ = try before.commit([Commit(slot: .shard(0), owner: .anyone, changes: [entry])])
            _ = try before.turn(committing: [], count: 9, block: .zero)

            let session = try RedisBus(endpoint: proxy.endpoint).session("w")
            let worker = GroupWorker(stage, session: session, name: name, log: Bench.quiet)
            try worker.turn(wait: false)
            // Of the first read of new entries, which follows that of its own.
            proxy.next(1, .reply, containing: "*-1", .cut)
            #expect(throws: BusError.self) { try worker.turn(wait: false) }
            #expect(stage.calls == [.applied])
            worker.failed()
            try worker.turn(wait: false)
            #expect(stage.joins == 2)
            #expect(
                try before.load([.pending(Keys.exits(0), group: stage.name, limit: 9)]).answers
                    == [.pending([])])
        }
    }
}
