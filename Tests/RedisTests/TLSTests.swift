import Redis
import Support
import Testing

/// TLS with a server that is trusted. What holds for every connection is tested on both kinds
/// beside the plain one's tests.
@Suite struct TLSTests {
    @Test(arguments: ["localhost", "127.0.0.1"], ["TLSv1.2", "TLSv1.3"])
    func `connects by name and by address`(host: String, version: String) throws {
        try withRedis(.init(tls: .init(), extra: ["tls-protocols \(version)"])) { server in
            let connection = try RedisConnection.connect(to: server.tls(host), name: "worker-1")
            #expect(try connection.call(RedisCommand("CLIENT", "GETNAME")).asString == "worker-1")
            try connection.reconnect()
            #expect(try connection.call(RedisCommand("PING")) == .status("PONG"))
        }
    }

    @Test func `the database and the user are those of the URL and the environment`() throws {
        let users = ["user bus on >hunter2 ~* +@all"]
        try withRedis(.init(tls: .init(), extra: users)) { server in
            let connection = try RedisConnection.connect(
                to: server.tls("localhost", database: 2),
                credentials: RedisCredentials(user: "bus", password: "hunter2"))
            try connection.call(RedisCommand("SET", "key", "two")).expectOK()
            #expect(try connection.call(RedisCommand("ACL", "WHOAMI")).asString == "bus")
            #expect(try server.connect().call(RedisCommand("GET", "key")).isNull)
        }
    }

    /// Only what OpenSSL has not yet handed out is left when the reply's end is near, and the
    /// socket shows nothing of it.
    @Test(arguments: [65_536, 100_000, 1_000_000, 3_333_333])
    func `bytes that OpenSSL holds end a wait`(size: Int) throws {
        try withRedis(.init(tls: .init())) { server in
            let connection = try server.connect()
            let text = String(repeating: "x", count: size)
            try connection.call(RedisCommand("SET", "big", text)).expectOK()
            for _ in 0..<20 {
                connection.append(RedisCommand("GET", "big"))
                try connection.flush()
                var reply: RedisValue?
                while reply == nil {
                    let ready = RedisConnection.waitUntilReadable([connection], timeout: 60_000)
                    try #require(ready == [0])
                    reply = try connection.tryReceive()
                }
                #expect(reply == .string(text))
            }
        }
    }

    @Test func `a wait does not spin on a reply whose rest is still on its way`() throws {
        try withRedis(.init(tls: .init())) { server in
            let connection = try server.connect()
            let text = String(repeating: "x", count: 30_000_000)
            try connection.call(RedisCommand("SET", "big", text)).expectOK()
            connection.append(RedisCommand("GET", "big"))
            try connection.flush()
            // Turns of the server's loop, until the sockets' buffers are full.
            let other = try server.connect()
            for _ in 0..<500 { try other.call(RedisCommand("PING")) }
            server.freeze()
            var reads = 0
            while reads < 10_000,
                !RedisConnection.waitUntilReadable([connection], timeout: 50).isEmpty
            {
                #expect(try connection.tryReceive() == nil)
                reads += 1
            }
            #expect((1..<10_000).contains(reads))
            server.thaw()
            #expect(try connection.receive() == .string(text))
        }
    }

    @Test func `the own certificate, where the server demands one`() throws {
        try withRedis(.init(tls: .init(demandsCertificate: true))) { server in
            let pair = try Certificates.shared().client
            let identity = RedisTLS.Identity(
                certificate: try server.write("client.pem", pair.certificate),
                key: try server.write("client.key", pair.key))
            let connection = try RedisConnection.connect(
                to: server.tls("localhost", identity: identity))
            #expect(try connection.call(RedisCommand("PING")) == .status("PONG"))
        }
    }

    @Test func `renewed files are read by the next connection`() throws {
        try withRedis(.init(tls: .init())) { server in
            let connection = try server.connect()
            _ = try server.write("authority.pem", Certificates.shared().otherAuthority)
            #expect(throws: RedisError.self) { try connection.reconnect() }
            _ = try server.write("authority.pem", Certificates.shared().authority)
            try connection.reconnect()
            #expect(try connection.call(RedisCommand("PING")) == .status("PONG"))
        }
    }
}

extension RedisServer {
    /// The TLS port by a host name or address.
    func tls(
        _ host: String, database: Int = 0, identity: RedisTLS.Identity? = nil
    ) throws -> RedisEndpoint {
        guard case .tls(_, let port, var tls)? = tlsEndpoint?.address else {
            throw Failure.notUp("without TLS")
        }
        tls.identity = identity
        return RedisEndpoint(.tls(host: host, port: port, tls), database: database)
    }
}
