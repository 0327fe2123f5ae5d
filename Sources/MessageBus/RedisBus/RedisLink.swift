import Redis
import Trading

/// A session's way to the server: makes connections, knows the functions' names, and holds the
/// one connection for commands.
final class RedisLink {
    let library = FunctionLibrary.current
    /// The number by which the server knows the connection for commands.
    private(set) var client: Int?
    private(set) var serverRun: RunID?
    /// What was mended, or could not be looked at; for people.
    var notes: [String] = []

    private let endpoint: RedisEndpoint
    private let credentials: RedisCredentials?
    private let name: String
    private var commands: RedisConnection?
    /// Ends the waits of the others.
    private var control: RedisConnection?

    init(to endpoint: RedisEndpoint, credentials: RedisCredentials?, name: String) {
        self.endpoint = endpoint
        self.credentials = credentials
        self.name =
            "squareoff:" + name.map { $0.isASCII && $0.isGraphic ? String($0) : "_" }.joined()
    }

    /// The connection for commands; made anew, with all that a first one needs, after `close()`.
    func ready() throws(BusError) -> RedisConnection {
        if let commands, commands.isOpen { return commands }
        let connection = try connect("")
        do throws(RedisError) {
            try inspect(connection)
            try library.install(on: connection)
            client = Self.client(of: connection)
        } catch {
            throw BusError(error)
        }
        commands = connection
        return connection
    }

    /// Sends commands and returns their replies; error replies are values. Where somebody has
    /// flushed the functions, it puts them back and sends all again.
    func pipeline(_ commands: [RedisCommand]) throws(BusError) -> [RedisValue] {
        func send() throws(BusError) -> [RedisValue] {
            let connection = try ready()
            return try translated { () throws(RedisError) in try connection.pipeline(commands) }
        }
        let replies = try send()
        guard replies.contains(where: \.isMissingFunction) else { return replies }
        try reinstall()
        return try send()
    }

    /// Commands were sent whose replies nobody has received.
    var isAwaitingReplies: Bool { commands.map { $0.outstanding > 0 } ?? false }

    /// A further connection, for a wait of its own.
    func connect(_ purpose: String) throws(BusError) -> RedisConnection {
        try translated { () throws(RedisError) in
            try .connect(to: endpoint, credentials: credentials, name: name + purpose)
        }
    }

    /// The number by which the server knows a connection; nil where asking is not allowed.
    static func client(of connection: RedisConnection) -> Int? {
        try? connection.call(RedisCommand("CLIENT", "ID")).asInteger
    }

    func close() {
        commands = nil
        control = nil
        client = nil
    }

    /// Puts the functions back after somebody flushed them.
    func reinstall() throws(BusError) {
        let connection = try ready()
        try translated { () throws(RedisError) in try library.install(on: connection) }
        notes.append("the server's functions were gone and are back")
    }

    /// Refuses a server that could lose what it has acknowledged.
    private func inspect(_ connection: RedisConnection) throws(RedisError) {
        let text: String
        do throws(RedisError) {
            text = try connection.call(RedisCommand("INFO", "server", "memory")).asString
        } catch {
            guard error.code == .noPerm else { throw error }
            notes.append("no right to INFO: version and eviction policy were not looked at")
            serverRun = nil
            return
        }
        serverRun = text.line("run_id").map { RunID(String($0)) }
        if let version = text.line("redis_version"), version.major < 7 {
            throw .refused(.unfit, message: "the server is Redis \(version); 7.0 is needed")
        }
        if let policy = text.line("maxmemory_policy"), policy != "noeviction" {
            throw .refused(
                .unfit,
                message: "the server may evict keys: set maxmemory-policy noeviction, not \(policy)"
            )
        }
    }
}

extension RedisLink {
    /// Ends the wait of a read on a connection; its reply comes at once then.
    ///
    /// CLIENT UNBLOCK on a second connection: the read itself stays answerable, and entries that
    /// the server has already given to this consumer arrive. Closing the connection would leave
    /// them pending. Best effort: where it fails, the wait ends by its own time.
    func unblock(_ connection: RedisConnection, _ client: Int?) {
        guard let client else { return }
        // About a tenth of a second.
        for _ in 0..<100 {
            guard let waiter = control ?? (try? connect(":control")) else { return }
            control = waiter
            let command = RedisCommand("CLIENT", "UNBLOCK", client)
            guard let count = try? waiter.call(command).asInteger else {
                control = nil
                return
            }
            if count == 1 { return }
            // It has answered, or the server has not read its command yet.
            if !RedisConnection.waitUntilReadable([connection], timeout: 1).isEmpty { return }
        }
    }
}

extension RedisValue {
    /// Somebody flushed the functions, or this is another server. Nothing was executed.
    var isMissingFunction: Bool {
        guard case .error(let error) = self else { return false }
        return error.code == .noFunction
    }
}

extension String {
    /// The value of a line `name:value`, as INFO writes them.
    fileprivate func line(_ name: String) -> Substring? {
        split(whereSeparator: \.isNewline).first { $0.hasPrefix(name + ":") }?
            .dropFirst(name.count + 1)
    }
}

extension Substring {
    fileprivate var major: Int { Int(prefix { $0 != "." }) ?? 0 }
}

extension Character {
    fileprivate var isGraphic: Bool { self > " " && self <= "~" }
}
