import Brokers
import Foundation
import NIOHTTP1
import NIOWebSocket
import Support
import Testing

/// A client's end of a connection, and what came over it.
private final class Caller: Sendable {
    let connection: any SocketConnection
    private let inbox: SocketInbox
    private let wakes: AsyncStream<Void>

    init(_ request: SocketRequest?, capacity: Int = 100) throws {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self)
        let inbox = SocketInbox(capacity: capacity) { wake.yield() }
        self.wakes = wakes
        self.inbox = inbox
        connection = NIOSockets().connect(try #require(request), into: inbox)
    }

    convenience init(_ server: SocketServer, path: String = "", query: String = "") throws {
        try self.init(SocketRequest("ws://127.0.0.1:\(server.port)\(path)", query: query))
    }

    /// Up to and including the first that is as told.
    func next(until isIt: (SocketEvent) -> Bool) async -> [SocketEvent] {
        var all: [SocketEvent] = []
        for await _ in wakes {
            all += inbox.take().events
            if all.contains(where: isIt) { break }
        }
        return all
    }

    func open() async { _ = await next { $0 == .opened } }
    func end() async -> SocketEnd? {
        for case .ended(let end) in await next(until: \.isEnd) { return end }
        return nil
    }
}

extension SocketEvent {
    fileprivate var isEnd: Bool { if case .ended = self { true } else { false } }
}

@Suite("A WebSocket client", .timeLimit(.minutes(10))) struct SocketClientTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func `it opens, talks and is talked to`() async throws {
        let server = try await SocketServer.start()
        let caller = try Caller(server, path: "/x", query: "version=2&token=t")
        await caller.open()
        caller.connection.send("hello")
        let heard = await server.next { $0 == .text("hello") }
        #expect(heard == [.opened(target: "/x?version=2&token=t"), .text("hello")])
        server.send("one")
        server.send(.binary, [1, 2, 3])
        let events = await caller.next { $0 == .binary([1, 2, 3]) }
        #expect(events == [.text(bytes("one")), .binary([1, 2, 3])])
        try await server.stop()
    }

    @Test func `what comes right behind the handshake is not lost`() async throws {
        let server = try await SocketServer.start(first: "at once")
        let caller = try Caller(server)
        let events = await caller.next { $0 == .text(bytes("at once")) }
        #expect(events == [.opened, .text(bytes("at once"))])
        try await server.stop()
    }

    @Test(arguments: 0..<20)
    func `nor is it when the end is right behind it:`(round: Int) async throws {
        let server = try await SocketServer.start(last: "go away")
        let caller = try Caller(server)
        let events = await caller.next(until: \.isEnd)
        #expect(events.dropLast() == [.opened, .text(bytes("go away"))])
        try await server.stop()
    }

    @Test func `pings are answered, and sent`() async throws {
        let server = try await SocketServer.start()
        let caller = try Caller(server)
        await caller.open()
        server.send(.ping, [7])
        #expect(await server.next { $0 == .pong }.last == .pong)
        caller.connection.ping()
        #expect(await server.next { $0 == .ping } == [.ping])
        try await server.stop()
    }

    @Test func `a message in pieces is one message`() async throws {
        let server = try await SocketServer.start()
        let caller = try Caller(server)
        await caller.open()
        server.send(.binary, [1], fin: false)
        server.send(.continuation, [], fin: false)
        server.send(.continuation, [2, 3], fin: true)
        #expect(await caller.next { $0 == .binary([1, 2, 3]) } == [.binary([1, 2, 3])])
        try await server.stop()
    }

    @Test func `a message without an end is given up`() async throws {
        let server = try await SocketServer.start()
        let caller = try Caller(server)
        await caller.open()
        let piece = [UInt8](repeating: 0, count: 300_000)
        server.send(.binary, piece, fin: false)
        for _ in 0..<4 { server.send(.continuation, piece, fin: false) }
        guard case .lost(let reason)? = await caller.end() else {
            Issue.record("not lost")
            return
        }
        #expect(reason.contains("accumulatedFrameSizeIsTooLarge"))
        try await server.stop()
    }

    @Test(arguments: [429, 401, 500, 302])
    func `a handshake that is refused says how:`(status: Int) async throws {
        let server = try await SocketServer.start(refusing: HTTPResponseStatus(statusCode: status))
        let caller = try Caller(server)
        #expect(await caller.end() == .refused(status: status))
        try await server.stop()
    }

    @Test func `a goodbye has its code`() async throws {
        let server = try await SocketServer.start()
        let caller = try Caller(server)
        await caller.open()
        server.send(.connectionClose, [0x03, 0xe9])
        #expect(await caller.end() == .closed(code: 1001))
        #expect(await server.next { $0 == .closed }.last == .closed)
        try await server.stop()
    }

    @Test func `a reset is an end like any other, after what came before it`() async throws {
        let server = try await SocketServer.start()
        let caller = try Caller(server)
        await caller.open()
        server.send("last words")
        let events = await caller.next { $0 == .text(bytes("last words")) }
        server.reset()
        guard case .lost? = await caller.end() else {
            Issue.record("\(events)")
            return
        }
        try await server.stop()
    }

    @Test func `nobody there is an end too`() async throws {
        let server = try await SocketServer.start()
        try await server.stop()
        let caller = try Caller(server)
        guard case .lost? = await caller.end() else {
            Issue.record("not lost")
            return
        }
    }

    @Test func `closed by us, the other side sees the end`() async throws {
        let server = try await SocketServer.start()
        let caller = try Caller(server)
        await caller.open()
        caller.connection.close()
        #expect(await server.next { $0 == .closed }.last == .closed)
        caller.connection.send("into the void")
        try await server.stop()
    }

    @Test func `more than is taken ends the connection`() async throws {
        let server = try await SocketServer.start()
        let caller = try Caller(
            SocketRequest("ws://127.0.0.1:\(server.port)"), capacity: 3)
        _ = await server.next { if case .opened = $0 { true } else { false } }
        for _ in 0..<20 { server.send("more") }
        _ = await server.next { $0 == .closed }
        #expect(await caller.end() == .overflow)
        try await server.stop()
    }

    @Test(arguments: [
        // (the server's certificate, the host that is asked for, whether it is trusted)
        (Certificates.Server.good, "127.0.0.1", true), (.good, "localhost", true),
        (.name, "localhost", true), (.elsewhere, "localhost", false),
        (.expired, "localhost", false),
        (.selfSigned, "localhost", false), (.byAnotherAuthority, "localhost", false),
    ])
    func `with TLS the server must show who it is:`(
        shown: Certificates.Server, host: String, isTrusted: Bool
    ) async throws {
        let certificates = try Certificates.shared()
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data(certificates.authority.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let server = try await SocketServer.start(certificate: certificates[shown])
        let caller = try Caller(
            SocketRequest("wss://\(host):\(server.port)", caFile: file.path))
        let first = await caller.next { $0 == .opened || $0.isEnd }.first
        #expect((first == .opened) == isTrusted)
        caller.connection.close()
        try await server.stop()
    }

    @Test(arguments: [
        // (address, host, port, target)
        ("wss://api-feed.dhan.co", "api-feed.dhan.co", 443, "/?token=t"),
        ("ws://127.0.0.1:8080/a/b", "127.0.0.1", 8_080, "/a/b?token=t"),
        ("ws://localhost/", "localhost", 80, "/?token=t"),
    ])
    func `an address is read, and shown without its token:`(
        url: String, host: String, port: Int, target: String
    ) throws {
        let request = try #require(SocketRequest(url, query: "token=t"))
        #expect((request.host, request.port, request.target) == (host, port, target))
        var dumped = ""
        dump(request, to: &dumped)
        #expect(!"\(request) \(String(reflecting: request)) \(dumped)".contains("token"))
    }

    @Test(arguments: [
        "", "http://x", "ws:/x", "ws://", "ws://:80", "ws://x:0", "ws://x:70000", "ws://x:y",
        "ws://u:p@x", "ws://x?token=t", "ws://x y",
    ])
    func `no address of a socket:`(url: String) {
        #expect(SocketRequest(url) == nil)
    }
}
