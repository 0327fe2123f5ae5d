import Glibc
import HTTP
import Support
import Testing

@Suite(.timeLimit(.minutes(10))) struct HTTPClientTests {
    let client = HTTPClient()

    @Test func `a request arrives as it was made, and its answer as it was given`() async throws {
        let server = try RawServer { _ in [.answer(404, "[1]", headers: ["X-Kind": " a "])] }
        var request = HTTPRequest(
            .put, server.url + "/orders?a=1", headers: [("access-token", "t"), ("X-A", "1")])
        request.body = Array("{}".utf8)
        let outcome = await client.call(request)
        let seen = try #require(server.requests.first)
        #expect(seen.method == "PUT" && seen.path == "/orders?a=1" && seen.body == "{}")
        #expect(seen.headers["access-token"] == "t" && seen.headers["x-a"] == "1")
        #expect(seen.headers["user-agent"] == "squareoff" && seen.headers["expect"] == nil)
        let response = try outcome.result.get()
        #expect(response.status == 404 && outcome.text == "[1]")
        #expect(response.headers["x-kind"] == "a")
        #expect(outcome.events == ["left", "answer"])
    }

    @Test func `that a request has left is told before there is an answer`() async throws {
        let hasLeft = Mutexed(false)
        let server = try RawServer { _ in
            while !hasLeft.value { usleep(500) }
            return [.ok("")]
        }
        let result = await withCheckedContinuation { continuation in
            client.send(
                HTTPRequest(.post, server.url, body: [1]), left: { hasLeft.change { $0 = true } }
            ) { continuation.resume(returning: $0) }
        }
        #expect(try result.get().status == 200)
    }

    @Test(arguments: [HTTPRequest.Method.post, .put, .delete])
    func `a request without a body has none:`(method: HTTPRequest.Method) async throws {
        let server = try RawServer { _ in [.ok("")] }
        #expect(await client.call(HTTPRequest(method, server.url)).status == 200)
        #expect(server.requests.map(\.method) == [method.rawValue])
        #expect(server.requests.map(\.body) == [""])
    }

    @Test func `calls in a row share a connection`() async throws {
        let server = try RawServer { _ in [.ok("")] }
        for _ in 0..<5 { #expect(await client.get(server.url).status == 200) }
        #expect(server.connections == 1)
    }

    @Test func `fifty calls are under way at once`() async throws {
        let count = 50
        let waiting = Mutexed(0)
        let server = try RawServer { _ in
            waiting.change { $0 += 1 }
            while waiting.value < count { usleep(500) }
            return [.ok("")]
        }
        let client = client
        let answered = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<count { group.addTask { await client.get(server.url).status == 200 } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(answered == count)
    }

    @Test func `each egress has connections of its own, and so has none`() async throws {
        let server = try RawServer { _ in [.ok("")] }
        for egress in ["127.0.0.2", nil, "127.0.0.3", "127.0.0.2", nil] as [String?] {
            let outcome = await client.call(HTTPRequest(.get, server.url, egress: egress))
            #expect(outcome.status == 200)
        }
        let peers = server.requests.map(\.peer)
        #expect(peers == ["127.0.0.2", "127.0.0.1", "127.0.0.3", "127.0.0.2", "127.0.0.1"])
        #expect(server.connections == 3)
    }

    @Test func `a redirect is an answer; a download follows it`() async throws {
        let server = try RawServer { request in
            request.path == "/a"
                ? [.answer(302, "", headers: ["Location": "/b"])] : [.ok("there")]
        }
        #expect(await client.post(server.url + "/a", "{}").status == 302)
        var download = HTTPRequest(.get, server.url + "/a")
        download.isDownload = true
        #expect(await client.call(download).text == "there")
    }

    @Test func `an answer from within an answer's callback may call again`() async throws {
        let server = try RawServer { _ in [.ok("")] }
        let client = client
        let status = await withCheckedContinuation { continuation in
            client.send(HTTPRequest(.get, server.url)) { _ in
                client.send(HTTPRequest(.get, server.url)) { second in
                    continuation.resume(returning: try? second.get().status)
                }
            }
        }
        #expect(status == 200)
    }

    @Test func `a line break in a header goes nowhere`() async throws {
        let server = try RawServer { _ in [.ok("")] }
        let outcome = await client.call(
            HTTPRequest(.get, server.url, headers: [("a", "b\r\nc: d")]))
        #expect(outcome.isNotSent && server.requests.isEmpty)
    }

    @Test func `a proxy in the environment is not asked`() async throws {
        await #expect(processExitsWith: .success) {
            setenv("http_proxy", "http://127.0.0.1:1", 1)
            let server = try RawServer { _ in [.ok("")] }
            let outcome = await HTTPClient().get(server.url)
            try #require(outcome.status == 200)
        }
    }
}
