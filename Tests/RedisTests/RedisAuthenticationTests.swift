import Redis
import Support
import Testing

@Suite struct RedisAuthenticationTests {
    @Test func `a password is required and accepted, also after a reconnect`() throws {
        try withRedis(.init(password: "hunter2")) { server in
            let connection = try server.connect()
            try connection.reconnect()
            #expect(try connection.call(RedisCommand("PING")) == .status("PONG"))
            let error = #expect(throws: RedisError.self) {
                _ = try RedisConnection.connect(to: server.endpoint)
            }
            #expect(error?.code == .noAuth)
        }
    }

    @Test func `a wrong password is refused and not repeated`() throws {
        try withRedis(.init(password: "hunter2")) { server in
            let error = #expect(throws: RedisError.self) {
                _ = try RedisConnection.connect(
                    to: server.endpoint, credentials: RedisCredentials(password: "hunter3"))
            }
            #expect(error?.code == .wrongPass)
            #expect(error?.disposition == .refused)
            #expect(error?.description.contains("hunter") == false)
        }
    }

    // The server's own text would be: unknown command 'AUTH', with args beginning with 'hunter2'.
    @Test func `a server without AUTH does not make us repeat the password`() throws {
        try withRedis(.init(extra: ["rename-command AUTH \"\""])) { server in
            let error = #expect(throws: RedisError.self) {
                _ = try RedisConnection.connect(
                    to: server.endpoint, credentials: RedisCredentials(password: "hunter2"))
            }
            #expect(error?.code == .generic)
            #expect(error.map { "\($0)" }?.contains("hunter2") == false)
        }
    }

    @Test func `an ACL user needs no right beyond its own`() throws {
        try withRedis(.init(extra: ["user bus on >hunter2 ~* -@all +get +auth"])) { server in
            let connection = try RedisConnection.connect(
                to: server.endpoint,
                credentials: RedisCredentials(user: "bus", password: "hunter2"), name: "worker")
            #expect(try connection.call(RedisCommand("GET", "key")).isNull)
            let error = #expect(throws: RedisError.self) {
                try connection.call(RedisCommand("SET", "key", 1))
            }
            #expect(error?.code == .noPerm)
        }
    }
}
