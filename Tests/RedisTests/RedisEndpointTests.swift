import Redis
import Testing

@Suite struct RedisEndpointTests {
    @Test(
        arguments: [
            // URL, address, database
            ("redis://localhost", .tcp(host: "localhost", port: 6_379), 0),
            ("redis://127.0.0.1:6380", .tcp(host: "127.0.0.1", port: 6_380), 0),
            ("redis://redis.internal:1/", .tcp(host: "redis.internal", port: 1), 0),
            ("redis://redis-0.cache_1:65535/15", .tcp(host: "redis-0.cache_1", port: 65_535), 15),
            ("redis://[::1]:6379/3", .tcp(host: "::1", port: 6_379), 3),
            ("redis://[fe80::1%eth0]", .tcp(host: "fe80::1%eth0", port: 6_379), 0),
            ("rediss://localhost", .tls(host: "localhost", port: 6_379, RedisTLS()), 0),
            (
                "rediss://[::1]:6380/3?ca=/etc/ca.pem",
                .tls(host: "::1", port: 6_380, RedisTLS(authorities: "/etc/ca.pem")), 3
            ),
            (
                "rediss://redis.internal?key=/run/a.key&cert=/run/a=b.pem",
                .tls(
                    host: "redis.internal", port: 6_379,
                    RedisTLS(identity: .init(certificate: "/run/a=b.pem", key: "/run/a.key"))), 0
            ),
            ("unix:///run/redis.sock", .unix(path: "/run/redis.sock"), 0),
            ("unix:///run/redis.sock?db=2", .unix(path: "/run/redis.sock"), 2),
            ("unix:///run/a@b:c.sock", .unix(path: "/run/a@b:c.sock"), 0),
        ] as [(String, RedisEndpoint.Address, Int)])
    func `reads a URL and writes it in full`(
        url: String, address: RedisEndpoint.Address, database: Int
    ) throws {
        let endpoint = try RedisEndpoint(url: url)
        #expect(endpoint == RedisEndpoint(address, database: database))
        #expect(try RedisEndpoint(url: endpoint.description) == endpoint)
    }

    @Test(
        arguments: [
            // URL, what is wrong
            ("redis://:hunter2@localhost", .credentials),
            ("redis://default:hunter2@localhost:6379/0", .credentials),
            ("redis://hunter2@localhost", .credentials),
            ("redis://:hun/ter2@localhost", .credentials),
            ("redis://:hun?ter2@localhost", .credentials),
            ("unix://:hunter2@/run/redis.sock", .credentials),
            ("unix:///run/redis.sock?password=hunter2", .parameter("password")),
            ("redis://localhost?timeout=hunter2", .parameter("timeout")),
            ("unix:///run/redis.sock?db=1&db=2", .parameter("db")),
            ("redis+tls://localhost", .noScheme),
            ("redisss://localhost", .scheme("redisss")),
            ("redis://localhost?ca=/etc/ca.pem", .parameter("ca")),
            ("rediss://:hunter2@localhost", .credentials),
            ("rediss://:hun?ter2@localhost", .credentials),
            ("rediss://localhost?verify=hunter2", .parameter("verify")),
            ("rediss://localhost?ca=/a&ca=/b", .parameter("ca")),
            ("rediss://localhost?ca=hunter2.pem", .file("ca")),
            ("rediss://localhost?ca=", .file("ca")),
            ("rediss://localhost?cert=/hunter2.pem", .certificateWithoutKey),
            ("rediss://localhost?key=/hunter2.key", .certificateWithoutKey),
            ("rediss://localhost?cert=/a.pem&key=hunter2", .file("key")),
            ("REDIS://localhost", .scheme("REDIS")),
            ("hunter2@localhost:6379", .noScheme),
            ("hunter2 ://localhost", .noScheme),
            ("", .noScheme),
            ("redis://", .host),
            ("redis://:6379", .host),
            ("redis://::1:6379", .host),
            ("redis://[::1", .host),
            ("redis://[::1]6379", .host),
            ("redis://[localhost]", .host),
            ("redis://ho st", .host),
            ("redis://localhost:", .port),
            ("redis://localhost:0", .port),
            ("redis://localhost:65536", .port),
            ("redis://localhost:+80", .port),
            ("redis://localhost:hunter2", .port),
            ("redis://localhost/-1", .database),
            ("redis://localhost/one", .database),
            ("redis://localhost/99999999999999999999", .database),
            ("unix:///run/redis.sock?db=", .database),
            ("unix://run/redis.sock", .path),
            ("unix:///", .path),
            ("unix:///" + String(repeating: "a", count: 107), .path),
        ] as [(String, RedisEndpointError)])
    func `refuses a URL and repeats no secret`(url: String, error: RedisEndpointError) {
        #expect(throws: error) { try RedisEndpoint(url: url) }
        #expect(!error.description.contains("hunter2"))
        #expect(!error.description.isEmpty)
    }

    @Test func `a socket's path of 107 bytes still fits`() throws {
        let path = "/" + String(repeating: "a", count: 106)
        #expect(try RedisEndpoint(url: "unix://" + path).address == .unix(path: path))
    }
}
