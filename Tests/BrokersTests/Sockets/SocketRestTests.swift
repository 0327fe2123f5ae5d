import Synchronization
import Testing
import Trading

@testable import Brokers

/// A broker without a network, whose handshakes a test answers.
private final class Door: SocketTransport {
    private struct Line: SocketConnection {
        func send(_ text: String) {}
        func ping() {}
        func close() {}
    }
    private let inboxes = Mutex([SocketInbox]())

    var handshakes: Int { inboxes.withLock { $0.count } }

    func connect(_ request: SocketRequest, into inbox: SocketInbox) -> any SocketConnection {
        inboxes.withLock { $0.append(inbox) }
        return Line()
    }

    /// Over the connection that was asked for last.
    func say(_ event: SocketEvent) { inboxes.withLock { $0.last }?.put(event) }
}

/// Tokens that come when the test says so.
private final class LateTokens: DhanTokenSource {
    private let waiting = Mutex<[Answer]>([])

    func current(_ answer: @escaping Answer) { waiting.withLock { $0.append(answer) } }
    func replace(_ dead: DhanToken, _ answer: @escaping Answer) { current(answer) }

    func come() {
        for answer in waiting.withLock({ $0 }) { answer(.success(DhanToken("good"))) }
    }
}

@Suite struct `The rest after too many handshakes` {
    private static let refusal = SocketEvent.ended(.refused(status: 429))
    private let door = Door()
    private let access = DhanAccess(clientID: "1000000001", token: StubTokens(["good"]))

    private func time(_ seconds: Int) -> EventTime { EventTime(milliseconds: seconds * 1_000) }

    private func socket(
        _ service: DhanSocket.Service, of access: DhanAccess? = nil
    ) -> DhanSocket {
        DhanSocket(service, access ?? self.access, over: door, seed: 1) {}
    }

    /// Whether the socket asks for a connection: for its token, and then with it.
    private func connects(_ socket: DhanSocket, at second: Int) -> Bool {
        let before = door.handshakes
        for _ in 0..<2 { _ = socket.turn(at: time(second)) }
        return door.handshakes > before
    }

    /// A connection that is asked for, and answered.
    private func shake(_ socket: DhanSocket, _ answer: SocketEvent, at second: Int) {
        #expect(connects(socket, at: second))
        door.say(answer)
        _ = socket.turn(at: time(second))
    }

    /// Seconds since then, with up to half as many more of chance.
    private func expect(_ rest: HandshakeRest, of seconds: Int, since began: EventTime) throws {
        let span = try #require(rest.until) - began
        #expect((seconds * 1_000...seconds * 1_500).contains(span.milliseconds))
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `refused each time, it rests twice as long, up to five minutes:`(seed: UInt64) throws {
        let rest = HandshakeRest(seed: seed)
        var now = time(0)
        for seconds in [60, 120, 240, 300, 300] {
            rest.begin(at: now)
            try expect(rest, of: seconds, since: now)
            now = try #require(rest.until)
        }
    }

    @Test func `two clients do not come back at the same moment`() {
        let ends = (0..<20 as Range<UInt64>).map { seed in
            let rest = HandshakeRest(seed: seed)
            rest.begin(at: time(0))
            return rest.until
        }
        #expect(Set(ends).count > 10)
    }

    @Test(
        "What handshakes make of it",
        arguments: [
            // (second and success of each, of which the last is refused; seconds of rest since)
            ([(0, false)], 60),
            // Both were under way.
            ([(0, false), (1, false)], 60),
            ([(0, false), (100, false)], 120),
            ([(0, false), (100, true), (101, false)], 60),
            // The second was under way when the first was refused.
            ([(0, false), (1, true), (100, false)], 120),
            ([(0, false), (100, false), (101, false), (300, false)], 240),
        ] as [([(Int, Bool)], Int)])
    func handshakes(all: [(Int, Bool)], seconds: Int) throws {
        let rest = HandshakeRest(seed: 1)
        for (second, isOpen) in all {
            if isOpen { rest.opened(at: time(second)) } else { rest.begin(at: time(second)) }
        }
        let last = try #require(all.last?.0)
        try expect(rest, of: seconds, since: time(last))
    }

    @Test func `a socket that begins anew waits for what the one before was told`() {
        let first = socket(.feed)
        shake(first, Self.refusal, at: 0)
        first.close()
        let next = socket(.feed)
        #expect(next.due(at: time(1)) >= time(60))
        #expect(!connects(next, at: 59))
        #expect(connects(next, at: 90))
    }

    @Test func `all sockets of a client rest together, and another client's do not`() {
        let orders = socket(.orders)
        shake(orders, .opened, at: 0)
        shake(socket(.feed), Self.refusal, at: 1)
        // What is open stays so.
        _ = orders.turn(at: time(2))
        #expect(orders.isOpen)
        let other = DhanAccess(clientID: "1000000002", token: StubTokens(["good"]))
        #expect(connects(socket(.feed, of: other), at: 2))
        #expect(!connects(socket(.orders), at: 59))
        #expect(connects(socket(.orders), at: 91))
    }

    @Test(arguments: [(true, 60), (false, 120)])
    func `the rest grows until a handshake succeeds, of whichever socket:`(
        succeeds: Bool, seconds: Int
    ) throws {
        shake(socket(.feed), Self.refusal, at: 0)
        if succeeds { shake(socket(.orders), .opened, at: 100) }
        shake(socket(.feed), Self.refusal, at: 200)
        try expect(access.rest, of: seconds, since: time(200))
    }

    @Test(arguments: [true, false])
    func `told over a connection, before its end or with it, the client rests:`(
        isBefore: Bool
    ) throws {
        let orders = socket(.orders)
        shake(orders, .opened, at: 0)
        if isBefore { orders.coolOff(at: time(5)) }
        door.say(.ended(.closed(code: 1_000)))
        _ = orders.turn(at: time(5))
        if !isBefore { orders.coolOff(at: time(5)) }
        try expect(access.rest, of: 60, since: time(5))
        #expect(!connects(orders, at: 64))
        #expect(connects(orders, at: 95))
    }

    @Test func `the feed's packet about it counts, and closing by ourselves shortens nothing`() {
        let feed = socket(.feed)
        shake(feed, .opened, at: 0)
        feed.turnedAway(by: FeedReason(code: 805), at: time(1))
        feed.close()
        #expect(!connects(feed, at: 60))
        #expect(connects(feed, at: 91))
    }

    @Test func `a token that comes while the client rests connects nobody`() {
        let tokens = LateTokens()
        let access = DhanAccess(clientID: "1000000001", token: tokens)
        let (feed, orders) = (socket(.feed, of: access), socket(.orders, of: access))
        for socket in [feed, orders] { _ = socket.turn(at: time(0)) }
        tokens.come()
        shake(feed, Self.refusal, at: 1)
        #expect(!connects(orders, at: 2))
        _ = orders.turn(at: time(91))
        tokens.come()
        #expect(connects(orders, at: 91))
    }
}
