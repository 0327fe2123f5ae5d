package import Redis

/// The bus on a Redis server, 7.0 or newer.
package struct RedisBus: Bus {
    package let endpoint: RedisEndpoint
    package let credentials: RedisCredentials?

    /// The name of this version's library of functions.
    package static var functions: String { FunctionLibrary.current.name }

    package init(endpoint: RedisEndpoint, credentials: RedisCredentials? = nil) {
        self.endpoint = endpoint
        self.credentials = credentials
    }

    /// The name that this version's function `commit` has on a server.
    package static var commitFunction: String { FunctionLibrary.current.name(of: .commit) }

    /// Connects, and looks whether this server is one to trust work to.
    ///
    /// - Throws: `.denied` for a server that is older than 7.0 or may evict keys.
    package func session(_ name: String) throws(BusError) -> any BusSession {
        try open(name)
    }

    /// The same, with what only a session on Redis has.
    package func open(_ name: String) throws(BusError) -> RedisSession {
        try RedisSession(RedisLink(to: endpoint, credentials: credentials, name: name))
    }
}
