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

/// A read that may wait on its own connection, from one turn into the next.
final class BlockedRead {
    private(set) var connection: RedisConnection?
    private(set) var client: Int?
    private(set) var isOutstanding = false

    /// Sends the read unless one is waiting.
    func send(
        _ command: @autoclosure () -> RedisCommand, through link: RedisLink
    ) throws(BusError) {
        guard !isOutstanding else { return }
        if connection?.isOpen != true {
            let made = try link.connect(":read")
            client = RedisLink.client(of: made)
            connection = made
        }
        guard let connection else { return }
        connection.append(command())
        isOutstanding = true
        try translated { () throws(RedisError) in try connection.flush() }
    }

    /// The reply if it has arrived.
    func poll() throws(BusError) -> RedisValue? {
        guard isOutstanding, let connection else { return nil }
        let reply = try translated { () throws(RedisError) in try connection.tryReceive() }
        if reply != nil { isOutstanding = false }
        return reply
    }

    /// The reply; a wait for new entries ends at once.
    func finish(through link: RedisLink, isWaiting: Bool) throws(BusError) -> RedisValue? {
        guard isOutstanding, let connection else { return nil }
        if isWaiting { link.unblock(connection, client) }
        let reply = try translated { () throws(RedisError) in try connection.receive() }
        isOutstanding = false
        return reply
    }

    func disconnect() {
        connection = nil
        client = nil
        isOutstanding = false
    }
}
