import HTTP
import Support
import Testing

/// What is known of a request when there is no answer.
@Suite(.timeLimit(.minutes(10))) struct HTTPLossTests {
    let client = HTTPClient()

    /// How a kept connection ends under its second request.
    enum Death: CaseIterable, Sendable {
        case afterReading, resetAfterReading

        var actions: [RawServer.Action] {
            switch self {
            case .afterReading: [.close]
            case .resetAfterReading: [.reset]
            }
        }
    }

    @Test(arguments: [HTTPRequest.Method.post, .put, .delete], Death.allCases)
    func `no order goes out twice when its kept connection dies:`(
        method: HTTPRequest.Method, death: Death
    ) async throws {
        let server = try RawServer { $0.number == 2 ? death.actions : [.ok("")] }
        var request = HTTPRequest(method, server.url)
        if method != .delete { request.body = Array("{}".utf8) }
        #expect(await client.call(request).status == 200)
        let outcome = await client.call(request)
        #expect(outcome.isUnanswered)
        #expect(outcome.events == ["left", "answer"])
        #expect(server.requests.count == 2)
    }

    @Test func `without a body neither`() async throws {
        let server = try RawServer { $0.number == 2 ? [.close] : [.ok("")] }
        _ = await client.call(HTTPRequest(.post, server.url))
        #expect(await client.call(HTTPRequest(.post, server.url)).isUnanswered)
        #expect(server.requests.count == 2)
    }

    @Test func `what may be repeated is, on another connection`() async throws {
        let server = try RawServer { $0.number == 2 ? [.close] : [.ok("")] }
        let read = HTTPRequest(.post, server.url, body: Array("{}".utf8), mayRepeat: true)
        _ = await client.call(read)
        #expect(await client.call(read).status == 200)
        #expect(server.requests.count == 3 && server.connections == 2)
    }

    @Test func `a connection that ended before is left alone, and the order goes out once`()
        async throws
    {
        let server = try RawServer { $0.number == 1 ? [.ok(""), .close] : [.ok("second")] }
        _ = await client.post(server.url, "{}")
        // The end of the first connection is here once a call to another server has come back.
        let other = try RawServer { _ in [.ok("")] }
        _ = await client.get(other.url)
        let outcome = await client.post(server.url, "{}")
        #expect(outcome.text == "second" || outcome.isUnanswered)
        #expect(server.requests.count <= 2)
    }

    @Test func `nobody listens: nothing was sent`() async throws {
        let server = try RawServer { _ in [] }
        server.stop()
        let outcome = await client.post(server.url, "{}")
        #expect(outcome.isNotSent)
        #expect(outcome.events == ["left", "answer"])
    }

    @Test func `an address that is not ours sends nothing`() async throws {
        let server = try RawServer { _ in [.ok("")] }
        let outcome = await client.call(HTTPRequest(.post, server.url, egress: "192.0.2.1"))
        #expect(outcome.isNotSent)
        #expect(server.requests.isEmpty)
    }

    @Test func `what cannot leave in time never does`() async throws {
        // It takes the connection and says nothing, so that TLS never begins.
        let server = try RawServer { _ in [.hang] }
        var request = HTTPRequest(.post, "https://127.0.0.1:\(server.port)", body: [1])
        request.leaveWithin = 100
        let outcome = await client.call(request)
        #expect(outcome.isNotSent)
        #expect(outcome.events == ["left", "answer"])
    }

    @Test func `a body that gets stuck half way is given up, and unanswered`() async throws {
        let server = try RawServer(reads: false) { _ in [] }
        var request = HTTPRequest(.post, server.url)
        request.body = [UInt8](repeating: 32, count: 32 << 20)
        request.leaveWithin = 3_000
        request.answerWithin = 600_000
        let outcome = await client.call(request)
        #expect(outcome.isUnanswered)
        #expect(outcome.events == ["left", "answer"])
    }

    @Test func `no answer in time is no answer, and the request had left`() async throws {
        let server = try RawServer { _ in [.hang] }
        var request = HTTPRequest(.post, server.url, body: [1])
        request.answerWithin = 3_000
        #expect(await client.call(request).isUnanswered)
        // It is on the wire; the server may still have to read it.
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        #expect(server.requests.count == 1)
    }

    @Test(arguments: [
        "nonsense\r\n\r\n", "HTTP/1.1 200 X\r\ncontent-length: 10\r\n\r\nshort", "HTTP/1.1 2",
        "HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "",
    ])
    func `half an answer is none:`(text: String) async throws {
        let server = try RawServer { _ in [.send(text), .close] }
        #expect(await client.post(server.url, "{}").isUnanswered)
        #expect(server.requests.count == 1)
    }

    @Test func `an answer longer than the bound is none`() async throws {
        let server = try RawServer { _ in [.ok(String(repeating: "x", count: 1_001))] }
        var request = HTTPRequest(.get, server.url)
        request.longestAnswer = 1_000
        #expect(await client.call(request).isUnanswered)
        request.longestAnswer = 1_001
        #expect(await client.call(request).text?.count == 1_001)
    }

    @Test func `no error says what was asked`() async throws {
        let server = try RawServer { _ in [.close] }
        let address = "127.0.0.1:\(server.port)"
        for url in ["http://", "https://"].map({ "\($0)\(address)/x?pin=123456&totp=654321" }) {
            var request = HTTPRequest(.post, url, headers: [("access-token", "eyJ")])
            request.leaveWithin = 3_000
            let outcome = await client.call(request)
            guard case .failure(let error) = outcome.result else {
                Issue.record("an answer from nobody")
                continue
            }
            let text = "\(error)"
            #expect(text.contains(address))
            #expect(!["123456", "654321", "eyJ"].contains { text.contains($0) })
        }
    }

    @Test func `a client that is gone answers everybody`() async throws {
        let server = try RawServer { _ in [.hang] }
        var client: HTTPClient? = HTTPClient()
        let result = await withCheckedContinuation { continuation in
            client?.send(HTTPRequest(.post, server.url, body: [1])) {
                continuation.resume(returning: $0)
            }
            client = nil
        }
        #expect((try? result.get()) == nil)
    }
}
