import MessageBus
import Proxy
import Redis
import Support
import Testing
import Trading

/// Commits whose reply did not come, or came in a shape that no server of ours sends.
@Suite("RedisBus: outcomes", .timeLimit(.minutes(5)))
struct RedisBusOutcomeTests {
    private func withProxy(_ body: (RedisServer, RedisProxy, any BusSession) throws -> Void) throws
    {
        try withRedis { server in
            let proxy = try RedisProxy(to: server)
            defer { proxy.stop() }
            try body(server, proxy, try RedisBus(endpoint: proxy.endpoint).session("one"))
        }
    }

    private func commit(_ delivery: Delivery) -> Commit {
        Commit(
            slot: .shard(0), owner: .consumer(group: "g", name: "a"),
            changes: [delivery.settled(writes: [.add(position, field: "n", by: 1)])])
    }

    @Test func `a commit whose reply was lost is asked again and applied once`() throws {
        try withProxy { _, proxy, session in
            try session.joined(exits).put(exits, 1...1)
            let delivery = try #require(try session.read().first)
            proxy.next(1, .request, containing: "FCALL", .loseReply)
            let error = #expect(throws: BusError.self) {
                try session.commit([commit(delivery)])
            }
            guard case .unknown = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            // It is settled: whoever asks again is told so, and nothing is read again.
            #expect(try session.commit([commit(delivery)]) == [[.lost]])
            #expect(try session.fields(of: position) == ["n": "1"])
            #expect(try session.read().isEmpty)
        }
    }

    @Test func `verdicts that came before a loss are told with it`() throws {
        try withProxy { _, proxy, session in
            try session.joined(exits).put(exits, 1...1)
            let delivery = try #require(try session.read().first)
            proxy.next(1, .reply, containing: "*-1", .cut)
            // Long, so that the verdict and the end of the wait never come in one chunk.
            let turn = try session.turn(
                committing: [commit(delivery)], count: 9, block: .seconds(1))
            #expect(turn.verdicts == [[.applied]] && turn.deliveries.isEmpty)
            guard case .unknown? = turn.loss else {
                Issue.record("\(turn.loss as Any)")
                return
            }
            #expect(try session.fields(of: position) == ["n": "1"])
            #expect(try session.read().isEmpty)
        }
    }

    @Test func `a commit that never arrived is asked again and applied once`() throws {
        try withProxy { _, proxy, session in
            try session.joined(exits).put(exits, 1...1)
            let delivery = try #require(try session.read().first)
            proxy.next(1, .request, containing: "FCALL", .cut)
            #expect(throws: BusError.self) { try session.commit([commit(delivery)]) }
            #expect(try session.fields(of: position) == [:])
            #expect(try session.commit([commit(delivery)]) == [[.applied]])
            #expect(try session.commit([commit(delivery)]) == [[.lost]])
            #expect(try session.fields(of: position) == ["n": "1"])
        }
    }

    @Test func `a holder's commit whose reply was lost is known by its cursor`() throws {
        try withProxy { _, proxy, session in
            let epoch = try session.raise(risk).epoch
            let move = CursorMove(field: "ticks", from: .zero, to: EntryID(1, 0))
            let commit = Commit(
                slot: .shard(0), owner: .holder(fence: risk, epoch: epoch, cursors: [move]),
                changes: [Change(writes: [.add(position, field: "n", by: 1)])])
            proxy.next(1, .request, containing: "FCALL", .loseReply)
            #expect(throws: BusError.self) { try session.commit([commit]) }
            #expect(try session.commit([commit]) == [[.already]])
            #expect(try session.fields(of: position) == ["n": "1"])
        }
    }

    @Test(arguments: [
        ":77\r\n", "+OK\r\n", "$1\r\n0\r\n", "*0\r\n", "*2\r\n:0\r\n:0\r\n",
        "*1\r\n+OK\r\n", "*1\r\n:77\r\n", "*-1\r\n", "$-1\r\n",
    ])
    func `an answer that is none leaves the outcome unknown:`(answer: String) throws {
        try withProxy { _, proxy, session in
            try session.joined(exits).put(exits, 1...1)
            let delivery = try #require(try session.read().first)
            proxy.next(1, .request, containing: "FCALL", .answer(answer))
            let error = #expect(throws: BusError.self) {
                try session.commit([commit(delivery)])
            }
            guard case .unknown = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try session.read().map(\.id) == [delivery.id])
            #expect(try session.commit([commit(delivery)]) == [[.applied]])
        }
    }

    /// The last write of a batch is one that only the server can find impossible.
    @Test func `a write that fails in the middle of a batch loses nothing`() throws {
        try withBench(.redis) { bench in
            let session = try bench.session().joined(exits)
            try session.put(exits, 1...3)
            let found = try session.read()
            try bench.redis(
                "XADD", updates.text, "18446744073709551615-18446744073709551615", "a", "b")
            let changes = found.map { delivery -> Change in
                let add = Write.add(position, field: delivery.number ?? "", by: 1)
                let isBad = delivery.number == "2"
                return delivery.settled(
                    writes: isBad ? [.append(updates, ["n": "2"])] : [add])
            }
            let error = #expect(throws: BusError.self) {
                try session.commit([
                    Commit(
                        slot: .shard(0), owner: .consumer(group: "g", name: "a"), changes: changes)
                ])
            }
            guard case .refused = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            // The first is applied and settled; the bad one and the one behind it are pending.
            #expect(try session.fields(of: position) == ["1": "1"])
            #expect(try session.pending(exits).map(\.id) == found.dropFirst().map(\.id))
            #expect(try session.settle(found[2], .add(position, field: "3", by: 1)) == .applied)
            #expect(try session.fields(of: position) == ["1": "1", "3": "1"])
        }
    }
}
