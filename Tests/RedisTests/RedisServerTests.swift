import Redis
import Support
import Testing

/// The fixture itself: what other tests rely on.
@Suite struct RedisServerTests {
    @Test func `an asynchronous test has a server of its own, too`() async throws {
        let reply = try await withRedis { server in
            await Task.yield()
            return try server.connect().call(RedisCommand("DBSIZE"))
        }
        #expect(reply == .integer(0))
    }

    @Test func `nothing is left after a stop`() throws {
        let server = try RedisServer(.init(tcp: true, appendOnly: true))
        let endpoints = [server.endpoint, try #require(server.tcpEndpoint)]
        server.stop()
        for endpoint in endpoints {
            #expect(throws: RedisError.self) { _ = try RedisConnection.connect(to: endpoint) }
        }
    }

    @Test func `a configuration that Redis refuses says why`() {
        do {
            _ = try RedisServer(.init(extra: ["appendfsync sometimes"]))
            Issue.record("it started")
        } catch {
            #expect("\(error)".contains("appendfsync sometimes"))
        }
    }
}
