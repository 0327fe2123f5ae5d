import Redis
import Trading

extension GroupReader {
    var isReadingOwn: Bool { next != .new }

    /// The command for what is next; only new entries are waited for.
    func command(count: Int, block: Span) -> RedisCommand {
        var command = RedisCommand("XREADGROUP", "GROUP", group, consumer, "COUNT")
        switch next {
        case .own(let stream, let id):
            command.append(1)
            command.append(["STREAMS", stream.text, id.text])
        case .new:
            command.append(count)
            // BLOCK 0 would be for ever.
            if block > .zero {
                command.append("BLOCK")
                command.append(block.milliseconds)
            }
            command.append("STREAMS")
            for stream in streams { command.append(stream.text) }
            for _ in streams { command.append(">") }
        }
        return command
    }

    /// Reads the reply to such a command and moves on.
    mutating func absorb(_ reply: RedisValue) throws(RedisError) -> [Delivery] {
        let isOwn = isReadingOwn
        var deliveries: [Delivery] = []
        for (name, entries) in try Replies.streams(reply) {
            guard let stream = streams.first(where: { $0.text == name }) else { continue }
            try Replies.deliveries(entries, of: stream, isRedelivered: isOwn, into: &deliveries)
        }
        return isOwn ? advance(deliveries.first) : deliveries
    }
}
