import Redis

/// A read that may wait on its own connection, from one turn into the next.
final class BlockedRead {
    private(set) var connection: RedisConnection?
    /// Sent, and not answered yet.
    private(set) var isOutstanding = false
    /// The server holds the answer back until there is an entry.
    private var isWaiting = false
    /// The number by which the server knows the connection.
    private var client: Int?

    /// Sends the read unless one is outstanding.
    func send(
        _ command: @autoclosure () -> RedisCommand, isWaiting: Bool, through link: RedisLink
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
        self.isWaiting = isWaiting
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
    func finish(through link: RedisLink) throws(BusError) -> RedisValue? {
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
