import Brokers
import MessageBus
import Support
import Testing
import Trading
import Workers

/// Another process's worker that waits for a lease, as far as anybody sees.
private struct Waiting {
    let pulse: Pulse

    init(_ name: String, _ stage: String) {
        pulse = Pulse(worker: name, stage: stage)
        pulse.update { $0.role = "standby" }
    }

    func beat(_ bench: Bench) throws {
        let now = bench.session.wall
        try bench.session.beat(pulse, startedAt: now)
        try bench.write(
            .schedule(Keys.workers, member: pulse.worker, at: now.milliseconds), in: .bus)
    }
}

/// Who does not reach the broker, while its Redis works, must not keep another process from it.
@Suite struct `A process whose network fails` {
    private let bench = Bench(MemoryBus(wall: .at(10, 0)))
    private let sockets = LiveSockets()
    private let tokens = LiveTokens()
    private let waiting = Waiting("two:listener", StageName.orderListener)
    private let lease = Keys.lease(StageName.orderListener, "alpha")

    private func listener() throws -> OrderListener {
        OrderListener(
            try Bench.desk(), account: "alpha", access: .live(tokens), over: sockets,
            session: bench.bus.session("one"), name: WorkerName(stage: "listener", given: "one"),
            log: Bench.quiet)
    }

    /// Each try ends so, for a minute or until the lease is given back.
    private func fail(
        _ listener: OrderListener, _ end: SocketEnd, beside waiting: [Waiting]
    ) throws {
        for _ in 0..<60 {
            try listener.turns(1)
            if try bench.text(lease) == nil { break }
            bench.bus.advance(by: .seconds(1))
            for worker in waiting { try worker.beat(bench) }
            sockets.lines.last?.end(end)
        }
    }

    @Test func `leaves the orders of an account to a process that waits for them`() throws {
        let listener = try listener()
        try fail(listener, .lost("unreachable"), beside: [waiting])
        #expect(try bench.text(lease) == nil)
        let told = try bench.entries(Keys.alarms).compactMap { $0["message"] }
        #expect(told.last == "one:listener does not reach the broker: it is left to two:listener")
        // For a moment it does not even try, and for a minute nobody leaves them to it.
        try listener.turns(1)
        #expect(try bench.text(lease) == nil)
        #expect(listener.pulse.snapshot.role == nil)
        try bench.write(.setText(lease, "two:listener"), in: .bus)
        bench.bus.advance(by: .seconds(59))
        try listener.turns(1)
        #expect(listener.pulse.snapshot.role == nil)
        bench.bus.advance(by: .seconds(1))
        try listener.turns(1)
        #expect(listener.pulse.snapshot.role == "standby")
    }

    @Test func `leaves them ever more rarely where nobody reaches it, and tells once`() throws {
        let listener = try listener()
        func told() throws -> Int {
            try bench.entries(Keys.alarms).count {
                $0["message"]?.contains("does not reach the broker") == true
            }
        }
        for minutes in [1, 2, 4, 8, 16, 32, 32] {
            try fail(listener, .lost("unreachable"), beside: [waiting])
            #expect(try bench.text(lease) == nil)
            try bench.write(.setText(lease, "two:listener"), in: .bus)
            bench.bus.advance(by: .seconds(minutes * 60 - 1))
            try listener.turns(1)
            #expect(listener.pulse.snapshot.role == nil)
            bench.bus.advance(by: .seconds(1))
            try listener.turns(1)
            #expect(listener.pulse.snapshot.role == "standby")
            bench.bus.remove(lease)
        }
        #expect(try told() == 1)
        // It is reached, and lost again.
        try listener.turns(2)
        sockets.lines.last?.open()
        try listener.turns(1)
        try fail(listener, .lost("unreachable"), beside: [waiting])
        #expect(try bench.text(lease) == nil)
        #expect(try told() == 2)
        try bench.write(.setText(lease, "two:listener"), in: .bus)
        bench.bus.advance(by: .seconds(60))
        try listener.turns(1)
        #expect(listener.pulse.snapshot.role == "standby")
    }

    @Test func `says nothing hours later of what was down before it left them`() throws {
        let listener = try listener()
        try fail(listener, .lost("unreachable"), beside: [waiting])
        func told(_ words: String) throws -> Bool {
            try bench.entries(Keys.alarms).contains { $0["message"]?.contains(words) == true }
        }
        #expect(try told("is down"))
        try bench.write(.setText(lease, "two:listener"), in: .bus)
        bench.bus.advance(by: .minutes(180))
        try listener.turns(1)
        bench.bus.remove(lease)
        try listener.turns(2)
        sockets.lines.last?.open()
        try listener.turns(2)
        #expect(sockets.lines.last?.sent.isEmpty == false)
        #expect(try !told("open again"))
    }

    @Test func `goes on after three seconds where nobody has taken them`() throws {
        let listener = try listener()
        try fail(listener, .lost("unreachable"), beside: [waiting])
        let tries = sockets.lines.count
        bench.bus.advance(by: .milliseconds(2_900))
        try listener.turns(2)
        #expect(sockets.lines.count == tries)
        bench.bus.advance(by: .milliseconds(100))
        try listener.turns(2)
        #expect(sockets.lines.count == tries + 1)
        #expect(try bench.text(lease) == "one:listener")
    }

    @Test func `goes on where nobody else could`() throws {
        let listener = try listener()
        let others = [
            Waiting("two:gateway-0", StageName.gateway), Waiting("one:listener", "order-listener"),
        ]
        try fail(listener, .lost("unreachable"), beside: others)
        #expect(try bench.text(lease) == "one:listener")
        #expect(sockets.lines.count > 5)
    }

    @Test(
        "What another process would meet too is no reason",
        arguments: [.refused(status: 429), .refused(status: 401), .refused(status: 502), .overflow]
            as [SocketEnd])
    func answered(end: SocketEnd) throws {
        try fail(try listener(), end, beside: [waiting])
        #expect(try bench.text(lease) == "one:listener")
    }

    @Test(arguments: [true, false])
    func `keeps them out of hours, and without a token:`(hasToken: Bool) throws {
        if hasToken { bench.bus.wall = .at(18, 0) } else { tokens.fail(.later("asleep")) }
        try fail(try listener(), .lost("unreachable"), beside: [waiting])
        #expect(try bench.text(lease) == "one:listener")
        #expect(sockets.lines.isEmpty != hasToken)
    }
}

extension `The market feed` {
    @Test(arguments: [false, true])
    func `out of reach, it is left to who waits for it, unless quotes come:`(areQuoted: Bool)
        throws
    {
        let waiting = Waiting("two:feed", StageName.marketFeed)
        let lease = Keys.lease(StageName.marketFeed, 0)
        try hold(InstrumentID(.nseDerivatives, "1010"))
        let (feed, line) = try open()
        line.end()
        for _ in 0..<60 {
            try feed.turns(1)
            if try bench.text(lease) == nil { break }
            bench.bus.advance(by: .seconds(1))
            try waiting.beat(bench)
            sockets.lines.last?.end(.lost("unreachable"))
            if areQuoted { quotes.answer(.success([])) }
        }
        #expect(try bench.text(lease) == (areQuoted ? "one:feed" : nil))
    }

    @Test func `taken over again hours after it was left, it connects at once, and says nothing`()
        throws
    {
        let waiting = Waiting("two:feed", StageName.marketFeed)
        let lease = Keys.lease(StageName.marketFeed, 0)
        let spare = DhanAccess(clientID: "1000000002", token: LiveTokens())
        let (feed, line) = try open(spares: [spare])
        line.end()
        for _ in 0..<60 {
            try feed.turns(1)
            if try bench.text(lease) == nil { break }
            bench.bus.advance(by: .seconds(1))
            try waiting.beat(bench)
            sockets.lines.last?.end(.lost("unreachable"))
        }
        try #require(try bench.text(lease) == nil)
        func told(_ words: String) throws -> Bool {
            try bench.entries(Keys.alarms).contains { $0["message"]?.contains(words) == true }
        }
        #expect(try told("is down"))
        try bench.write(.setText(lease, "two:feed"), in: .bus)
        bench.bus.advance(by: .minutes(180))
        try feed.turns(1)
        bench.bus.remove(lease)
        let tries = sockets.lines.count
        try feed.turns(2)
        #expect(sockets.lines.count == tries + 1)
        sockets.lines.last?.open()
        try feed.turns(2)
        #expect(sockets.lines.last?.isClosed == false)
        #expect(try !told("open again"))
    }
}
