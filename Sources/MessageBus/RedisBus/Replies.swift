import Redis
import Trading

/// What stands in replies, in the bus's own words.
enum Replies {
    /// The entries of one stream in a reply to XREAD or XREADGROUP, by the stream's key.
    static func streams(_ reply: RedisValue) throws(RedisError) -> [(key: String, RedisValue)] {
        guard let streams = try reply.asOptionalArray else { return [] }
        var found: [(key: String, RedisValue)] = []
        for stream in streams {
            let pair = try stream.asArray
            found.append((try pair.at(0).asString, try pair.at(1)))
        }
        return found
    }

    static func deliveries(
        _ reply: RedisValue, of stream: Key, isRedelivered: Bool, into result: inout [Delivery]
    ) throws(RedisError) {
        let entries = try reply.asArray
        result.reserveCapacity(result.count + entries.count)
        for entry in entries {
            let parts = try entry.asArray
            let body = try parts.at(1)
            result.append(
                Delivery(
                    stream: stream, id: try id(parts.at(0)),
                    fields: body.isNull ? nil : try fields(body), isRedelivered: isRedelivered))
        }
    }

    static func entries(_ reply: RedisValue) throws(RedisError) -> [Entry] {
        var result: [Entry] = []
        for entry in try reply.asArray {
            let parts = try entry.asArray
            result.append(Entry(id: try id(parts.at(0)), fields: try fields(parts.at(1))))
        }
        return result
    }

    static func id(_ reply: RedisValue) throws(RedisError) -> EntryID {
        guard let id = EntryID(text: try reply.asString) else {
            throw .unexpectedReply(expected: "an entry's id", got: "another text")
        }
        return id
    }

    /// Seconds and microseconds.
    static func time(_ reply: RedisValue) throws(RedisError) -> EventTime {
        let parts = try reply.asStrings.compactMap { Int($0) }
        guard parts.count == 2 else {
            throw .unexpectedReply(expected: "a time", got: "another array")
        }
        return EventTime(milliseconds: parts[0] * 1_000 + parts[1] / 1_000)
    }

    static func fields(_ reply: RedisValue) throws(RedisError) -> Fields {
        let values = try reply.asArray
        var pairs: [Fields.Pair] = []
        pairs.reserveCapacity(values.count / 2)
        for index in stride(from: 1, to: values.count, by: 2) {
            pairs.append(
                Fields.Pair(name: try text(values[index - 1]), value: try text(values[index])))
        }
        return Fields(pairs)
    }

    /// Bytes that somebody else wrote and that are no text arrive with replacement characters:
    /// as malformed values they go to the dead letters, and stop nobody.
    static func text(_ reply: RedisValue) throws(RedisError) -> String {
        switch reply {
        case .string(let text): text
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        default: try reply.asString
        }
    }

    /// `name, value, name, value …` with values of any kind, as XINFO answers.
    static func table(_ reply: RedisValue) throws(RedisError) -> [String: RedisValue] {
        let values = try reply.asArray
        var table: [String: RedisValue] = [:]
        for index in stride(from: 1, to: values.count, by: 2) {
            table[try values[index - 1].asString] = values[index]
        }
        return table
    }
}

extension [RedisValue] {
    func at(_ index: Int) throws(RedisError) -> RedisValue {
        guard index < count else {
            throw .unexpectedReply(expected: "\(index + 1) elements", got: "\(count)")
        }
        return self[index]
    }
}
