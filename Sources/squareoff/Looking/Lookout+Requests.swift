import MessageBus
import Redis
import Stages
import Trading

extension Lookout {
    /// The requests in `exits` that the exit engine has not settled: read by a worker and not
    /// acknowledged, or not read at all.
    func openRequests(
        _ shard: Int
    ) throws(RedisError) -> [PositionID: (InFlightExit.Request, ExitRequest)] {
        let stream = Keys.exits(shard)
        var requests: [PositionID: (InFlightExit.Request, ExitRequest)] = [:]
        func add(_ request: InFlightExit.Request, _ fields: Fields) {
            guard let exit = try? ExitRequest(fields), requests[exit.position] == nil else {
                return
            }
            requests[exit.position] = (request, exit)
        }
        let delivered = try lastDelivered(stream, group: ExitEngine.name)
        if delivered != nil {
            for (id, consumer, idle) in try pending(stream, group: ExitEngine.name) {
                guard let entry = try entry(stream, id) else { continue }
                add(.with(consumer: consumer, idle: idle), entry.fields)
            }
        }
        for entry in try entries(stream, after: delivered) { add(.unread, entry.fields) }
        return requests
    }

    /// Nil without the group: then nothing has been read.
    private func lastDelivered(_ stream: Key, group: String) throws(RedisError) -> EntryID? {
        guard try call(RedisCommand("EXISTS", stream.text)).asInteger == 1 else { return nil }
        for row in try call(RedisCommand("XINFO", "GROUPS", stream.text)).asArray {
            // Some of the values are numbers or null, so these are no pairs of strings.
            let parts = try row.asArray
            var values: [String: String] = [:]
            for index in stride(from: 0, to: parts.count - 1, by: 2) {
                values[try parts[index].asString] = try? parts[index + 1].asString
            }
            if values["name"] == group {
                return values["last-delivered-id"].flatMap { EntryID(text: $0) }
            }
        }
        return nil
    }

    /// More than this many that are stuck need no longer list.
    private static let shownPending = 1_000

    private func pending(
        _ stream: Key, group: String
    ) throws(RedisError) -> [(id: String, consumer: String, idle: Span)] {
        let reply = try call(
            RedisCommand("XPENDING", stream.text, group, "-", "+", Self.shownPending))
        var rows: [(id: String, consumer: String, idle: Span)] = []
        for row in try reply.asArray {
            let parts = try row.asArray
            guard parts.count == 4 else { continue }
            rows.append(
                (
                    try parts[0].asString, try parts[1].asString,
                    .milliseconds(try parts[2].asInteger)
                ))
        }
        return rows
    }
}
