import Redis
import Trading

extension Query {
    func command(_ library: FunctionLibrary) -> RedisCommand {
        switch self {
        case .hash(let key): RedisCommand("HGETALL", key.text)
        case .fields(let key, let names): RedisCommand("HMGET", key.text, names)
        case .text(let key): RedisCommand("GET", key.text)
        case .list(let key): RedisCommand("LRANGE", key.text, 0, -1)
        case .members(let key): RedisCommand("SMEMBERS", key.text)
        case .due(let key, let limit):
            // A stop below zero counts from the end: -1 would be all.
            RedisCommand("ZRANGE", key.text, 0, max(1, limit) - 1, "WITHSCORES")
        case .score(let key, let member): RedisCommand("ZSCORE", key.text, member)
        case .count(let key): RedisCommand("FCALL_RO", library.name(of: .count), 1, key.text)
        case .backlog(let key, let group, let limit):
            RedisCommand("FCALL_RO", library.name(of: .backlog), 1, key.text, group, limit)
        case .newest(let key): RedisCommand("XINFO", "STREAM", key.text)
        case .groups(let key): RedisCommand("XINFO", "GROUPS", key.text)
        case .range(let key, let from, let limit):
            RedisCommand("XRANGE", key.text, from.text, "+", "COUNT", limit)
        case .latest(let key, let limit):
            RedisCommand("XREVRANGE", key.text, "+", "-", "COUNT", limit)
        case .pending(let key, let group, let limit):
            RedisCommand("XPENDING", key.text, group, "-", "+", limit)
        case .owners(let key, let group): RedisCommand("XINFO", "CONSUMERS", key.text, group)
        }
    }

    func answer(_ reply: RedisValue) throws(RedisError) -> Answer {
        switch self {
        case .hash: return .fields(try Replies.fields(reply))
        case .fields(_, let names): return .fields(try Self.fields(names, reply))
        case .text: return .text(reply.isNull ? nil : try Replies.text(reply))
        case .list: return .texts(try Self.texts(reply))
        case .members: return .texts(try Self.texts(reply).sorted())
        case .due: return .due(try Self.due(reply))
        case .score: return .number(try reply.asOptionalString.map(Self.score))
        case .count, .backlog: return .number(try reply.asInteger)
        case .newest: return .newest(try Self.newest(reply))
        case .groups: return .groups(try Self.groups(reply))
        case .range, .latest: return .entries(try Replies.entries(reply))
        case .pending: return .pending(try Self.pending(reply))
        case .owners:
            let owners = try Self.consumers(reply).filter { $0.pending > 0 }
            return .texts(owners.map(\.name).sorted())
        }
    }

    private static func fields(
        _ names: [String], _ reply: RedisValue
    ) throws(RedisError) -> Fields {
        var fields = Fields()
        for (name, value) in zip(names, try reply.asArray) where !value.isNull {
            fields.pairs.append(Fields.Pair(name: name, value: try Replies.text(value)))
        }
        return fields
    }

    private static func texts(_ reply: RedisValue) throws(RedisError) -> [String] {
        var texts: [String] = []
        for value in try reply.asArray { texts.append(try Replies.text(value)) }
        return texts
    }

    private static func due(_ reply: RedisValue) throws(RedisError) -> [DueTime] {
        try reply.asPairs.map { DueTime(member: $0.name, at: score($0.value)) }
    }

    /// Our scores are whole milliseconds; somebody else's fraction or infinity is cut.
    private static func score(_ text: String) -> Int {
        DueTime.readable(
            Int(text) ?? Double(text).flatMap { Int(exactly: $0.rounded(.down)) }
                ?? (text.hasPrefix("-") ? .min : .max))
    }

    private static func newest(_ reply: RedisValue) throws(RedisError) -> EntryID {
        guard !isMissing(reply) else { return .zero }
        let id = try Replies.table(reply)["last-generated-id"]
        return try Replies.id(id ?? .null)
    }

    private static func groups(_ reply: RedisValue) throws(RedisError) -> [GroupState] {
        guard !isMissing(reply) else { return [] }
        var groups: [GroupState] = []
        for value in try reply.asArray {
            let table = try Replies.table(value)
            groups.append(
                GroupState(
                    name: try (table["name"] ?? .null).asString,
                    lastDelivered: try Replies.id(table["last-delivered-id"] ?? .null),
                    pending: try (table["pending"] ?? .null).asInteger))
        }
        return groups
    }

    private static func pending(_ reply: RedisValue) throws(RedisError) -> [PendingEntry] {
        if case .error(let error) = reply, error.code == .noGroup { return [] }
        var entries: [PendingEntry] = []
        for value in try reply.asArray {
            let row = try value.asArray
            entries.append(
                PendingEntry(
                    id: try Replies.id(row.at(0)), consumer: try row.at(1).asString,
                    idle: .milliseconds(try row.at(2).asInteger),
                    deliveries: try row.at(3).asInteger))
        }
        return entries
    }

    static func consumers(
        _ reply: RedisValue
    ) throws(RedisError) -> [(name: String, pending: Int)] {
        if isMissing(reply) { return [] }
        if case .error(let error) = reply, error.code == .noGroup { return [] }
        return try reply.asArray.map { value throws(RedisError) in
            let table = try Replies.table(value)
            return (
                name: try (table["name"] ?? .null).asString,
                pending: try (table["pending"] ?? .null).asInteger
            )
        }
    }

    /// `ERR no such key`: of all that XINFO of a key can answer, the only error without a code of
    /// its own.
    private static func isMissing(_ reply: RedisValue) -> Bool {
        guard case .error(let error) = reply else { return false }
        return error.code == .generic
    }
}
