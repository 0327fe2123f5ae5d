/// Where a Redis server is: `redis://host:port/db`, `redis://[::1]:6379`,
/// `unix:///run/redis.sock?db=2`; with TLS `rediss://host:port/db`, with the PEM files of the
/// authorities to trust and of this side's certificate where they are needed:
/// `rediss://host?ca=/path&cert=/path&key=/path`. Port 6379 and database 0 are the defaults.
///
/// A URL is written into configuration files, process lists and logs, so one with a user or a
/// password is refused; see ``RedisCredentials``.
package struct RedisEndpoint: Hashable, Sendable, CustomStringConvertible {
    package enum Address: Hashable, Sendable {
        case tcp(host: String, port: Int)
        /// Never falls back to a connection without TLS.
        case tls(host: String, port: Int, RedisTLS)
        case unix(path: String)

        var isUnix: Bool { if case .unix = self { true } else { false } }
    }

    package let address: Address
    package let database: Int

    package init(_ address: Address, database: Int = 0) {
        self.address = address
        self.database = database
    }

    /// The same server's URL, with nothing left to a default.
    package var description: String {
        switch address {
        case .tcp(let host, let port):
            "redis://\(Self.bracketed(host)):\(port)/\(database)"
        case .tls(let host, let port, let tls):
            "rediss://\(Self.bracketed(host)):\(port)/\(database)\(tls.query)"
        case .unix(let path): "unix://\(path)?db=\(database)"
        }
    }

    private static func bracketed(_ host: String) -> String {
        host.contains(":") ? "[\(host)]" : host
    }
}

extension RedisTLS {
    fileprivate var query: String {
        let files = [
            ("ca", authorities), ("cert", identity?.certificate), ("key", identity?.key),
        ]
        let parts = files.compactMap { name, path in path.map { "\(name)=\($0)" } }
        return parts.isEmpty ? "" : "?" + parts.joined(separator: "&")
    }
}

/// What is wrong with a URL. Names the part and never repeats a value: a mistyped URL can hold a
/// password anywhere.
package enum RedisEndpointError: Error, Hashable, Sendable, CustomStringConvertible {
    case credentials
    case noScheme
    case scheme(String)
    case host
    case port
    case database
    case path
    case file(String)
    case certificateWithoutKey
    case parameter(String)

    package var description: String {
        switch self {
        case .credentials:
            """
            Redis URL: a user or password may not stand in the URL; set \
            \(RedisCredentials.userVariable) and \(RedisCredentials.passwordVariable) or \
            \(RedisCredentials.passwordFileVariable)
            """
        case .noScheme: "Redis URL: must start with redis://, rediss:// or unix://"
        case .scheme(let name): "Redis URL: unknown scheme \(name), only redis, rediss and unix"
        case .host: "Redis URL: the host is missing or malformed"
        case .port: "Redis URL: the port is not a number from 1 to 65535"
        case .database: "Redis URL: the database is not a number from 0 to 65535"
        case .path: "Redis URL: the socket's path must be absolute and at most 107 bytes long"
        case .file(let name): "Redis URL: \(name) is not the absolute path of a file"
        case .certificateWithoutKey: "Redis URL: cert and key are given together or not at all"
        case .parameter(let name): "Redis URL: unknown parameter \(name)"
        }
    }
}
