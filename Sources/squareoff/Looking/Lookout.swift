import MessageBus
import Redis
import Trading

/// Redis as a person sees it: reads only, over one connection, with no group, lease or function.
/// So it works on a replica, on a full server, and with no worker running.
struct Lookout {
    private let connection: RedisConnection
    let keys: Keys
    /// Event time: the replay's clock where there is one, else the server's.
    let now: EventTime
    /// The server's clock.
    let wall: EventTime

    static func open(
        _ endpoint: RedisEndpoint, credentials: RedisCredentials?
    ) throws(RedisError) -> Lookout {
        try Lookout(.connect(to: endpoint, credentials: credentials, name: "squareoff-look"))
    }

    init(_ connection: RedisConnection) throws(RedisError) {
        self.connection = connection
        let time = try connection.call(RedisCommand("TIME")).asStrings.compactMap { Int($0) }
        guard time.count == 2 else { throw .unexpectedReply(expected: "time", got: "else") }
        wall = EventTime(milliseconds: time[0] * 1_000 + time[1] / 1_000)
        let clock = try connection.call(RedisCommand("GET", Keys.clock.text)).asOptionalString
        now = clock.flatMap { EventTime(text: $0) } ?? wall
        let layout = try Self.fields(
            try connection.call(RedisCommand("HGETALL", Keys.layout.text)))
        // Absent before the first worker has started: then there is nothing to see either.
        keys = Keys(
            shards: layout["shards"].flatMap { Int($0) } ?? 1,
            partitions: layout["partitions"].flatMap { Int($0) } ?? 1)
    }

    var shards: Range<Int> { 0..<keys.shards }

    private static func fields(_ reply: RedisValue) throws(RedisError) -> Fields {
        Fields(try reply.asPairs.map { Fields.Pair(name: $0.name, value: $0.value) })
    }

    func call(_ command: RedisCommand) throws(RedisError) -> RedisValue {
        try connection.call(command)
    }

    /// Replies in the commands' order. In pages, so that a big book waits for no single time-out.
    private func pipeline(_ commands: [RedisCommand]) throws(RedisError) -> [RedisValue] {
        var replies: [RedisValue] = []
        for start in stride(from: 0, to: commands.count, by: Self.page) {
            let page = commands[start..<min(start + Self.page, commands.count)]
            for reply in try connection.pipeline(Array(page)) {
                replies.append(try reply.orThrow())
            }
        }
        return replies
    }

    private static let page = 1_000
}

// Keys and what they hold.
extension Lookout {
    func hashes(_ keys: [Key]) throws(RedisError) -> [Fields] {
        var hashes: [Fields] = []
        for reply in try pipeline(keys.map { RedisCommand("HGETALL", $0.text) }) {
            hashes.append(try Self.fields(reply))
        }
        return hashes
    }

    func hash(_ key: Key) throws(RedisError) -> Fields { try hashes([key])[0] }

    func texts(_ keys: [Key]) throws(RedisError) -> [String?] {
        var texts: [String?] = []
        for reply in try pipeline(keys.map { RedisCommand("GET", $0.text) }) {
            texts.append(try reply.asOptionalString)
        }
        return texts
    }

    func text(_ key: Key) throws(RedisError) -> String? { try texts([key])[0] }

    func members(_ key: Key) throws(RedisError) -> [String] {
        try call(RedisCommand("SMEMBERS", key.text)).asStrings.sorted()
    }

    /// Earliest first.
    func due(_ key: Key) throws(RedisError) -> [(member: String, at: EventTime)] {
        try call(RedisCommand("ZRANGE", key.text, 0, -1, "WITHSCORES")).asPairs.compactMap { pair in
            Int(pair.value).map { (pair.name, EventTime(milliseconds: $0)) }
        }
    }

    /// What stands behind the family's prefix in the names of its keys, sorted. SCAN and not a
    /// set of our own: what it finds is there, and it blocks no worker.
    func names(_ family: KeyFamily) throws(RedisError) -> [String] {
        var names: Set<String> = []
        var cursor = "0"
        repeat {
            let reply = try call(
                RedisCommand("SCAN", cursor, "MATCH", family.pattern, "COUNT", Self.page)
            ).asArray
            guard reply.count == 2 else { break }
            cursor = try reply[0].asString
            for key in try reply[1].asStrings {
                names.insert(String(key.dropFirst(family.prefix.count)))
            }
        } while cursor != "0"
        return names.sorted()
    }
}

// Streams.
extension Lookout {
    /// All entries behind `id`, oldest first.
    func entries(
        _ stream: Key, after id: EntryID? = nil
    ) throws(RedisError) -> [Entry] {
        var entries: [Entry] = []
        var start = id.map { "(" + $0.text } ?? "-"
        while true {
            let reply = try call(
                RedisCommand("XRANGE", stream.text, start, "+", "COUNT", Self.page))
            let page = try Self.entries(reply)
            entries += page
            guard page.count == Self.page, let last = page.last else { return entries }
            start = "(" + last.id.text
        }
    }

    func entry(_ stream: Key, _ id: String) throws(RedisError) -> Entry? {
        try Self.entries(call(RedisCommand("XRANGE", stream.text, id, id))).first
    }

    private static func entries(_ reply: RedisValue) throws(RedisError) -> [Entry] {
        var entries: [Entry] = []
        for row in try reply.asArray {
            let parts = try row.asArray
            guard parts.count == 2, let id = EntryID(text: try parts[0].asString) else { continue }
            entries.append(Entry(id: id, fields: try fields(parts[1])))
        }
        return entries
    }
}
