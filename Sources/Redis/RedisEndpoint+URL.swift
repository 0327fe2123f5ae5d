extension RedisEndpoint {
    package init(url: String) throws(RedisEndpointError) {
        guard let (scheme, rest) = url.cut("://"), !scheme.isEmpty,
            scheme.allSatisfy({ $0.isASCII && $0.isLetter })
        else { throw .noScheme }
        let (location, query) = rest.cut("?") ?? (rest, "")
        switch scheme {
        case "redis": try self.init(tcp: location, query: query)
        case "rediss": try self.init(tls: location, query: query)
        case "unix": try self.init(unix: location, query: query)
        default: throw .scheme(String(scheme))
        }
    }

    private init(tcp location: Substring, query: Substring) throws(RedisEndpointError) {
        let (host, port, database) = try Self.server(location, query)
        _ = try Self.parameters(query, known: [])
        self.init(.tcp(host: host, port: port), database: database)
    }

    private init(tls location: Substring, query: Substring) throws(RedisEndpointError) {
        let (host, port, database) = try Self.server(location, query)
        let files = try Self.parameters(query, known: ["ca", "cert", "key"])
        for (name, path) in files where !path.hasPrefix("/") || path.utf8.contains(0) {
            throw .file(name)
        }
        var tls = RedisTLS(authorities: files["ca"].map(String.init))
        switch (files["cert"], files["key"]) {
        case (nil, nil): break
        case (let certificate?, let key?):
            tls.identity = .init(certificate: String(certificate), key: String(key))
        default: throw .certificateWithoutKey
        }
        self.init(.tls(host: host, port: port, tls), database: database)
    }

    private static func server(
        _ location: Substring, _ query: Substring
    ) throws(RedisEndpointError) -> (host: String, port: Int, database: Int) {
        // An `@` anywhere: an unescaped password may itself contain `/` or `?`.
        guard !location.contains("@"), !query.contains("@") else { throw .credentials }
        let (authority, path) = location.cut("/") ?? (location, "")
        let (host, port) = try hostAndPort(authority)
        return (host, port, path.isEmpty ? 0 : try Self.database(path))
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
