import Foundation
import Redis
import Support
import Testing

/// Who is not talked to, and what is said about it. Nothing of the greeting, least of all a
/// password, reaches a server that is not trusted.
@Suite struct TLSRefusalTests {
    @Test(
        arguments: [
            // What the server shows, under which host it is sought, what the error says
            (.byAnotherAuthority, "localhost", "signed by nobody in "),
            (.selfSigned, "localhost", "signed by nobody in "),
            (.selfSigned, "localhost", "?ca=/path"),
            (.elsewhere, "localhost", "is not for localhost"),
            (.elsewhere, "127.0.0.1", "is not for 127.0.0.1"),
            (.name, "127.0.0.1", "is not for 127.0.0.1"),
            (.expired, "localhost", "certificate has expired"),
            (.expired, "127.0.0.1", "has to be renewed"),
        ] as [(Certificates.Server, String, String)])
    func `a server that cannot show who it is`(
        shown: Certificates.Server, host: String, words: String
    ) throws {
        try withRedis(.init(tls: .init(shown))) { server in
            try expectRefusal(of: server.tls(host), words)
            #expect(try server.connections() == 0)
        }
    }

    @Test func `an authority that the system does not trust`() throws {
        try withRedis(.init(tls: .init())) { server in
            guard case .tls(let host, let port, _)? = server.tlsEndpoint?.address else { return }
            try expectRefusal(
                of: RedisEndpoint(.tls(host: host, port: port, RedisTLS())), "the system's store")
        }
    }

    @Test func `a server with nothing newer than TLS 1.1`() throws {
        let old = ["tls-protocols TLSv1.1", "tls-ciphers DEFAULT@SECLEVEL=0"]
        try withRedis(.init(tls: .init(), extra: old)) { server in
            try expectRefusal(of: server.tls("localhost"), "no TLS 1.2 or newer")
        }
    }

    @Test func `a server that demands a certificate and gets none, or a stranger's`() throws {
        try withRedis(.init(tls: .init(demandsCertificate: true))) { server in
            let words = "does not accept this side's certificate"
            try expectRefusal(of: server.tls("localhost"), words)
            let pair = try Certificates.shared().foreignClient
            let identity = RedisTLS.Identity(
                certificate: try server.write("client.pem", pair.certificate),
                key: try server.write("client.key", pair.key))
            try expectRefusal(of: server.tls("localhost", identity: identity), words)
        }
    }

    @Test func `files that cannot be used`() throws {
        try withRedis(.init(tls: .init())) { server in
            let all = try Certificates.shared()
            let certificate = try server.write("client.pem", all.client.certificate)
            let key = try server.write("client.key", all.client.key)
            let another = try server.write("another.key", all.foreignClient.key)
            let encrypted = try server.write("encrypted.key", all.encryptedKey)
            let open = try server.write("open.key", all.client.key)
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: open)
            let rows = [
                ("/nowhere", key, "cert=/nowhere: No such file or directory"),
                (key, key, "cert=\(key): "),
                (certificate, "/nowhere", "key=/nowhere: No such file or directory"),
                (certificate, open, "key=\(open) has mode 640; it must be 600 or stricter"),
                (certificate, certificate, "key=\(certificate): no key in PEM"),
                (certificate, encrypted, "key=\(encrypted): no key in PEM, or an encrypted one"),
                (certificate, another, "key=\(another) is not the key of cert=\(certificate)"),
            ]
            for (certificate, key, words) in rows {
                let identity = RedisTLS.Identity(certificate: certificate, key: key)
                try expectRefusal(of: server.tls("localhost", identity: identity), words)
            }
            for authorities in ["/nowhere", key] {
                try expectRefusal(of: server.tls(trusting: authorities), "ca=\(authorities): ")
            }
        }
    }
}

/// No connection without TLS where TLS was asked for, nor the other way round.
@Suite struct TLSDowngradeTests {
    @Test func `a plain port behind rediss is no TLS, however long one waits`() throws {
        try withRedis(.init(tcp: true, tls: .init())) { server in
            let endpoint = try server.plainPortWithTLS()
            let error = #expect(throws: RedisError.self) {
                _ = try RedisConnection.connect(
                    to: endpoint, timeouts: RedisTimeouts(connect: 100))
            }
            // A frozen server is as silent, so it is asked again.
            #expect(error == .retry(.unreachable(.noHandshake(milliseconds: 100))))
            #expect(error?.description.contains("a port without TLS?") == true)
        }
    }

    @Test func `a plain port that speaks first is told from TLS at once`() throws {
        try withRedis(.init(tcp: true, tls: .init(), extra: ["maxclients 1"])) { server in
            let only = try RedisConnection.connect(to: server.endpoint)
            try expectRefusal(of: server.plainPortWithTLS(), "not in TLS")
            only.close()
        }
    }

    @Test func `a TLS port behind redis closes, and the error names rediss`() throws {
        try withRedis(.init(tls: .init())) { server in
            guard case .tls(let host, let port, _)? = server.tlsEndpoint?.address else { return }
            let error = #expect(throws: RedisError.self) {
                _ = try RedisConnection.connect(
                    to: RedisEndpoint(.tcp(host: host, port: port)),
                    credentials: RedisCredentials(password: "hunter2"))
            }
            #expect(error == .retry(.unreachable(.closedUnheard)))
            #expect(error?.description.contains("rediss://") == true)
        }
    }
}

/// The connection is refused with these words, says so again, and asking again does no harm.
private func expectRefusal(of endpoint: RedisEndpoint, _ words: String) throws {
    let error = #expect(throws: RedisError.self) {
        _ = try RedisConnection.connect(to: endpoint)
    }
    let found = try #require(error)
    #expect(found.disposition == .refused && found.code == nil, "\(found)")
    #expect(found.description.contains(words), "\(found)")
    guard case .untrusted = found else {
        Issue.record("not for want of trust: \(found)")
        return
    }
}

extension RedisServer {
    fileprivate func tls(trusting authorities: String) throws -> RedisEndpoint {
        guard case .tls(let host, let port, _)? = tlsEndpoint?.address else {
            throw Failure.notUp("without TLS")
        }
        return RedisEndpoint(.tls(host: host, port: port, RedisTLS(authorities: authorities)))
    }

    /// The port without TLS, asked for TLS.
    fileprivate func plainPortWithTLS() throws -> RedisEndpoint {
        guard case .tcp(let host, let port)? = tcpEndpoint?.address,
            case .tls(_, _, let tls)? = tlsEndpoint?.address
        else { throw Failure.notUp("without a plain port or TLS") }
        return RedisEndpoint(.tls(host: host, port: port, tls))
    }

    /// Clients on any port but the one that asks.
    fileprivate func connections() throws -> Int {
        let looker = try RedisConnection.connect(to: endpoint)
        let list = try looker.call(RedisCommand("CLIENT", "LIST")).asString
        return list.split(whereSeparator: \.isNewline).count - 1
    }
}
