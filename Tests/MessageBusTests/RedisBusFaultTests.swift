import MessageBus
import Redis
import Support
import Testing
import Trading

@Suite("RedisBus: faults", .timeLimit(.minutes(5)))
struct RedisBusFaultTests {
    @Test(arguments: Backend.servers)
    func `flushed functions are loaded again`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session().joined(exits)
            func flush() throws { try bench.redis("FUNCTION", "FLUSH", "SYNC") }
            try flush()
            try session.put(exits, 1...1)
            #expect(try session.read().count == 1)
            try flush()
            #expect(try session.answer(.count(exits)) == .number(1))
            try flush()
            #expect(try session.lease(Keys.lease("s", 0), holder: "a", life: .seconds(9)))
            try flush()
            #expect(try session.raise(risk).epoch > 0)
            try flush()
            try session.beat(Keys.worker("a"), ["turn": "1"], life: .seconds(9))
            try flush()
            let append = Commit(
                slot: .shard(0), owner: .anyone,
                changes: [Change(writes: [.append(exits, ["n": "2"])])])
            let turn = try session.turn(
                committing: [append, append], count: 9, block: .seconds(30))
            #expect(turn.verdicts == [[.applied], [.applied]])
            #expect(try session.read().map(\.number) == ["2", "2"])
        }
    }

    @Test func `whoever may not load the functions says who has to`() throws {
        let user = "user stage on >hunter2 ~sq:* +@all -function|load"
        try withRedis(.init(extra: [user])) { server in
            let bus = RedisBus(
                endpoint: server.endpoint,
                credentials: RedisCredentials(user: "stage", password: "hunter2"))
            let error = #expect(throws: BusError.self) { _ = try bus.session("one") }
            guard case .denied(let reason)? = error else {
                Issue.record("\(error as Any)")
                return
            }
            #expect(reason.contains(RedisBus.functions) && reason.contains("squareoff functions"))
            _ = try RedisBus(endpoint: server.endpoint).session("operator")
            #expect(try bus.session("one").read().isEmpty)
        }
    }

    /// The connection for the read is refused after a commit has left on the other one.
    @Test func `a refused second connection leaves the first one in order`() throws {
        try withRedis { server in
            let session = try RedisBus(endpoint: server.endpoint).session("one")
            try session.put(exits, 1...1)
            try session.follow(exits, after: .zero)
            let admin = try server.connect()
            try admin.call(RedisCommand("CONFIG", "SET", "requirepass", "hunter2")).expectOK()
            let commit = Commit(
                slot: .shard(0), owner: .anyone,
                changes: [Change(guards: [.absent(order)], writes: [.push(order, "once")])])
            #expect(throws: BusError.self) {
                try session.turn(committing: [commit], count: 9, block: .zero)
            }
            try admin.call(RedisCommand("CONFIG", "SET", "requirepass", "")).expectOK()
            let turn = try session.turn(committing: [commit], count: 9, block: .zero)
            #expect(turn.verdicts == [[.refused(guardAt: 0)]])
            #expect(turn.deliveries.map(\.number) == ["1"])
        }
    }

    @Test func `a certificate that runs out is waited for, and said`() throws {
        let options = RedisServer.Options(
            tls: .init(), appendOnly: true, extra: ["appendfsync always"])
        try withRedis(options) { server in
            let bus = RedisBus(endpoint: try #require(server.tlsEndpoint))
            let session = try bus.session("one").joined(exits)
            try session.put(exits, 1...1)
            try server.show(.expired)
            try server.restart()
            #expect(throws: BusError.self) { try session.read() }
            for _ in 0..<2 {
                let error = #expect(throws: BusError.self) { try session.read() }
                #expect("\(error as Any)".contains("certificate has expired"))
            }
            try server.show(.good)
            try server.restart()
            #expect(try session.read().map(\.number) == ["1"])
        }
    }

    @Test func `an old version's functions stay beside ours`() throws {
        try withBench(.redis) { bench in
            let old =
                "#!lua name=squareoff_old\nredis.register_function('commit_old', function() end)"
            try bench.redis("FUNCTION", "LOAD", "REPLACE", old)
            try bench.session().put(exits, 1...1)
            let list = try #require(try bench.redis("FUNCTION", "LIST")).asArray
            #expect(list.count == 2)
        }
    }

    @Test(arguments: Backend.servers)
    func `a killed connection is made again, own entries first`(_ backend: Backend) throws {
        try withBench(backend) { bench in
            let session = try bench.session().joined(exits)
            try session.put(exits, 1...2)
            let found = try session.read()
            #expect(found.count == 2)
            try bench.redis("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            let commit = Commit(
                slot: .shard(0), owner: .consumer(group: "g", name: "a"),
                changes: [found[0].settled(writes: [.append(updates, ["of": "1"])])])
            #expect(throws: BusError.self) { try session.commit([commit]) }
            #expect(try session.commit([commit]) == [[.applied]])
            #expect(try session.read().map(\.id) == [found[1].id])
            #expect(try session.answer(.count(updates)) == .number(1))
        }
    }

    @Test func `a server that restarts keeps everything`() throws {
        try withRedis(.init(appendOnly: true, extra: ["appendfsync always"])) { server in
            let bus = RedisBus(endpoint: server.endpoint)
            let session = try bus.session("one").joined(exits)
            try session.put(exits, 1...2)
            let found = try session.read()
            #expect(
                try session.settle(found[0], .set(position, ["rev": "1"])) == .applied)
            let fence = try session.raise(risk)
            try server.restart()
            #expect(throws: BusError.self) { try session.read() }
            #expect(try session.read().map(\.id) == [found[1].id])
            #expect(try session.settle(found[0], .push(order, "twice")) == .lost)
            #expect(try session.fields(of: position) == ["rev": "1"])
            #expect(try session.raise(risk).epoch > fence.epoch)
        }
    }

    @Test func `a server that is away is asked again`() throws {
        try withRedis { server in
            let session = try RedisBus(endpoint: server.endpoint).session("one")
            server.kill()
            for _ in 0..<3 {
                let error = #expect(throws: BusError.self) { try session.load([]) }
                #expect(error?.kind == "retry")
            }
            try server.restart()
            _ = try session.load([])
        }
    }

    @Test func `a full server refuses writes whole, and lets itself be emptied`() throws {
        try withBench(.redis) { bench in
            let session = try bench.session().joined(exits)
            try session.put(exits, 1...2)
            let found = try session.read()
            try bench.redis("CONFIG", "SET", "maxmemory", "1")
            defer { _ = try? bench.redis("CONFIG", "SET", "maxmemory", "0") }
            let error = #expect(throws: BusError.self) {
                try session.settle(found[0], .append(updates, ["a": "b"]))
            }
            #expect(error?.kind == "denied")
            #expect(try session.settle(found[1], .delete(position)) == .applied)
            try session.beat(Keys.worker("a"), ["turn": "1"], life: .seconds(9))
            #expect(try bench.session("two").joined(exits).read().map(\.id) == [found[0].id])
            try bench.redis("CONFIG", "SET", "maxmemory", "0")
            #expect(try session.settle(found[0], .append(updates, ["a": "b"])) == .applied)
            #expect(try session.answer(.count(updates)) == .number(1))
        }
    }

    @Test(arguments: ["allkeys-lru", "volatile-ttl"])
    func `a server that may evict is refused`(_ policy: String) throws {
        try withRedis(.init(extra: ["maxmemory-policy \(policy)"])) { server in
            let error = #expect(throws: BusError.self) {
                try RedisBus(endpoint: server.endpoint).session("one")
            }
            #expect(error?.kind == "denied")
            #expect(error.map { "\($0)".contains(policy) } == true)
        }
    }

    @Test func `what may not be looked at is noted`() throws {
        try withBench(.redis) { bench in
            try bench.redis(
                "ACL", "SETUSER", "w", "on", ">secret", "~*", "+@all", "-info", "-client|id")
            defer { _ = try? bench.redis("ACL", "DELUSER", "w") }
            let server = try #require(bench.server)
            let bus = RedisBus(
                endpoint: server.endpoint,
                credentials: RedisCredentials(user: "w", password: "secret"))
            let session = try bus.open("one")
            #expect(session.takeNotes().count == 1)
            #expect(session.takeNotes().isEmpty)
            try session.put(exits, 1...1)
        }
    }

    @Test func `a command that a function may not run is no entry's fault`() throws {
        let user = "user w on >secret ~* +@all -rpush"
        try withRedis(.init(extra: [user])) { server in
            let session = try RedisBus(
                endpoint: server.endpoint,
                credentials: RedisCredentials(user: "w", password: "secret")
            ).session("one")
            for writes in [
                [Write.push(lock, "x")], [.setText(order, "a"), .push(lock, "x")],
            ] {
                let error = #expect(throws: BusError.self) {
                    try session.one(.anyone, Change(writes: writes))
                }
                guard case .denied? = error else {
                    Issue.record("\(error as Any)")
                    return
                }
            }
        }
    }

    @Test func `a stream that is no stream is an error, not a silence`() throws {
        try withBench(.redis) { bench in
            let session = try bench.session().joined(exits)
            try bench.redis("DEL", exits.text)
            try bench.redis("SET", exits.text, "x")
            let error = #expect(throws: BusError.self) { try session.read() }
            // No entry's fault.
            #expect(error?.kind == "denied")
        }
    }
}

extension BusError {
    fileprivate var kind: String {
        switch self {
        case .retry: "retry"
        case .refused: "refused"
        case .denied: "denied"
        case .unknown: "unknown"
        }
    }
}
