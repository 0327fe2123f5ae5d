import Redis
import Trading

/// A stream that is read without a group, from a cursor that moves with what is handed out.
final class Follower {
    let stream: Key
    private(set) var cursor: EntryID
    let read = BlockedRead()

    init(_ stream: Key, after cursor: EntryID) {
        self.stream = stream
        self.cursor = cursor
    }

    func command(count: Int, block: Span) -> RedisCommand {
        var command = RedisCommand("XREAD", "COUNT", count)
        if block > .zero {
            command.append("BLOCK")
            command.append(block.milliseconds)
        }
        command.append(["STREAMS", stream.text, cursor.text])
        return command
    }

    func absorb(_ reply: RedisValue) throws(RedisError) -> [Delivery] {
        var deliveries: [Delivery] = []
        for (_, entries) in try Replies.streams(reply) {
            try Replies.deliveries(entries, of: stream, isRedelivered: false, into: &deliveries)
        }
        return deliveries
    }

    /// Moves on; only now, because a turn that fails hands nothing out.
    func advance(to id: EntryID) { cursor = id }
}
