/// Where a Redis server is: `redis://host:port/db`, `redis://[::1]:6379`,
/// `unix:///run/redis.sock?db=2`. Port 6379 and database 0 are the defaults.
///
/// A URL is written into configuration files, process lists and logs, so one with a user or a
/// password is refused; see ``RedisCredentials``.
package struct RedisEndpoint: Hashable, Sendable, CustomStringConvertible {
    package enum Address: Hashable, Sendable {
        case tcp(host: String, port: Int)
        case unix(path: String)
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
            "redis://\(host.contains(":") ? "[\(host)]" : host):\(port)/\(database)"
        case .unix(let path): "unix://\(path)?db=\(database)"
        }
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
    case parameter(String)

    package var description: String {
        switch self {
        case .credentials:
            """
            Redis URL: a user or password may not stand in the URL; set \
            \(RedisCredentials.userVariable) and \(RedisCredentials.passwordVariable) or \
            \(RedisCredentials.passwordFileVariable)
            """
        case .noScheme: "Redis URL: must start with redis:// or unix://"
        case .scheme(let name): "Redis URL: unknown scheme \(name), only redis and unix"
        case .host: "Redis URL: the host is missing or malformed"
        case .port: "Redis URL: the port is not a number from 1 to 65535"
        case .database: "Redis URL: the database is not a number from 0 to 65535"
        case .path: "Redis URL: the socket's path must be absolute and at most 107 bytes long"
        case .parameter(let name): "Redis URL: unknown parameter \(name)"
        }
    }
}

extension RedisEndpoint {
    package init(url: String) throws(RedisEndpointError) {
        guard let (scheme, rest) = url.cut("://"), !scheme.isEmpty,
            scheme.allSatisfy({ $0.isASCII && $0.isLetter })
        else { throw .noScheme }
        let (location, query) = rest.cut("?") ?? (rest, "")
        switch scheme {
        case "redis": try self.init(tcp: location, query: query)
        case "unix": try self.init(unix: location, query: query)
        default: throw .scheme(String(scheme))
        }
    }

    private init(tcp location: Substring, query: Substring) throws(RedisEndpointError) {
        // An `@` anywhere: an unescaped password may itself contain `/` or `?`.
        guard !location.contains("@"), !query.contains("@") else { throw .credentials }
        _ = try Self.parameters(query, known: [])
        let (authority, path) = location.cut("/") ?? (location, "")
        let (host, port) = try Self.hostAndPort(authority)
        self.init(
            .tcp(host: host, port: port),
            database: path.isEmpty ? 0 : try Self.database(path))
    }

    private init(unix location: Substring, query: Substring) throws(RedisEndpointError) {
        guard location.hasPrefix("/") else { throw location.contains("@") ? .credentials : .path }
        // 107 bytes and a zero fill `sun_path`; hiredis would cut a longer path silently.
        guard location.utf8.count <= 107, location.count > 1, !location.utf8.contains(0) else {
            throw .path
        }
        let parameters = try Self.parameters(query, known: ["db"])
        let database = try parameters["db"].map { text throws(RedisEndpointError) in
            try Self.database(text)
        }
        self.init(.unix(path: String(location)), database: database ?? 0)
    }

    private static func hostAndPort(
        _ authority: Substring
    ) throws(RedisEndpointError) -> (String, Int) {
        var host = authority
        var port: Substring?
        if authority.hasPrefix("[") {
            guard let (inside, after) = authority.dropFirst().cut("]"), inside.contains(":") else {
                throw .host
            }
            guard after.isEmpty || after.hasPrefix(":") else { throw .host }
            host = inside
            port = after.isEmpty ? nil : after.dropFirst()
        } else if let (name, number) = authority.cut(":") {
            guard !number.contains(":") else { throw .host }
            host = name
            port = number
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0.isHostByte }) else { throw .host }
        guard let port else { return (String(host), 6_379) }
        guard let number = port.number, (1...65_535).contains(number) else { throw .port }
        return (String(host), number)
    }

    private static func database(_ text: Substring) throws(RedisEndpointError) -> Int {
        guard let number = text.number, number <= 65_535 else { throw .database }
        return number
    }

    /// `name=value&name=value`; a name twice is as wrong as an unknown one.
    private static func parameters(
        _ query: Substring, known: Set<String>
    ) throws(RedisEndpointError) -> [String: Substring] {
        var found: [String: Substring] = [:]
        for part in query.split(separator: "&", omittingEmptySubsequences: true) {
            let (key, value) = part.cut("=") ?? (part, "")
            let name = String(key)
            guard known.contains(name), found[name] == nil else { throw .parameter(name) }
            found[name] = value
        }
        return found
    }
}

extension StringProtocol where SubSequence == Substring {
    /// What stands before and after the first `separator`.
    fileprivate func cut(_ separator: String) -> (Substring, Substring)? {
        guard let range = firstRange(of: separator) else { return nil }
        return (self[..<range.lowerBound], self[range.upperBound...])
    }
}

extension Substring {
    /// Digits only: `Int` would also read `+5`.
    fileprivate var number: Int? {
        utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(self) : nil
    }
}

extension UInt8 {
    /// Letters, digits and `.-_:%` (names, IPv4, IPv6 with a zone).
    fileprivate var isHostByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
            UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "%"):
            true
        default: false
        }
    }
}
